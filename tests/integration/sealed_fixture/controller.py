# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The real sealed-secrets controller as a process, with the rights and the arguments that the role gives it."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import shlex
import signal
import subprocess
import time
import typing as t
import urllib.request

from gateway_fixture import programs
from kube_fixture import binaries
from kube_fixture.server import ControlPlane, free_port

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

NAMESPACE = "sealed-secrets"
_SECONDS = 120.0
_ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"


class Controller:
    """Start with start(), end with stop(). It talks to the API server as the role's ServiceAccount."""

    def __init__(self, plane: ControlPlane, client: Client, folder: pathlib.Path) -> None:
        self._plane = plane
        self._client = client
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._program = unpack(folder)

    def start(self) -> None:
        """Return when it answers, which it does when it has its key."""
        port = free_port()
        self._credentials()
        arguments = [self._program, *self._arguments(), f"--listen-addr=127.0.0.1:{port}"]
        arguments += [f"--listen-metrics-addr=127.0.0.1:{free_port()}"]
        # The program knows one place for its credentials: it gets a /run of its own.
        script = (
            f"mount -t tmpfs tmpfs /run && mkdir -p {_ACCOUNT} && cp {self._folder}/account/* {_ACCOUNT}/ && "
            f"exec {shlex.join(arguments)}"
        )
        host, _colon, number = self._plane.address.removeprefix("https://").partition(":")
        environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": number, "PATH": "/usr/bin:/bin"}
        with open(self._folder / "controller.log", "ab") as log:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", script], stdout=log, stderr=log, env=environment
            )
        self._await(f"http://127.0.0.1:{port}/healthz")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def make_a_new_key(self) -> None:
        """What it does by itself every 30 days."""
        before = len(self.sealing_keys())
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        wait_for(lambda: len(self.sealing_keys()) > before, "a new key")

    def sealing_keys(self) -> list[dict[str, t.Any]]:
        """The Secrets with its keys."""
        query = {"labelSelector": "sealedsecrets.bitnami.com/sealed-secrets-key=active"}
        return self._client.list(f"/api/v1/namespaces/{NAMESPACE}/secrets", query)[0]

    def log(self) -> str:
        return (self._folder / "controller.log").read_text(encoding="utf-8", errors="replace")

    def _arguments(self) -> list[str]:
        deployment = self._client.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/sealed-secrets")
        arguments: list[str] = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        return arguments

    def _credentials(self) -> None:
        account = self._folder / "account"
        account.mkdir(exist_ok=True)
        path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/sealed-secrets/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 7200}}
        token = self._client.create(path, body)["status"]["token"]
        kubeconfig = json.loads(pathlib.Path(self._plane.kubeconfig).read_text(encoding="utf-8"))
        authority = base64.b64decode(kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"])
        (account / "token").write_text(token, encoding="utf-8")
        (account / "ca.crt").write_bytes(authority)
        (account / "namespace").write_text(NAMESPACE, encoding="utf-8")

    def _await(self, address: str) -> None:
        def answers() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, self.log()
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
            return False

        wait_for(answers, "the controller")


def unpack(folder: pathlib.Path) -> str:
    """Path of the controller of its image. Raises RuntimeError when there is none."""
    layout = programs.cache() / "oci"
    found = binaries.unpack(layout, "sealed-secrets-controller", "controller", folder / "controller")
    if not found:
        raise RuntimeError(f"There is no image of sealed-secrets-controller in {layout}. {programs.BUILD}")
    return found


def wait_for(condition: t.Callable[[], t.Any], what: str) -> t.Any:
    """What the condition returns when it is true. Raises AssertionError when it never is."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come")
