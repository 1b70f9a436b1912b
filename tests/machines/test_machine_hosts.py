# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Machines under harder conditions: a run that is killed, and a host whose PID 1 is systemd."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time

from .machine_site.site import Site, image

PACKAGE = pathlib.Path(__file__).parents[2] / "plugins/module_utils/machine"
PACKAGES = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends systemd-container openssh-client"
# The module's own steps, without Ansible: the machine that stands in for a host has only Python.
DRIVER = """
import json, sys
sys.path.insert(0, "/pkg")
from machine import boot, manage, nspawn
from machine.host import Host
from machine.spec import build
host = Host()
spec = build({
    "platform": "inner", "state": "started", "machines": [{"name": "i1", "address": "10.99.5.11"}],
    "directory": "/var/inner/machines", "ssh_directory": "/var/inner/ssh", "image": "/image.tar", "bridge": "br-inner",
    "address": "10.99.5.1/24", "binds": [], "forwards": [{"host_address": "127.0.0.1", "host_port": 2222, "machine": "i1", "port": 22}],
    "timeout": 120, "stop_timeout": 25,
})
assert nspawn.systemd_host(host)
manage.refuse_foreign(host, spec)
started = sys.argv[1] == "started"
steps = manage.plan_started(host, spec, False) if started else manage.plan_absent(host, spec, False)
for step in steps:
    step.apply()
up = boot.wait_all(boot.Waiter(host, spec), spec.machines) if started else {}
print(json.dumps([[str(step) for step in steps], [status.systemd for status in up.values()]]))
"""


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that these started."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [below for child in map(int, found.split()) for below in (child, *descendants(child))]


def test_a_run_killed_while_it_makes_a_machine_is_finished_by_the_next(tmp_path: pathlib.Path) -> None:
    network = {"bridge": "ipl-mkill", "address": "10.203.95.1/24"}
    machines = [{"name": "m1", "address": "10.203.95.11"}]
    site = Site(tmp_path, machine_platform="mkill", machine_network=network, machine_list=machines, machine_forwards=[])
    try:
        process = subprocess.Popen(site.argv("started"), stdout=subprocess.DEVNULL)
        partial = tmp_path / "state/machines/.m1.partial/root/usr"
        while not partial.exists():
            assert process.poll() is None, site.run("started", "--check").output
            time.sleep(0.01)
        for pid in [process.pid, *descendants(process.pid)]:
            os.kill(pid, signal.SIGKILL)
        process.wait()
        assert not site.spec.folder("m1").exists()
        steps = site.must("started").result["steps"]
        assert "unfinished .m1.partial: present -> absent" in steps
        assert site.ssh("m1", "systemctl is-system-running").stdout.strip() == "running"
        assert site.must("started").changed == 0
    finally:
        site.run("absent")
    assert site.traces() == []


def test_on_a_host_with_systemd_a_machine_is_a_unit_of_its_own(tmp_path: pathlib.Path) -> None:
    binds = [
        {"source": str(PACKAGE), "target": "/pkg/machine", "read_only": True},
        {"source": str(image()), "target": "/image.tar", "read_only": True},
    ]
    machines = [{"name": "outer", "address": "10.203.96.11"}]
    network = {"bridge": "ipl-mouter", "address": "10.203.96.1/24"}
    site = Site(
        tmp_path,
        machine_platform="mouter",
        machine_network=network,
        machine_list=machines,
        machine_binds=binds,
        machine_forwards=[],
    )

    def drive(state: str) -> tuple[list[str], list[str]]:
        done = subprocess.run(
            [*site.ssh_argv("outer"), f"python3 - {state}"], input=DRIVER, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        steps, states = json.loads(done.stdout)
        return steps, states

    try:
        site.must("started")
        site.ssh("outer", PACKAGES)
        assert drive("started")[1] == ["running"]
        assert drive("started") == ([], ["running"])
        units = "systemctl list-units --no-legend --plain 'inference-platform-inner-*'"
        assert "loaded active running Machine i1 of inference platform inner" in site.ssh("outer", units).stdout
        assert "SSH-" in site.ssh("outer", "timeout 5 bash -c 'head -c 4 < /dev/tcp/127.0.0.1/2222'").stdout

        site.ssh("outer", "kill -9 $(pgrep -x systemd-nspawn | head -1)")
        assert drive("started") == (["machine i1: stopped -> started"], ["running"])

        drive("absent")
        assert drive("absent") == ([], [])
        left = f"{units} --all; ls -A /var/inner /run/systemd/nspawn/*; iptables-save | grep IPL; ip -br link | grep inner; pgrep -x systemd-nspawn"
        assert [word for word in site.ssh("outer", left, check=False).stdout.split() if not word.startswith("/")] == []
    finally:
        site.run("absent")
    assert site.traces() == []
