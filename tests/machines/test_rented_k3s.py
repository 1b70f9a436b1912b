# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files, unit, token and checksum of the role k3s on a booted machine.

k3s itself is in no package registry: the program here only says that it is ready and writes the file that the real one writes.
"""

from __future__ import annotations

import hashlib
import pathlib
import stat
import typing as t

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.config import k3s

from .machine_site.rented import Rented

ROLES = "    - ansible.builtin.include_role: {name: inference.platform.k3s}\n"
PROGRAM = """#!/usr/bin/python3
import os, pathlib, socket, sys, time
pathlib.Path("/etc/rancher/k3s/k3s.yaml").write_text("clusters:\\n- cluster: {server: https://127.0.0.1:6443}\\n  name: default\\n")
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
time.sleep(3600)
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Rented]:
    made = Rented(tmp_path_factory.mktemp("k3s"), 93, ROLES)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def given(host: Rented) -> dict[str, t.Any]:
    """Variables of a run; the program lies on the controller."""
    program = host.folder / "k3s"
    program.write_text(PROGRAM, encoding="utf-8")
    state = host.folder / "state"
    program_given = {"file": str(program), "sha256": hashlib.sha256(PROGRAM.encode()).hexdigest()}
    network = {"pods": "10.244.0.0/16", "services": "10.96.0.0/16"}
    return {
        "platform": {
            "name": "demo",
            "state_dir": str(state),
            "kubeconfig": str(state / "kubeconfig"),
            "network": network,
            "artifacts": {"source": "mirror", "mirror": "registry.lan:5000"},
            "k3s": k3s.normalised({"k3s": program_given, "artifacts": "mirror"}),
        },
        # Nothing is loaded into a containerd that is pulled through a mirror.
        "artifacts": {"layout": "", "images": {}},
        # As behind a tunnel: the kubeconfig leads elsewhere than where hosts join.
        "k3s_endpoint": "https://127.0.0.1:16443",
        # a local machine has no default route
        "k3s_address": host.address,
    }


def test_a_check_foretells_and_leaves_nothing(host: Rented, given: dict[str, t.Any]) -> None:
    assert host.must(given, "--check", "--diff") > 0
    assert host.ssh("ls -d /etc/rancher /usr/local/bin/k3s 2>/dev/null || true") == ""
    assert not pathlib.Path(host.folder / "state/k3s-token").exists()


def test_a_program_with_another_checksum_is_not_started(host: Rented, given: dict[str, t.Any]) -> None:
    rc, output = host.run({**given, "k3s_sha256": "0" * 64})
    assert rc != 0
    assert "It was not started" in " ".join(output.split())
    assert host.ssh("systemctl is-active k3s || true").strip() == "inactive"
    host.ssh("rm /usr/local/bin/k3s")


def test_a_server_runs_from_its_files_and_a_second_run_changes_nothing(host: Rented, given: dict[str, t.Any]) -> None:
    assert host.must(given) > 0
    token = (host.folder / "state/k3s-token").read_text(encoding="utf-8").strip()
    assert len(token) == 64
    for name in ("k3s-token", "kubeconfig"):
        assert stat.S_IMODE((host.folder / "state" / name).stat().st_mode) == 0o600
    assert host.ssh("systemctl is-active k3s; systemctl is-enabled k3s").split() == ["active", "enabled"]
    assert host.ssh("cat /etc/rancher/k3s/token").strip() == token
    assert host.ssh("stat -c %a /etc/rancher/k3s/token /etc/rancher/k3s/config.yaml").split() == ["600", "600"]
    assert token not in host.ssh("ps -eo args; systemctl show k3s; cat /etc/rancher/k3s/config.yaml")
    settings = yaml.safe_load(host.ssh("cat /etc/rancher/k3s/config.yaml"))
    assert settings["token-file"] == "/etc/rancher/k3s/token"
    assert settings["cluster-init"] is True
    assert settings["secrets-encryption"] is True
    assert settings["etcd-snapshot-schedule-cron"] == "0 */6 * * *"
    assert settings["node-ip"] == host.address
    mirrors = yaml.safe_load(host.ssh("cat /etc/rancher/k3s/registries.yaml"))["mirrors"]
    assert mirrors["docker.io"] == {"endpoint": ["https://registry.lan:5000"]}
    kubeconfig = yaml.safe_load((host.folder / "state/kubeconfig").read_text(encoding="utf-8"))
    assert kubeconfig["clusters"] == [{"cluster": {"server": "https://127.0.0.1:16443"}, "name": "demo"}]
    since = host.ssh("systemctl show --property=ActiveEnterTimestampMonotonic k3s")
    assert host.must(given) == 0
    assert host.ssh("systemctl show --property=ActiveEnterTimestampMonotonic k3s") == since


def test_a_changed_setting_restarts_the_service_and_keeps_the_token(host: Rented, given: dict[str, t.Any]) -> None:
    before = host.ssh("cat /etc/rancher/k3s/token; systemctl show --property=ActiveEnterTimestampMonotonic k3s").split()
    assert host.must({**given, "k3s_config": {"node-label": ["tier=cost"]}}) > 0
    after = host.ssh("cat /etc/rancher/k3s/token; systemctl show --property=ActiveEnterTimestampMonotonic k3s").split()
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_two_servers_are_refused(host: Rented, given: dict[str, t.Any]) -> None:
    rc, output = host.run({**given, "k3s_hosts": ["m1", "m2"], "k3s_servers": ["m1", "m2"]})
    assert rc != 0
    assert "etcd with two loses its quorum" in " ".join(output.split())
