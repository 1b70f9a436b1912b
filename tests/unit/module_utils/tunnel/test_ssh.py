# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tunnels are found by their command line, and nobody else's processes are taken for them."""

from __future__ import annotations

import pathlib
import socket

import pytest

from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

OURS = "/state/demo/ssh/known_hosts"
TUNNEL = ssh.Tunnel(
    host="192.0.2.45",
    port=40022,
    user="root",
    key="/state/demo/ssh/id_ed25519",
    known_hosts=OURS,
    forwards=(ssh.Forward(4000, "127.0.0.1", 30400), ssh.Forward(16443, "127.0.0.1", 6443)),
)


def test_the_command_pins_the_host_and_ends_when_a_port_is_taken() -> None:
    command = " ".join(TUNNEL.argv())
    for words in (
        "StrictHostKeyChecking=yes",
        "ExitOnForwardFailure=yes",
        "-L 127.0.0.1:4000:127.0.0.1:30400",
        "-L 127.0.0.1:16443:127.0.0.1:6443",
        "-p 40022 root@192.0.2.45",
    ):
        assert words in command


def test_only_tunnels_of_the_same_platform_are_found() -> None:
    ours = " ".join(TUNNEL.argv())
    listing = "\n".join(
        (
            f"  101 {ours}",
            f"  102 {ours.replace('/demo/', '/demo2/')}",
            f"  103 ssh -o UserKnownHostsFile={OURS} -o BatchMode=yes root@192.0.2.45",
            f"  104 grep UserKnownHostsFile={OURS} ",
            "  105 ssh -N -L 1:localhost:2 somewhere",
        )
    )
    assert ssh.running(OURS, listing) == {101: ours}


def test_a_port_of_somebody_else_is_refused_before_anything_is_started(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        tunnel = ssh.Tunnel("192.0.2.45", 22, "root", "/key", OURS, (ssh.Forward(taken, "127.0.0.1", 1),))
        with pytest.raises(ssh.TunnelError, match=f"port {taken} of 127.0.0.1 is taken"):
            ssh.begin(tunnel, tmp_path / "log", 5)


def test_a_host_that_cannot_be_reached_ends_with_what_ssh_said(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    tunnel = ssh.Tunnel("127.0.0.1", closed, "root", "/key", str(tmp_path / "known"), (ssh.Forward(1, "127.0.0.1", 1),))
    with pytest.raises(ssh.TunnelError, match=r"(?i)refused"):
        ssh.begin(tunnel, tmp_path / "log", 20)
    assert ssh.running(str(tmp_path / "known")) == {}
