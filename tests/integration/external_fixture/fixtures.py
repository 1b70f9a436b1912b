# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The role external_secrets applied to a control plane, the real operator beside it, and the platform's references to its store."""

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

Object = dict[str, t.Any]
CRDS = ("external-secret-crd", "secret-store-crd", "cluster-secret-store-crd")
STORE: Object = {"name": "platform", "kind": "ClusterSecretStore", "prefix": "", "provider": {}, "builtin": True}


class Operator(InCluster):
    name = "external-secrets"
    flags = ("--live-addr=127.0.0.1:{health}", "--metrics-addr=127.0.0.1:{metrics}")


@dataclasses.dataclass
class Store:
    """A platform with platform_secrets: external, of which only the Secrets are made."""

    plane: ControlPlane
    client: Client
    folder: pathlib.Path
    output: str = ""

    @property
    def tree(self) -> pathlib.Path:
        return self.folder / "tree"

    def secret(self, namespace: str, name: str) -> Object:
        return self.client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")

    def role(self, name: str, tasks: str, *flags: str, ok: bool = True, **variables: t.Any) -> str:
        """Run tasks of a role; what Ansible said."""
        files = {crd: programs.host_file(crd) for crd in CRDS}
        platform = {
            "tree": str(self.tree),
            "images": {"external-secrets": "example.test/operator:1"},
            "secrets": "external",
            "secret_store": STORE,
        }
        known = {
            "platform": platform,
            "artifacts": {
                "files": {
                    crd: {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
                    for crd, path in files.items()
                }
            },
            "external_secrets_api_server": self.plane.address,
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {**known, **variables},
            "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": self.plane.kubeconfig}},
            "tasks": [{"ansible.builtin.import_role": {"name": f"inference.platform.{name}", "tasks_from": tasks}}],
        }
        code, self.output = run_play(play, self.folder, *flags)
        assert (code == 0) is ok, self.output
        return self.output

    def secrets(self, *flags: str, **variables: t.Any) -> str:
        """What the layers do for their Secrets, in their order."""
        said = self.role("vllm", "secrets", *flags, vllm_timeout=60, **variables)
        return said + self.role("litellm", "external", *flags, litellm_timeout=60, **variables)


@pytest.fixture(scope="module")
def secret_store(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Store]:
    """Operator and store are up, the platform's namespaces are there; there are no nodes, so no Deployment is waited for."""
    folder = tmp_path_factory.mktemp("external-secrets")
    client = Client(config.load(control_plane.kubeconfig))
    made = Store(control_plane, client, folder)
    made.role("external_secrets", "main", external_secrets_timeout=0)
    for name in ("serving", "llm-gateway"):
        client.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    program = unpack("external-secrets", "external-secrets", programs.cache() / "oci", folder, programs.BUILD)
    operator = Operator(control_plane, client, folder, program)
    try:
        operator.start()
        yield made
    finally:
        operator.stop()
        client.close()
