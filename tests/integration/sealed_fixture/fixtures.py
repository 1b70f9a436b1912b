# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The role applied to a control plane, the controller beside it, and a namespace with a Secret for each test."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from gateway_fixture import programs
from kube_fixture.fixtures import Kube
from kube_fixture.playbooks import environment, keeping
from kube_fixture.server import ControlPlane
from litellm_fixture import modules
from playbook_run import Run

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

from .controller import Controller, wait_for

Object = dict[str, t.Any]
ROOT = pathlib.Path(__file__).resolve().parents[3]
# Long enough that nothing else holds it by chance.
VALUES = {"password": "correct-horse-battery-staple", "token": "sk-0123456789abcdefghijklmnop"}


@pytest.fixture(scope="module")
def sealed_controller(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Controller]:
    """The role's objects in the API server, and the controller as they describe it."""
    folder = tmp_path_factory.mktemp("sealed-secrets")
    install(control_plane, folder)
    client = Client(config.load(control_plane.kubeconfig))
    controller = Controller(control_plane, client, folder)
    try:
        controller.start()
        yield controller
    finally:
        controller.stop()
        client.close()


def install(plane: ControlPlane, folder: pathlib.Path) -> str:
    """Run the role; there are no nodes, so nothing is waited for. Returns what Ansible said."""
    crd = programs.host_file("sealed-secret-crd")
    file = {"path": str(crd), "sha256": hashlib.sha256(crd.read_bytes()).hexdigest()}
    platform = {"tree": str(folder / "tree"), "images": {"sealed-secrets-controller": "example.test/controller:1"}}
    role = {"name": "inference.platform.sealed_secrets"}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {
            "platform": platform,
            "artifacts": {"files": {"sealed-secret-crd": file}},
            "sealed_secrets_timeout": 0,
        },
        "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": plane.kubeconfig}},
        "tasks": [{"name": "Install", "ansible.builtin.import_role": role}],
    }
    code, said = run_play(play, folder)
    assert code == 0, said
    return said


def run_play(plays: Object | list[Object], folder: pathlib.Path, *flags: str) -> Run:
    """Run plays on localhost. A template as in the product needs its text trusted: it is a file."""
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump(plays if isinstance(plays, list) else [plays], sort_keys=False), encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}", str(path), *flags]
    plain = environment(ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_FORCE_COLOR="0")
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False, cwd=ROOT)
    return Run(done.returncode, done.stdout + done.stderr)


@dataclasses.dataclass
class Sealing:
    """The module on the Secret ``keys`` of a test's own namespace."""

    kube: Kube
    controller: Controller
    folder: pathlib.Path
    output: str = ""

    @property
    def tree(self) -> pathlib.Path:
        return self.folder / "tree"

    @property
    def file(self) -> pathlib.Path:
        return self.tree / f"21-{self.kube.component}" / f"sealedsecret.bitnami.com-{self.kube.namespace}-keys.yaml"

    @property
    def collection(self) -> str:
        return f"/apis/bitnami.com/v1alpha1/namespaces/{self.kube.namespace}/sealedsecrets"

    def run(self, *, check: bool = False, ok: bool = True, **options: t.Any) -> Object:
        """Result of the module, called in this process."""
        arguments = {**self._options(options), "kubeconfig": self.kube.plane.kubeconfig}
        found = modules.run("sealed_secret", arguments, check=check)
        assert not ok or not found.get("failed"), found
        return found

    def play(self, *flags: str) -> Object:
        """Result of the module, called by a play."""
        return self._task("sealed_secret", self._options({}), *flags)

    def stop(self) -> Object:
        """Result of removing the component."""
        return self._task("component", {**self._place(), "state": "absent"})

    def _options(self, more: Object) -> Object:
        return {**self._place(), "secrets": ["keys"], **more}

    def _place(self) -> Object:
        return {"name": self.kube.component, "namespace": self.kube.namespace, "wave": 21, "tree": str(self.tree)}

    def _task(self, module: str, options: Object, *flags: str) -> Object:
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        task = {f"inference.platform.{module}": options, "register": "result"}
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": self.kube.plane.kubeconfig}},
            "tasks": [task, keeping("result", result)],
        }
        _code, self.output = run_play(play, self.folder, *flags)
        assert result.exists(), self.output
        found: Object = json.loads(result.read_text(encoding="utf-8"))
        return found

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl writes. Raises AssertionError when it fails."""
        argv = [self.kube.plane.kubectl, "--kubeconfig", self.kube.plane.kubeconfig, *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, input=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def secret(self) -> Object:
        return self.kube.get("secrets/keys")

    def remake(self, values: dict[str, str]) -> None:
        """Somebody changes values in the cluster."""
        self.kube.edit("secrets/keys", {"stringData": values})

    def sealed(self) -> Object:
        return self.kube.client.get(f"{self.collection}/keys")

    def writes(self) -> list[str]:
        """Audited writes of the controller to Secrets of the namespace."""
        lines = self.kube.plane.audit_log.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        return [
            entry["verb"]
            for entry in entries
            if entry["user"]["username"].endswith(":sealed-secrets")
            and entry["verb"] not in ("get", "list", "watch")
            and entry.get("objectRef", {}).get("resource") == "secrets"
            and entry["objectRef"].get("namespace") == self.kube.namespace
        ]

    def condition(self, collection: str, name: str) -> Object:
        """What the controller says of a SealedSecret, as soon as it does."""

        def said() -> Object:
            status = self.kube.client.get(f"{collection}/{name}").get("status") or {}
            return next(iter(status.get("conditions") or []), {})

        found: Object = wait_for(said, "the controller's word")
        return found


@pytest.fixture
def sealing(kube: Kube, sealed_controller: Controller, tmp_path: pathlib.Path) -> Sealing:
    """A Secret that exists, and nothing sealed yet."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys", "labels": {"app.kubernetes.io/part-of": "inference-platform", "team": "research"}},
        "type": "example.test/keys",
        "stringData": VALUES,
    }
    kube.client.create(f"/api/v1/namespaces/{kube.namespace}/secrets", body)
    return Sealing(kube, sealed_controller, tmp_path)
