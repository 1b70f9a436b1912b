# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a machine lacks is said before anything is built on it."""

from __future__ import annotations

import dataclasses
import socket

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import host

GOOD = host.HostFacts(
    uid=0, architecture="x86_64", memory_gib=15.6, disk_gib={"/state": 60.0}, busy_ports=(), system="Linux"
)


def test_a_machine_that_has_everything_has_no_findings() -> None:
    assert host.host_findings(GOOD, platform_exists=False) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"uid": 1000}, ["not root", "sudo"]),
        ({"architecture": "aarch64"}, ["aarch64", "x86_64"]),
        ({"memory_gib": 7.5}, ["7.5 GiB of memory", "14 GiB"]),
        ({"disk_gib": {"/state": 3.0}}, ["/state has 3.0 GiB free", "platform_state_dir"]),
        ({"busy_ports": (4000,)}, ["Port 4000", "platform_endpoint_port"]),
        ({"system": "Darwin"}, ["Darwin"]),
    ],
)
def test_each_lack_is_named_with_its_cure(change: dict[str, object], words: list[str]) -> None:
    (finding,) = host.host_findings(dataclasses.replace(GOOD, **change), platform_exists=False)  # type: ignore[arg-type]
    for word in words:
        assert word in finding


def test_every_engine_beyond_the_three_of_the_slice_needs_memory_of_its_own() -> None:
    assert host.host_findings(GOOD, platform_exists=False, engines=4) == []
    (finding,) = host.host_findings(GOOD, platform_exists=False, engines=5)
    assert "with 5 engines needs 16 GiB" in finding
    assert "platform_models" in finding


def test_a_platform_that_exists_needs_little_more_space() -> None:
    facts = dataclasses.replace(GOOD, disk_gib={"/state": 3.0})
    assert host.host_findings(facts, platform_exists=True) == []


def test_a_port_that_someone_listens_on_is_seen_as_busy() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert host.observe(["/nonexistent/below"], [port]).busy_ports == (port,)
    assert host.observe(["/"], [port]).busy_ports == ()
