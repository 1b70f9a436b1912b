# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A node is emptied and its rented machine is stopped or destroyed; a real control plane, and the emulated provider."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
from kube_fixture.fixtures import Kube
from litellm_fixture import modules
from vast_fixture.sites import NODE, OWN, Run, Site, tunnelled

Object = dict[str, t.Any]
NAME = "node-2"


class Platform:
    """Two rented machines; the second is a node of the cluster. The tunnel leads to the first, the kubeconfig to the control plane."""

    def __init__(self, rented: Site, kube: Kube) -> None:
        self.rented = rented
        self.nodes = kube.client
        folder = rented.state / "ssh"
        folder.mkdir(parents=True)
        key = folder / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
        public = key.with_suffix(".pub").read_text()
        rented.vast.account.add_key(public)
        for name in ("node-1", NAME):
            made = modules.run(
                "vast_instance",
                {
                    **rented.access(),
                    "label": f"{OWN}/{name}",
                    "search": {"gpu": ["RTX 4090"], "gpus": 1},
                    "disk_gb": 40,
                    "ssh_public_key": public,
                    "known_hosts": str(folder / "known_hosts"),
                    "max_usd_per_hour": 5,
                    "poll": 0.05,
                },
            )
            assert made["changed"], made
        (rented.state / "kubeconfig").write_bytes(pathlib.Path(kube.plane.kubeconfig).read_bytes())
        metadata = {"name": NAME, "labels": {"kubernetes.io/hostname": NAME}}
        self.nodes.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata})

    def node(self) -> Object | None:
        return self.nodes.find(f"/api/v1/nodes/{NAME}")

    def drain(self, *words: str, **variables: str) -> Run:
        return self.rented.run("drain", *words, **{"drain_node": NAME, **variables})

    def refused(self, words: str, **variables: str) -> None:
        """Nothing is changed and it says why."""
        before = self.rented.writes()
        done = self.drain(**variables)
        said = " ".join(done.output.split())
        assert done.rc == 2
        assert words in said
        assert "Nothing was changed." in said
        assert (done.changed, self.rented.writes()) == (0, before)
        assert "unschedulable" not in ((self.node() or {}).get("spec") or {})

    def living(self) -> list[str | None]:
        return [one.label for one in self.rented.vast.account.living()]


@pytest.fixture
def platform(rented: Site, kube: Kube) -> t.Iterator[Platform]:
    made = Platform(rented, kube)
    yield made
    if node := made.node():
        kube.client.delete(f"/api/v1/nodes/{NAME}", uid=node["metadata"]["uid"], propagation="Background")


def test_what_cannot_follow_a_drain_is_refused_before_anything_is_changed(platform: Platform) -> None:
    platform.refused("would be destroyed with its disk", drain_then="destroy")
    platform.refused("other than the first one", drain_then="stop", drain_node="node-1")
    assert platform.living() == [f"{OWN}/node-1", f"{OWN}/{NAME}"]


def test_a_machine_is_stopped_and_then_destroyed_once_its_node_is_empty(platform: Platform) -> None:
    vast = platform.rented.vast
    stopped = platform.drain(drain_then="stop")
    assert stopped.rc == 0, stopped.output
    assert [one.intended for one in vast.account.living()] == ["running", "stopped"]
    assert all(tunnelled(port) for port in platform.rented.ports), (
        "the cluster of rented machines is reached by the tunnel"
    )
    node = platform.node()
    assert node is not None
    assert node["spec"]["unschedulable"] is True

    gone = platform.drain(drain_then="destroy", confirm=NAME)
    assert gone.rc == 0, gone.output
    assert platform.living() == [f"{OWN}/node-1"]
    assert platform.node() is None
    assert [bill.ended for bill in vast.bill()] == [False, True]
    assert NAME not in (platform.rented.state / "ssh/known_hosts").read_text()
    assert "site.yml would rent or start it again" in gone.output

    last = platform.drain(drain_then="destroy", confirm=NAME, platform_vast_nodes=[{"name": "node-1", **NODE}])
    assert (last.rc, last.changed) == (0, 0), last.output
    assert "site.yml leaves it alone" in last.output
