# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A host in a temporary folder whose programs answer from a table, and a specification of two machines."""

from __future__ import annotations

import copy
import os
import pathlib
import signal
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host, Result
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

Answer = Result | t.Callable[[list[str]], Result]


class FakeHost(Host):
    """Records what would be run; time passes only in sleep."""

    def __init__(self, root: pathlib.Path) -> None:
        super().__init__(root)
        self.programs = {"ip", "iptables-save", "iptables", "systemd-nspawn", "ssh", "ssh-keygen", "tar", "systemd-run"}
        self.answers: dict[str, Answer] = {}
        self.ran: list[list[str]] = []
        self.stdin: list[str | None] = []
        self.spawned: list[list[str]] = []
        self.killed: list[tuple[int, signal.Signals]] = []
        self.survives: set[signal.Signals] = set()
        self.clock = 0.0

    def has(self, program: str) -> bool:
        return program in self.programs

    def run(self, argv: t.Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> Result:
        self.ran.append(list(argv))
        self.stdin.append(stdin)
        line = " ".join(argv)
        fitting = [key for key in self.answers if line.startswith(key)]
        if not fitting:
            return Result(0, "", "")
        answer = self.answers[max(fitting, key=len)]
        return answer(list(argv)) if callable(answer) else answer

    def spawn(self, argv: t.Sequence[str], log: pathlib.Path) -> int:
        self.spawned.append(list(argv))
        return 4711

    def kill(self, pid: int, number: signal.Signals) -> None:
        self.killed.append((pid, number))
        stat = self.path(f"/proc/{pid}/stat")
        if number not in self.survives and stat.exists():
            stat.unlink()

    def reap(self, pid: int) -> None:
        return

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    def put(self, absolute: str, text: str = "") -> pathlib.Path:
        """Make a file of this host."""
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def process(self, pid: int, argv: t.Sequence[str], *, parent: int = 1, pid_namespace: str = "pid:[1]") -> None:
        """Make a process of this host."""
        self.put(f"/proc/{pid}/cmdline", "".join(f"{word}\0" for word in argv))
        self.put(f"/proc/{pid}/stat", f"{pid} ({argv[0][:15]}) S {parent} 0 0")
        self.put(f"/proc/{pid}/comm", argv[0].rpartition("/")[2])
        namespace = self.path(f"/proc/{pid}/ns/pid")
        namespace.parent.mkdir()
        namespace.symlink_to(pid_namespace)


@pytest.fixture(name="host")
def fixture_host(tmp_path: pathlib.Path) -> FakeHost:
    """A host without machines: cgroup v1 and v2 side by side, forwarding off."""
    host = FakeHost(tmp_path / "host")
    host.put("/proc/self/mountinfo", MOUNTS)
    os.makedirs(host.path("/proc/self/ns"))
    host.path("/proc/self/ns/pid").symlink_to("pid:[1]")
    host.put("/proc/sys/net/ipv4/ip_forward", "0\n")
    host.put("/proc/sys/net/ipv4/conf/ipl-demo/route_localnet", "0\n")
    host.put("/etc/resolv.conf", "nameserver 192.0.2.53\n")
    for group in ("cpu", "cpuset", "unified"):
        host.put(f"/sys/fs/cgroup/{group}/cgroup.procs")
    host.put("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-1\n")
    host.put("/sys/fs/cgroup/cpuset/cpuset.mems", "0\n")
    host.answers["ip -j"] = Result(0, "[]", "")
    return host


MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
PARAMS: dict[str, t.Any] = {
    "platform": "demo",
    "state": "started",
    "machines": [{"name": "m1", "address": "10.9.0.11"}, {"name": "m2", "address": "10.9.0.12"}],
    "image": None,
    "bridge": None,
    "address": "10.9.0.1/24",
    "binds": [],
    "forwards": [{"host_address": "127.0.0.1", "host_port": 4000, "machine": "m1", "port": 30400}],
    "timeout": 60,
    "stop_timeout": 20,
    "keep_ssh": False,
}


@pytest.fixture(name="params")
def fixture_params(tmp_path: pathlib.Path) -> dict[str, t.Any]:
    """Parameters of the module for two machines."""
    folders = {"directory": str(tmp_path / "state/machines"), "ssh_directory": str(tmp_path / "state/ssh")}
    return {**copy.deepcopy(PARAMS), **folders}


@pytest.fixture(name="spec")
def fixture_spec(params: dict[str, t.Any]) -> Spec:
    """Specification of two machines."""
    return build(params)
