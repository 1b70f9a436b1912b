# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import processes

from .conftest import FakeHost

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
# 127.0.0.1:4000, 0.0.0.0:4001, an established connection on 127.0.0.1:4002
TCP = """\
   0: 0100007F:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 00000000:0FA1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0100007F:0FA2 0100007F:1111 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
"""
# [::]:4003
TCP6 = """\
   0: 00000000000000000000000000000000:0FA3 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 444 1 0 100 0 0 10 0
"""


@pytest.fixture(name="listening")
def fixture_listening(host: FakeHost) -> FakeHost:
    """A host with three listeners, of which python holds the first."""
    host.put("/proc/net/tcp", HEADER + TCP)
    host.put("/proc/net/tcp6", HEADER + TCP6)
    host.process(9, ["python3"])
    host.path("/proc/9/fd").mkdir()
    host.path("/proc/9/fd/3").symlink_to("socket:[111]")
    return host


@pytest.mark.parametrize(
    ("address", "port", "owner"),
    [
        ("127.0.0.1", 4000, "process 9 (python3)"),
        ("0.0.0.0", 4000, "process 9 (python3)"),  # noqa: S104 - an address to look for
        ("192.0.2.1", 4000, None),
        ("127.0.0.1", 4001, "an unknown process"),
        ("127.0.0.1", 4002, None),
        ("127.0.0.1", 4003, "an unknown process"),
    ],
)
def test_who_listens_on_a_port_is_found(listening: FakeHost, address: str, port: int, owner: str | None) -> None:
    assert processes.listener(listening, address, port) == owner


def test_supervisors_inside_machines_and_programs_that_mention_them_are_left_out(host: FakeHost) -> None:
    host.process(20, ["systemd-nspawn", "--directory=/a"])
    host.process(21, ["systemd-nspawn", "--directory=/a"], parent=20)
    host.process(22, ["systemd-nspawn", "--directory=/a"], pid_namespace="pid:[2]")
    host.process(23, ["sh", "-c", "systemd-nspawn --directory=/a"])
    assert [one.pid for one in processes.supervisors(host)] == [20]


def test_a_zombie_is_not_alive(host: FakeHost) -> None:
    host.put("/proc/30/stat", "30 (a) strange) name) Z 1 0 0")
    host.put("/proc/31/stat", "31 (systemd-nspawn) S 1 0 0")
    assert [processes.alive(host, pid) for pid in (30, 31, 32)] == [False, True, False]
