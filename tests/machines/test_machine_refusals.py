# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the machine role refuses, with a clear message and nothing changed, while a machine runs."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
from collections.abc import Iterator

import pytest

from .machine_site.site import HOST_PORT, MACHINES, NETWORK, PORT, Site, refused


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A machine that runs and is not touched by anything here."""
    made = Site(tmp_path_factory.mktemp("site"), machine_list=MACHINES[:1])
    try:
        made.must("started")
        yield made
    finally:
        made.run("absent")


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
    network = {"bridge": "ipl-stranger", "address": "10.203.89.1/24"}
    machines = [{"name": "m1", "address": "10.203.89.11"}]
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
    target = site.spec.tree("m1") / "mnt"
    subprocess.run(["mount", "--bind", str(tmp_path), str(target)], check=True)
    try:
        refused(site.run("absent"), f"{target} is a mount point")
        assert (tmp_path / "precious").read_text() == "kept"
        assert site.ssh("m1", "hostname").stdout.strip() == "m1"
    finally:
        subprocess.run(["umount", str(target)], check=True)
