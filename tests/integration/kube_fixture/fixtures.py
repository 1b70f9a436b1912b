# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures around one control plane that all tests of a file share."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

import pytest
from groups import ENDING

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, run

from .server import ControlPlane

Object = dict[str, t.Any]

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[ControlPlane]:
    """A real etcd, API server and controller manager; no nodes.

    Each file has its own: what one leaves (an unavailable APIService, a restricted namespace) would hinder the next.
    """
    plane = ControlPlane(tmp_path_factory.mktemp("control-plane"))
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()


@pytest.fixture(scope="session")
def secrets_plane(tmp_path_factory: pytest.TempPathFactory) -> ControlPlane:
    """One for the files about secrets and nodes, which leave each other alone."""
    plane = ControlPlane(tmp_path_factory.mktemp("secrets-plane"))
    ENDING.callback(plane.stop)
    plane.start()
    return plane


@dataclasses.dataclass(frozen=True)
class Kube:
    """The engine against the control plane, in a namespace of the test's own."""

    plane: ControlPlane
    client: Client
    namespace: str
    said: list[str]

    @property
    def component(self) -> str:
        return f"app-{self.namespace}"

    def apply(self, *objects: Object, **wish: t.Any) -> dict[str, t.Any]:
        """Run the engine for the test's component."""
        wanted = {"component": self.component, "namespace": self.namespace, "prune": True, **wish}
        return run(config.load(self.plane.kubeconfig), Wish(objects=list(objects), **wanted), self.said.append)

    def actions(self, result: dict[str, t.Any]) -> dict[str, str]:
        return {entry["name"]: entry["action"] for entry in result["objects"]}

    def get(self, path: str) -> Object:
        """An object of the test's namespace, for example configmaps/x or apps/deployments/y."""
        return self.client.get(self.path(path))

    def find(self, path: str) -> Object | None:
        return self.client.find(self.path(path))

    def path(self, path: str) -> str:
        group, _, rest = path.rpartition("/")[0].rpartition("/")
        name = path.rpartition("/")[2]
        root = f"/apis/{group}/v1" if group else "/api/v1"
        return f"{root}/namespaces/{self.namespace}/{rest}/{name}"

    def edit(self, path: str, patch: Object) -> None:
        """A change by somebody else (another field manager)."""
        self.client.merge(self.path(path), patch, {"fieldManager": "somebody-else"})


@pytest.fixture
def kube(control_plane: ControlPlane) -> t.Iterator[Kube]:
    """A fresh namespace and the engine for it."""
    namespace = f"test-{next(_numbers)}"
    client = Client(config.load(control_plane.kubeconfig))
    client.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    yield Kube(control_plane, client, namespace, [])
    client.close()
