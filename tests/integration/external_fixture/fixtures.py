# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The Secrets of a platform with platform_secrets: external on a control plane, and the real operator beside it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import pathlib
import subprocess
import typing as t

import pytest
from gateway_fixture import programs
from kube_fixture.in_cluster import InCluster, unpack, wait_for
from kube_fixture.server import ControlPlane
from sealed_fixture.fixtures import run_play

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.discovery import Discovery, UnknownKindError
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


@dataclasses.dataclass(frozen=True)
class Play:
    """Tasks of roles, (role, tasks), as the inventory has it; ``timeout`` in seconds. What ``fails`` does not end the run."""

    steps: tuple[Step, ...]
    store: Object = dataclasses.field(default_factory=lambda: OWN)
    secrets: str = "external"
    timeout: int = 60
    redis: bool = False
    check: bool = False
    fails: bool = False


class Operator(InCluster):
    name = "external-secrets"
    flags = ("--live-addr=127.0.0.1:{health}", "--metrics-addr=127.0.0.1:{metrics}")


@dataclasses.dataclass
class Platform:
    """A platform of which only the Secrets are made."""

    plane: ControlPlane
    client: Client
    folder: pathlib.Path
    # Everything that Ansible ever said, and what of the first two runs: check mode when nothing was there, and the real one.
    output: str = ""
    first: list[str] = dataclasses.field(default_factory=list)

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

    def run(self, *plays: Play, ok: bool = True) -> list[str]:
        """Run plays one after the other; what Ansible said of each."""
        code, said = run_play([self._play(play) for play in plays], self.folder)
        self.output += said
        assert (code == 0) is ok, said
        return said.split("\nPLAY [localhost]")[1:]

    def _play(self, play: Play) -> Object:
        names = [{"name": f"inference.platform.{role}", "tasks_from": tasks} for role, tasks in play.steps]
        tasks: list[Object] = [{"ansible.builtin.import_role": name} for name in names]
        if play.fails:
            tasks = [{"block": tasks, "rescue": [{"ansible.builtin.debug": {"msg": "it failed"}}]}]
        platform = {
            "tree": str(self.tree),
            "images": {"external-secrets": "example.test/operator:1"},
            "secrets": play.secrets,
            "secret_store": play.store,
        }
        known = {
            "platform": platform,
            "artifacts": {"files": _files()},
            "external_secrets_api_server": self.plane.address,
            # there are no nodes, so the operator's Deployment never becomes ready
            "external_secrets_timeout": 0,
            "vllm_timeout": play.timeout,
            "litellm_timeout": play.timeout,
            "litellm_redis": play.redis,
        }
        return {
            "hosts": "localhost",
            "gather_facts": False,
            "check_mode": play.check,
            "diff": play.check,
            "vars": known,
            "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": self.plane.kubeconfig}},
            "tasks": tasks,
        }


def _files() -> Object:
    found = {crd: programs.host_file(crd) for crd in CRDS}
    return {
        crd: {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for crd, path in found.items()
    }


def define(plane: ControlPlane, client: Client) -> None:
    """Make the operator's kinds known: the role would wait for that, but it would wait for a Deployment without nodes, too."""
    files = [word for crd in CRDS for word in ("-f", str(programs.host_file(crd)))]
    apply = [plane.kubectl, "--kubeconfig", plane.kubeconfig, "apply", "--server-side", *files]
    subprocess.run(apply, check=True, capture_output=True)

    def known() -> bool:
        with contextlib.suppress(UnknownKindError):
            for kind in ("ExternalSecret", "ClusterSecretStore"):
                Discovery(client).resource("external-secrets.io/v1", kind)
            return True
        return False

    wait_for(known, "the kinds")


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
    everything = (OPERATOR, *REFERENCES)
    made.first = made.run(Play(everything, timeout=0, check=True))
    define(control_plane, client)
    made.first += made.run(Play(everything, timeout=0))
    program = unpack("external-secrets", "external-secrets", programs.cache() / "oci", folder, programs.BUILD)
    operator = Operator(control_plane, client, folder, program)
    try:
        operator.start()
        yield made
    finally:
        operator.stop()
        client.close()
