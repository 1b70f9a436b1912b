# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Real machines on this host: two on one bridge, made, broken, repaired and removed by the role."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import typing as t
import urllib.request
from collections.abc import Iterator

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import boot, nspawn
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

ANSIBLE = pathlib.Path(sys.executable).with_name("ansible-playbook")
NETWORK = {"bridge": "ipl-mtest", "address": "10.203.99.1/24"}
MACHINES = [{"name": "m1", "address": "10.203.99.11"}, {"name": "m2", "address": "10.203.99.12"}]
HOST_PORT, PORT = 49317, 30400


def image() -> pathlib.Path:
    """The root file system: the one named by INFERENCE_PLATFORM_MACHINE_IMAGE, or the newest of the artefact cache."""
    named = os.environ.get("INFERENCE_PLATFORM_MACHINE_IMAGE")
    if named:
        return pathlib.Path(named)
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    found = sorted((base / "inference-platform/files").glob("machine-*"), key=lambda path: path.stat().st_mtime)
    assert found, (
        "no root file system of a machine: build the artefacts, or name one in INFERENCE_PLATFORM_MACHINE_IMAGE"
    )
    return found[-1]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run of the role ended: its last result that tells something, and the number of changed tasks."""

    rc: int
    result: dict[str, t.Any]
    changed: int
    output: str


class Site:
    """A platform of machines, handled through the role as a play does it."""

    def __init__(self, folder: pathlib.Path, **changed: t.Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        forward = {"host_address": "127.0.0.1", "host_port": HOST_PORT, "machine": "m1", "port": PORT}
        self.variables: dict[str, t.Any] = {
            "machine_platform": "mtest",
            "machine_list": MACHINES,
            "machine_network": NETWORK,
            "machine_root": str(image()),
            "machine_binds": [],
            "machine_forwards": [forward],
            "machine_dir": str(folder / "state/machines"),
            "machine_ssh_dir": str(folder / "state/ssh"),
            **changed,
        }

    @property
    def spec(self) -> Spec:
        """The same as the module sees it."""
        read = {key.removeprefix("machine_"): value for key, value in self.variables.items()}
        further = {
            "directory": read["dir"],
            "ssh_directory": read["ssh_dir"],
            "machines": read["list"],
            "image": read["root"],
        }
        return build({**read, **read["network"], **further, "state": "started", "timeout": 60, "stop_timeout": 25})

    def argv(self, state: str, *arguments: str) -> list[str]:
        """The command that runs the role."""
        play = self.folder / "play.yml"
        play.write_text(
            "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
            "    - ansible.builtin.include_role: {name: inference.platform.machine}\n"
        )
        variables = self.folder / f"variables-{state}.json"
        variables.write_text(json.dumps({**self.variables, "machine_state": state}))
        return [str(ANSIBLE), "-i", "localhost,", "-c", "local", str(play), "-e", f"@{variables}", *arguments]

    def run(self, state: str, *arguments: str) -> Outcome:
        """Run the role to its end."""
        settings = self.folder / "ansible.cfg"
        settings.write_text("[defaults]\nstdout_callback = ansible.posix.json\ninterpreter_python = /usr/bin/python3\n")
        environment = {**os.environ, "ANSIBLE_CONFIG": str(settings)}
        done = subprocess.run(
            self.argv(state, *arguments), capture_output=True, text=True, env=environment, check=False
        )
        report = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])
        results = [task["hosts"]["localhost"] for task in report["plays"][0]["tasks"] if "localhost" in task["hosts"]]
        telling = [result for result in results if "steps" in result or result.get("failed")]
        return Outcome(done.returncode, telling[-1], report["stats"]["localhost"]["changed"], done.stdout + done.stderr)

    def must(self, state: str, *arguments: str) -> Outcome:
        """Run the role; it has to succeed."""
        outcome = self.run(state, *arguments)
        assert outcome.rc == 0, outcome.output
        return outcome

    def ssh(self, machine: str, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in a machine, with strict host key checking."""
        address = next(entry["address"] for entry in self.variables["machine_list"] if entry["name"] == machine)
        argv = ["ssh", *boot.ssh_arguments(self.spec), f"root@{address}", command]
        return subprocess.run(argv, capture_output=True, text=True, check=check, timeout=120)

    def supervisor(self, machine: str) -> int:
        """The process that runs a machine."""
        return nspawn.find(Host(), self.spec, [machine])[machine].pid

    def traces(self) -> list[str]:
        """Everything on this host that says it belongs to the machines."""
        spec = self.spec
        labels = [spec.label(machine.name) for machine in spec.machines]
        listings = [
            subprocess.run(argv, capture_output=True, text=True, check=True).stdout
            for argv in (["ip", "-o", "link"], ["ip", "-4", "route"], ["iptables-save"], ["ps", "-eo", "args"])
        ]
        listings.append(pathlib.Path("/proc/self/mountinfo").read_text())
        lines = [line for listing in listings for line in listing.splitlines() if " ps -eo" not in line]
        words = [spec.bridge, spec.chain(""), spec.key, str(spec.directory), str(spec.ssh_directory), *labels]
        found = [line for line in lines if any(word in line for word in words) and "pytest" not in line]
        for top in ("/sys/fs/cgroup", "/run/systemd/nspawn", "/run/inference-platform", str(self.folder)):
            paths = map(str, pathlib.Path(top).rglob("*")) if top != "/sys/fs/cgroup" else groups()
            found += [
                path for path in paths if any(word in path for word in (spec.key, spec.identity, *labels, "/state/"))
            ]
        return found


