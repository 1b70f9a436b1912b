# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes control plane without nodes: etcd, kube-apiserver and kube-controller-manager as plain processes."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import socket
import ssl
import subprocess
import time
import typing as t
import urllib.request

from . import binaries

_READY_SECONDS = 120.0

_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ControlPlane:
    """Start with start(), end with stop(); restart_api_server() keeps the data and the address."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.kubeconfig = str(folder / "kubeconfig")
        self.audit_log = folder / "audit.log"
        # A folder of their own: etcd's data lies beside it under the program's name.
        (folder / "bin").mkdir()
        self.binaries = binaries.find(folder / "bin")
        self.kubectl = self.binaries["kubectl"]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._port = free_port()
        self._etcd = f"http://127.0.0.1:{free_port()}"
        self._peer = f"http://127.0.0.1:{free_port()}"

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._credentials()
        self._run("etcd", self._etcd_flags())
        self.start_api_server()
        manager = [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--use-service-account-credentials=false"]
        manager += [f"--service-account-private-key-file={self.folder}/sa.key", "--secure-port=0"]
        self._run("kube-controller-manager", manager)
        self._await_default_account()

    def stop(self) -> None:
        for name in ("kube-controller-manager", "kube-apiserver", "etcd"):
            self._end(name)

    def start_api_server(self) -> None:
        self._run("kube-apiserver", self._api_server_flags())
        deadline = time.monotonic() + _READY_SECONDS
        while not self._is_ready():
            if self._processes["kube-apiserver"].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("kube-apiserver is not ready:\n" + self._log("kube-apiserver"))
            time.sleep(0.1)

    def stop_api_server(self) -> None:
        self._end("kube-apiserver")

    def writes(self) -> list[dict[str, t.Any]]:
        """Audited requests of our engine that could write (dry runs left out), oldest first."""
        time.sleep(0.05)
        return [entry for entry in self.requests() if entry["verb"] not in ("get", "list", "watch") and not _dry(entry)]

    def requests(self) -> list[dict[str, t.Any]]:
        """Audited requests of our engine."""
        lines = self.audit_log.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        return [entry for entry in entries if entry.get("userAgent") == "inference.platform"]

    def _etcd_flags(self) -> list[str]:
        return [
            f"--data-dir={self.folder}/etcd",
            f"--listen-client-urls={self._etcd}",
            f"--advertise-client-urls={self._etcd}",
            f"--listen-peer-urls={self._peer}",
            f"--initial-advertise-peer-urls={self._peer}",
            f"--initial-cluster=default={self._peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _api_server_flags(self) -> list[str]:
        folder = self.folder
        return [
            f"--etcd-servers={self._etcd}",
            f"--secure-port={self._port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--cert-dir={folder}/api",
            f"--client-ca-file={folder}/ca.crt",
            f"--tls-cert-file={folder}/server.crt",
            f"--tls-private-key-file={folder}/server.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder}/sa.pub",
            f"--service-account-signing-key-file={folder}/sa.key",
            "--authorization-mode=RBAC",
            f"--audit-policy-file={folder}/audit-policy.json",
            f"--audit-log-path={self.audit_log}",
            "--audit-log-mode=blocking",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--allow-privileged=true",
        ]

    def _run(self, name: str, flags: list[str]) -> None:
        with open(self.folder / f"{name}.log", "ab") as log:
            self._processes[name] = subprocess.Popen([self.binaries[name], *flags], stdout=log, stderr=log)

    def _end(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.kill()
        process.wait()

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3000:]

    def _is_ready(self) -> bool:
        try:
            with self._open("/readyz") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _await_default_account(self) -> None:
        # Pods are refused until the controller has made the namespace's service account.
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), self._open("/api/v1/namespaces/default/serviceaccounts/default"):
                return
            time.sleep(0.1)
        raise RuntimeError("kube-controller-manager does not work:\n" + self._log("kube-controller-manager"))

    def _open(self, path: str) -> t.Any:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.load_cert_chain(str(self.folder / "client.crt"), str(self.folder / "client.key"))
        return urllib.request.urlopen(self.address + path, context=context, timeout=5)  # noqa: S310

    def _credentials(self) -> None:
        for folder in ("etcd", "api"):
            (self.folder / folder).mkdir(mode=0o700, exist_ok=True)
        self._openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test-ca"
            " -keyout ca.key -out ca.crt"
        )
        self._certificate("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        self._certificate("client", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth")
        self._openssl("genrsa -out sa.key 2048")
        self._openssl("rsa -in sa.key -pubout -out sa.pub")
        (self.folder / "audit-policy.json").write_text(json.dumps(_AUDIT_POLICY), encoding="utf-8")
        (self.folder / "kubeconfig").write_text(json.dumps(self._kubeconfig()), encoding="utf-8")

    def _certificate(self, name: str, subject: str, extension: str) -> None:
        (self.folder / f"{name}.ext").write_text(extension, encoding="utf-8")
        self._openssl(
            f"req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj {subject} -keyout {name}.key"
            f" -out {name}.csr"
        )
        self._openssl(
            f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out {name}.crt"
            f" -extfile {name}.ext"
        )

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True)

    def _kubeconfig(self) -> dict[str, t.Any]:
        def data(name: str) -> str:
            return base64.b64encode((self.folder / name).read_bytes()).decode()

        cluster = {"server": self.address, "certificate-authority-data": data("ca.crt")}
        user = {"client-certificate-data": data("client.crt"), "client-key-data": data("client.key")}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "admin", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }


def _dry(entry: dict[str, t.Any]) -> bool:
    return "dryRun=" in entry["requestURI"]
