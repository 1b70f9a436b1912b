# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The Secrets of a platform with platform_secrets: external on a control plane, and the real operator beside it."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import typing as t

import pytest
from gateway_fixture import programs
from kube_fixture.in_cluster import InCluster, unpack
from kube_fixture.server import ControlPlane
from sealed_fixture.fixtures import run_play

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.generate import decode

Object = dict[str, t.Any]
Step = tuple[str, str]
CRDS = ("external-secret-crd", "secret-store-crd", "cluster-secret-store-crd", "generator-state-crd")
OWN: Object = {"name": "platform", "kind": "ClusterSecretStore", "prefix": "", "provider": {}, "builtin": True}
# What the layers do for their Secrets, in their order.
OPERATOR: Step = ("external_secrets", "main")
REFERENCES: tuple[Step, ...] = (("vllm", "secrets"), ("litellm", "external"))
# The engines' key from the time before there was a store.
BEFORE = "sk-of-the-time-before-the-store"


class Operator(InCluster):
    name = "external-secrets"
    flags = ("--live-addr=127.0.0.1:{health}", "--metrics-addr=127.0.0.1:{metrics}")


@dataclasses.dataclass
class Platform:
    """A platform of which only the Secrets are made."""

    plane: ControlPlane
    client: Client
    folder: pathlib.Path
    # Everything that Ansible ever said.
    output: str = ""

    @property
    def tree(self) -> pathlib.Path:
        return self.folder / "tree"

    def texts(self) -> str:
        """Every file of the tree."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.tree.rglob("*.yaml")))

    def secret(self, namespace: str, name: str) -> Object:
        return self.client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")

    def values(self, namespace: str, name: str) -> dict[str, str]:
        found = self.client.find(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        return decode((found or {}).get("data"))

    def run(self, *steps: Step, flags: tuple[str, ...] = (), ok: bool = True, **variables: t.Any) -> str:
        """Run tasks of roles, (role, tasks), in one play; what Ansible said."""
        known = {"platform": self._platform(variables), "artifacts": {"files": _files()}, "vllm_timeout": 60}
        known |= {"litellm_timeout": 60, "litellm_redis": True, "external_secrets_api_server": self.plane.address}
        tasks = [
            {"ansible.builtin.import_role": {"name": f"inference.platform.{role}", "tasks_from": name}}
            for role, name in steps
        ]
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            # there are no nodes, so no Deployment becomes ready
            "vars": {**known, "external_secrets_timeout": 0, **variables},
            "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": self.plane.kubeconfig}},
            "tasks": tasks,
        }
        code, said = run_play(play, self.folder, *flags)
        self.output += said
        assert (code == 0) is ok, said
        return said

    def _platform(self, variables: Object) -> Object:
        return {
            "tree": str(self.tree),
            "images": {"external-secrets": "example.test/operator:1"},
            "secrets": variables.pop("secrets", "external"),
            "secret_store": variables.pop("store", OWN),
        }


def _files() -> Object:
    found = {crd: programs.host_file(crd) for crd in CRDS}
    return {
        crd: {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for crd, path in found.items()
    }


@pytest.fixture(scope="module")
def external(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Platform]:
    """Operator, store and references are there. Nobody has waited for anything."""
    folder = tmp_path_factory.mktemp("external-secrets")
    client = Client(config.load(control_plane.kubeconfig))
    made = Platform(control_plane, client, folder)
    for name in ("serving", "llm-gateway"):
        client.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    old = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "vllm-api-key"},
        "stringData": {"api-key": BEFORE},
    }
    client.create("/api/v1/namespaces/serving/secrets", old)
    made.run(OPERATOR, *REFERENCES, vllm_timeout=0, litellm_timeout=0)
    program = unpack("external-secrets", "external-secrets", programs.cache() / "oci", folder, programs.BUILD)
    operator = Operator(control_plane, client, folder, program)
    try:
        operator.start()
        yield made
    finally:
        operator.stop()
        client.close()
