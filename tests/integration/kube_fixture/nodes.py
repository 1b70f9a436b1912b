# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Nodes in a control plane that has none: their objects, the real scheduler, and what kubelets would report of their pods."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import threading
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError

from . import binaries
from .server import ControlPlane, free_port

Object = dict[str, t.Any]

_ROOM = {"cpu": "16", "memory": "64Gi", "pods": "50"}
_READY = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is ready"}


class Nodes:
    """A context: while it lasts pods are scheduled, and those on a node are Running, Ready and have ``address`` as theirs."""

    def __init__(self, plane: ControlPlane, folder: pathlib.Path, address: str = "10.203.94.1") -> None:
        self._plane = plane
        self._folder = folder
        self._address = address
        self._client = Client(config.load(plane.kubeconfig))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._report_for_ever, daemon=True)
        self._scheduler: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Nodes:
        program = binaries.unpack(
            binaries.cache() / "oci", "kube-scheduler", "kube-scheduler", self._folder / "kube-scheduler"
        )
        assert program, "there is no image of kube-scheduler: build the artefacts"
        flags = [f"--kubeconfig={self._plane.kubeconfig}", "--leader-elect=false", f"--secure-port={free_port()}"]
        with open(self._folder / "kube-scheduler.log", "ab") as log:
            self._scheduler = subprocess.Popen(
                [program, *flags, f"--cert-dir={self._folder}/scheduler"], stdout=log, stderr=log
            )
        self._thread.start()
        return self

    def __exit__(self, *_about: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._scheduler is not None:
            self._scheduler.kill()
            self._scheduler.wait()
        for item in self._client.list("/api/v1/nodes")[0]:
            self._client.delete(
                f"/api/v1/nodes/{item['metadata']['name']}", uid=item["metadata"]["uid"], propagation="Background"
            )
        self._client.close()

    def add(self, name: str, *, taints: t.Sequence[Object] = (), resources: t.Mapping[str, str] | None = None) -> None:
        """A node with room for pods, as a kubelet registers it."""
        metadata = {"name": name, "labels": {"kubernetes.io/hostname": name}}
        spec = {"taints": list(taints)}
        self._client.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec})
        self.advertise(name, resources or _ROOM)
        # The controller taints what it has not seen Ready yet.
        self._until(lambda: not self._not_ready(name), f"node {name} takes pods")

    def advertise(self, name: str, resources: t.Mapping[str, str]) -> None:
        """What a device plugin does, by way of the kubelet: more resources in the status of a node."""
        status = {"capacity": dict(resources), "allocatable": dict(resources), "conditions": [_READY]}
        self._client.merge(f"/api/v1/nodes/{name}/status", {"status": status})

    def _not_ready(self, name: str) -> bool:
        taints = self._client.get(f"/api/v1/nodes/{name}")["spec"].get("taints") or []
        return any("not-ready" in taint["key"] for taint in taints)

    def _until(self, condition: t.Callable[[], object], what: str) -> None:
        for _try in range(300):
            if condition():
                return
            self._stop.wait(0.1)
        raise AssertionError(f"not seen within 30 s: {what}")

    def _report_for_ever(self) -> None:
        client = Client(config.load(self._plane.kubeconfig))
        while not self._stop.wait(0.1):
            for pod in client.list("/api/v1/pods", {"fieldSelector": "status.phase=Pending"})[0]:
                if pod["spec"].get("nodeName") and "deletionTimestamp" not in pod["metadata"]:
                    with contextlib.suppress(ApiError):
                        self._report(client, pod)
            for pod in client.list("/api/v1/pods")[0]:
                if pod["spec"].get("nodeName") and "deletionTimestamp" in pod["metadata"]:
                    self._confirm(pod)
        client.close()

    def _confirm(self, pod: Object) -> None:
        metadata = pod["metadata"]
        argv = [self._plane.kubectl, f"--kubeconfig={self._plane.kubeconfig}", "delete", "pod", metadata["name"]]
        argv += [f"--namespace={metadata['namespace']}", "--grace-period=0", "--force", "--wait=false"]
        subprocess.run(argv, capture_output=True, check=False)

    def _report(self, client: Client, pod: Object) -> None:
        metadata = pod["metadata"]
        conditions = [*(pod["status"].get("conditions") or []), {"type": "Ready", "status": "True"}]
        status = {
            "phase": "Running",
            "conditions": conditions,
            "podIP": self._address,
            "podIPs": [{"ip": self._address}],
        }
        client.merge(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/status", {"status": status})