def groups() -> Iterator[str]:
    """The control groups of all platforms, and those near the top."""
    for pattern in ("*", "*/*", "*/*/*", "*/*/*/*"):
        yield from map(str, pathlib.Path("/sys/fs/cgroup").glob(pattern))


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


def test_a_stopped_platform_keeps_its_files_and_nothing_else(site: Site) -> None:
    site.ssh("m1", "echo kept > /root/file")
    site.must("stopped")
    assert [line for line in site.traces() if "/state/" not in line] == []
    assert site.must("stopped").changed == 0
    site.must("started")
    assert site.ssh("m1", "cat /root/file").stdout == "kept\n"


def refused(outcome: Outcome, *words: str) -> None:
    """The run failed, said why, and changed nothing."""
    assert outcome.rc != 0
    assert outcome.changed == 0
    message = outcome.result["msg"]
    assert [word for word in words if word not in message] == [], message


def test_the_folder_of_another_platform_is_refused(site: Site, tmp_path: pathlib.Path) -> None:
    variables = {name: site.variables[name] for name in ("machine_dir", "machine_ssh_dir")}
    for state in ("started", "stopped", "absent"):
        stranger = Site(
            tmp_path, **variables, machine_platform="stranger", machine_network={**NETWORK, "bridge": "ipl-stranger"}
        )
        refused(stranger.run(state), site.variables["machine_dir"], "'stranger'", "'mtest'")
    assert site.must("started").changed == 0


def test_the_bridge_of_another_platform_is_refused(site: Site, tmp_path: pathlib.Path) -> None:
    refused(Site(tmp_path).run("started"), "bridge ipl-mtest", "does not belong")
    assert not (tmp_path / "state/machines").exists()


def test_a_network_in_use_is_refused_with_the_interface(site: Site, tmp_path: pathlib.Path) -> None:
    stranger = Site(tmp_path, machine_network={"bridge": "ipl-stranger", "address": "10.203.99.1/24"})
    refused(stranger.run("started"), "10.203.99.0/24", "interface ipl-mtest")
    assert not (tmp_path / "state/machines").exists()


def test_a_port_in_use_is_refused_with_its_owner(site: Site, tmp_path: pathlib.Path) -> None:
    network = {"bridge": "ipl-stranger", "address": "10.203.97.1/24"}
    machines = [{"name": "m1", "address": "10.203.97.11"}]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        forward = {"host_address": "127.0.0.1", "host_port": port, "machine": "m1", "port": PORT}
        stranger = Site(tmp_path, machine_network=network, machine_list=machines, machine_forwards=[forward])
        refused(stranger.run("started"), f"port {port}", f"process {os.getpid()}")
    taken = Site(tmp_path, machine_network=network, machine_list=machines)
    refused(taken.run("started"), f"port {HOST_PORT}", site.spec.chain("DST"))
    assert not (tmp_path / "state/machines").exists()


def test_nothing_is_deleted_through_a_mount(site: Site, tmp_path: pathlib.Path) -> None:
    (tmp_path / "precious").write_text("kept")
    target = site.spec.tree("m2") / "mnt"
    subprocess.run(["mount", "--bind", str(tmp_path), str(target)], check=True)
    try:
        refused(site.run("absent"), f"{target} is a mount point")
        assert (tmp_path / "precious").read_text() == "kept"
        assert site.ssh("m2", "hostname").stdout.strip() == "m2"
    finally:
        subprocess.run(["umount", str(target)], check=True)


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


def test_absent_leaves_nothing_even_with_a_process_that_ignores_the_power_off(site: Site) -> None:
    site.ssh("m2", "systemd-run --unit=stubborn sh -c 'trap \"\" TERM; while :; do sleep 1; done'")
    assert site.must("absent", "--check").changed == 1
    assert site.ssh("m2", "systemctl is-active stubborn").stdout.strip() == "active"
    assert site.must("absent").changed == 1
    assert site.traces() == []
    assert site.must("absent").changed == 0


def test_a_run_killed_while_it_makes_a_machine_is_finished_by_the_next(tmp_path: pathlib.Path) -> None:
    network = {"bridge": "ipl-mkill", "address": "10.203.98.129/25"}
    machines = [{"name": "m1", "address": "10.203.98.131"}]
    site = Site(tmp_path, machine_platform="mkill", machine_network=network, machine_list=machines, machine_forwards=[])
    try:
        process = subprocess.Popen(site.argv("started"), start_new_session=True, stdout=subprocess.DEVNULL)
        partial = tmp_path / "state/machines/.m1.partial/root/usr"
        while not partial.exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not site.spec.folder("m1").exists()
        steps = site.must("started").result["steps"]
        assert "unfinished .m1.partial: present -> absent" in steps
        assert site.ssh("m1", "systemctl is-system-running").stdout.strip() == "running"
        assert site.must("started").changed == 0
    finally:
        site.run("absent")
    assert site.traces() == []
