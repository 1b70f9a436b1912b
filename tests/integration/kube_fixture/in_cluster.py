# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A controller as a process beside a control plane without nodes, with the rights and the arguments that its role gives it."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import shlex
import subprocess
import time
import typing as t
import urllib.request

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

from . import binaries
from .server import ControlPlane, free_port

_SECONDS = 120.0
_ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"


class InCluster:
    """Start with start(), end with stop(). Namespace, Deployment and ServiceAccount have one name, as the roles make them."""

    name = ""
    # The address that answers when it is ready, and flags that move its ports: {health} and {metrics} stand for them.
    flags: tuple[str, ...] = ()

    def __init__(self, plane: ControlPlane, client: Client, folder: pathlib.Path, program: str) -> None:
        self._plane = plane
        self._client = client
        self._folder = folder
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it answers."""
        port = free_port()
        moved = [flag.format(health=port, metrics=free_port()) for flag in self.flags]
        # A question first: on a connection that the server closed meanwhile it is asked again, which the creation of a token is not.
        arguments = [self._program, *self._arguments(), *moved]
        self._credentials()
        # Such programs know one place for their credentials: it gets a /run of its own.
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

    def log(self) -> str:
        return (self._folder / "controller.log").read_text(encoding="utf-8", errors="replace")

    def _arguments(self) -> list[str]:
        deployment = self._client.get(f"/apis/apps/v1/namespaces/{self.name}/deployments/{self.name}")
        arguments: list[str] = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        return arguments

    def _credentials(self) -> None:
        account = self._folder / "account"
        account.mkdir(exist_ok=True)
        path = f"/api/v1/namespaces/{self.name}/serviceaccounts/{self.name}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 7200}}
        token = self._client.create(path, body)["status"]["token"]
        (account / "token").write_text(token, encoding="utf-8")
        (account / "ca.crt").write_bytes(authority(self._plane))
        (account / "namespace").write_text(self.name, encoding="utf-8")

    def _await(self, address: str) -> None:
        def answers() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, self.log()
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
            return False

        wait_for(answers, "the controller")


def authority(plane: ControlPlane) -> bytes:
    """The certificate authority of the API server."""
    kubeconfig = json.loads(pathlib.Path(plane.kubeconfig).read_text(encoding="utf-8"))
    return base64.b64decode(kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"])


def unpack(image: str, program: str, layout: pathlib.Path, folder: pathlib.Path, cure: str) -> str:
    """Path of the program of an image. Raises RuntimeError when there is none."""
    found = binaries.unpack(layout, image, program, folder / program)
    if not found:
        raise RuntimeError(f"There is no image of {image} in {layout}. {cure}")
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
