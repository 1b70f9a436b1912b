# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is read of a host, from files laid out as a kernel lays them out."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from ansible_collections.inference.platform.plugins.module_utils.hosts import node
from ansible_collections.inference.platform.plugins.module_utils.kubeadm import state


def write(root: Path, name: str, content: str) -> None:
    """Write a file below a made-up root."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_the_unified_hierarchy_is_version_two_and_anything_else_one(tmp_path: Path) -> None:
    write(tmp_path, "sys/fs/cgroup/unified/cgroup.controllers", "")
    assert node.cgroup_version(tmp_path) == 1
    write(tmp_path, "sys/fs/cgroup/cgroup.controllers", "cpu memory")
    assert node.cgroup_version(tmp_path) == 2


@pytest.mark.parametrize(("bounding", "held"), [("000001ffffffffff", True), ("000001fffeffffff", False)])
def test_the_bounding_set_says_whether_a_capability_can_be_had(tmp_path: Path, bounding: str, held: bool) -> None:
    write(tmp_path, "proc/1/status", f"Name:\tinit\nCapBnd:\t{bounding}\n")
    assert node.has_capability(tmp_path, node.CAP_SYS_RESOURCE) is held


def test_swap_is_listed_without_its_heading(tmp_path: Path) -> None:
    write(tmp_path, "proc/swaps", "Filename Type Size\n/dev/sda2 partition 1\n/swap file 2\n")
    assert node.swap_devices(tmp_path) == ["/dev/sda2", "/swap"]


def test_settings_that_the_kernel_lacks_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "proc/sys/net/ipv4/ip_forward", "1\n")
    assert node.kernel_settings(tmp_path, ["net.ipv4.ip_forward", "net.bridge.x"]) == {"net.ipv4.ip_forward": "1"}


def test_the_first_folder_with_the_bridge_plugin_is_the_cni_folder(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/cni").mkdir(parents=True)
    assert node.cni_folder(tmp_path) == ""
    write(tmp_path, "opt/cni/bin/bridge", "")
    assert node.cni_folder(tmp_path) == "/opt/cni/bin"


def test_a_machine_of_its_own_has_no_container_manager(tmp_path: Path) -> None:
    assert node.container(tmp_path) == ""
    write(tmp_path, "run/systemd/container", "systemd-nspawn\n")
    assert node.container(tmp_path) == "systemd-nspawn"


def test_checksums_are_of_the_files_that_exist(tmp_path: Path) -> None:
    write(tmp_path, "a", "content")
    found = node.checksums([str(tmp_path / "a"), str(tmp_path / "absent")])
    assert found == {str(tmp_path / "a"): hashlib.sha256(b"content").hexdigest()}


@pytest.mark.parametrize(("age", "stale"), [(60, []), (-60, ["kubelet"])], ids=["older file", "newer file"])
def test_a_service_older_than_its_file_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: int, stale: list[str]
) -> None:
    write(tmp_path, "etc/unit", "")
    started = time.time()
    os.utime(tmp_path / "etc/unit", (started - age, started - age))
    monkeypatch.setattr(node, "_started", lambda service: started)
    assert node.stale_services(tmp_path, {"kubelet": ["/etc/unit", "/etc/absent"]}) == stale


def test_a_service_that_does_not_run_is_not_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "etc/unit", "")
    monkeypatch.setattr(node, "_started", lambda service: 0.0)
    assert node.stale_services(tmp_path, {"kubelet": ["/etc/unit"]}) == []


def test_a_host_says_whose_cluster_it_carries(tmp_path: Path) -> None:
    assert node.kubernetes(tmp_path) == {"cluster": "", "traces": []}
    write(tmp_path, "etc/rancher/k3s/k3s.yaml", "")
    assert node.kubernetes(tmp_path) == {"cluster": "", "traces": ["/etc/rancher/k3s/k3s.yaml"]}
    state.write_record(tmp_path, state.Record("demo", "init", "done", []))
    assert node.kubernetes(tmp_path)["cluster"] == "demo"
