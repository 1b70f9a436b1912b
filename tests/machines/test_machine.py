# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Real machines on this host: two on one bridge, made, broken, repaired and removed by the role."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import boot

from .machine_site.site import HOST_PORT, PORT, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two machines that run; removed at the end whatever happened."""
    made = Site(tmp_path_factory.mktemp("site"))
    try:
        before = sorted(made.folder.rglob("*"))
        preview = made.must("started", "--check", "--diff")
        assert preview.changed == 1
        assert made.traces() == []
        assert [path for path in made.folder.rglob("*") if "state" in path.parts] == before == []
        assert made.must("started").result["steps"] == preview.result["steps"]
        yield made
    finally:
        made.run("absent")


def test_check_mode_foretells_the_first_run_and_writes_nothing(site: Site) -> None:
    # The fixture proves it, before and while it makes the machines.
    assert site.traces() != []


def test_ssh_reaches_both_with_strict_host_key_checking(site: Site) -> None:
    assert [site.ssh(name, "hostname").stdout.strip() for name in ("m1", "m2")] == ["m1", "m2"]


def test_a_machine_with_another_key_than_the_pinned_one_is_not_spoken_to(site: Site, tmp_path: pathlib.Path) -> None:
    pinned = pathlib.Path(site.variables["machine_ssh_dir"]) / "known_hosts"
    lines = pinned.read_text().splitlines()
    swapped = tmp_path / "known_hosts"
    swapped.write_text(f"{lines[0].split()[0]} {lines[1].split(maxsplit=1)[1]}\n")
    argv = ["ssh", *(word.replace(str(pinned), str(swapped)) for word in boot.ssh_arguments(site.spec))]
    done = subprocess.run([*argv, "root@10.203.99.11", "true"], capture_output=True, text=True, check=False)
    assert done.returncode == 255
    assert "Host key verification failed" in done.stderr


def test_the_second_run_changes_nothing(site: Site) -> None:
    outcome = site.must("started")
    assert (outcome.changed, outcome.result["steps"]) == (0, [])
    assert [machine["systemd"] for machine in outcome.result["machines"]] == ["running", "running"]
    assert site.must("started", "--check").changed == 0


def test_machines_reach_each_other_and_the_package_mirror(site: Site) -> None:
    banner = "import socket; print(socket.create_connection(('10.203.99.12', 22), 5).recv(4).decode())"
    assert site.ssh("m1", f'python3 -c "{banner}"').stdout.strip() == "SSH-"
    assert "Err:" not in site.ssh("m2", "apt-get update").stdout


def test_a_port_of_the_host_leads_to_the_machine(site: Site) -> None:
    site.ssh("m1", f"mkdir -p /srv/www; echo inside m1 > /srv/www/index.html; "
                   f"systemd-run --unit=web python3 -m http.server {PORT} --directory /srv/www")  # fmt: skip
    url = f"http://127.0.0.1:{HOST_PORT}/"
    for _ in range(50):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.read() == b"inside m1\n"
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} never answered")


def test_a_machine_does_not_reach_what_the_host_offers_to_itself_only(site: Site) -> None:
    with socket.create_server(("127.0.0.77", 0)) as server:
        port = server.getsockname()[1]
        site.ssh(
            "m2",
            "sysctl -qw net.ipv4.conf.host0.route_localnet=1; ip route delete local 127.0.0.0/8 dev lo table local; "
            "ip route add 127.0.0.77/32 via 10.203.99.1 dev host0",
        )
        code = f"import socket; socket.create_connection(('127.0.0.77', {port}), 2, ('10.203.99.12', 0))"
        probe = f'python3 -c "{code}"'
        assert "TimeoutError" in site.ssh("m2", probe, check=False).stderr
        # The probe proves something: without our rule it gets through, and the next run brings the rule back.
        subprocess.run(["iptables", "-F", site.spec.chain("INP")], check=True)
        assert site.ssh("m2", probe, check=False).stderr == ""
        assert site.must("started").result["steps"] != []
        assert "TimeoutError" in site.ssh("m2", probe, check=False).stderr
        site.ssh("m2", "ip route add local 127.0.0.0/8 dev lo table local src 127.0.0.1; ip route delete 127.0.0.77/32")


def test_containers_can_be_run_inside(site: Site) -> None:
    site.ssh("m1", "for c in /sys/fs/cgroup/*/; do mkdir $c/probe && rmdir $c/probe || exit 1; done")
    site.ssh("m1", "sysctl -qw net.ipv4.ip_forward=1 && mkdir -p /tmp/a && mount -t tmpfs none /tmp/a && umount /tmp/a")
    site.ssh("m1", "systemctl is-active containerd && ctr version")


def test_machines_do_not_see_each_others_services(site: Site) -> None:
    site.ssh("m2", "systemctl stop containerd")
    assert site.ssh("m1", "systemctl is-active containerd").stdout.strip() == "active"
    site.ssh("m2", "systemctl start containerd")


def test_a_reboot_from_inside_keeps_the_machine_reachable(site: Site) -> None:
    before = site.ssh("m2", "cat /proc/sys/kernel/random/boot_id; systemctl show -p UserspaceTimestampMonotonic").stdout
    site.ssh("m2", "systemctl reboot", check=False)
    time.sleep(1)
    assert site.must("started").result["machines"][1]["systemd"] == "running"
    after = site.ssh("m2", "cat /proc/sys/kernel/random/boot_id; systemctl show -p UserspaceTimestampMonotonic").stdout
    assert before != after


def test_a_killed_machine_is_started_again(site: Site) -> None:
    pid = site.supervisor("m1")
    os.kill(pid, signal.SIGKILL)
    preview = site.must("started", "--check")
    assert preview.result["steps"] == ["machine m1: stopped -> started"]
    assert site.must("started").result["steps"] == ["machine m1: stopped -> started"]
    assert site.ssh("m1", "hostname").stdout.strip() == "m1"
    assert site.must("started").changed == 0


def test_a_deleted_bridge_and_deleted_rules_come_back(site: Site) -> None:
    subprocess.run(["ip", "link", "delete", "ipl-mtest"], check=True)
    chain = site.spec.chain("DST")
    for argv in (["-D", "OUTPUT", "-j", chain], ["-F", chain], ["-X", chain]):
        subprocess.run(["iptables", "-t", "nat", *argv], check=True)
    assert site.must("started").changed == 1
    assert site.ssh("m2", "hostname").stdout.strip() == "m2"
    assert site.must("started").changed == 0


def test_a_stopped_platform_keeps_its_files_and_nothing_else_even_with_a_process_that_ignores_the_power_off(
    site: Site,
) -> None:
    site.ssh("m1", "echo kept > /root/file")
    site.ssh("m2", "systemd-run --unit=stubborn sh -c 'trap \"\" TERM; while :; do sleep 1; done'")
    site.must("stopped")
    assert [line for line in site.traces() if "/state/" not in line] == []
    assert site.must("stopped").changed == 0
    site.must("started")
    assert site.ssh("m1", "cat /root/file").stdout == "kept\n"


def test_a_machine_that_cannot_boot_is_explained_by_its_console(site: Site) -> None:
    init = site.spec.tree("m2") / "usr/lib/systemd/systemd"
    site.must("stopped")
    shutil.move(init, init.with_name("systemd.away"))
    try:
        outcome = site.run("started")
        assert outcome.rc != 0
        assert "machine 'm2' did not start" in outcome.result["msg"]
        assert "console.log" in outcome.result["msg"]
        assert "execv" in outcome.result["msg"]
    finally:
        shutil.move(init.with_name("systemd.away"), init)
    site.must("started")


def test_absent_leaves_nothing(site: Site) -> None:
    assert site.must("absent", "--check").changed == 1
    assert site.ssh("m2", "hostname").stdout.strip() == "m2"
    assert site.must("absent").changed == 1
    assert site.traces() == []
    assert site.must("absent").changed == 0
