# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A cluster of two local machines for tests, and probes that run as pods in it."""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from kubernetes import client, config
from kubernetes.stream import stream

IMAGE = "docker.io/library/python:3.13-slim"
# Answers every connection with the address it saw; nothing in it can fail for want of a library.
SERVE = """
import socket
server = socket.create_server(("0.0.0.0", {port}))
while True:
    connection, (address, _) = server.accept()
    connection.sendall(f"server saw {{address}}".encode())
    connection.close()
"""
ASK = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2) as connection:
        try:
            print(connection.recv(100).decode() or "open")
        except TimeoutError:
            print("open")
except socket.gaierror as error:
    print(f"no such name: {error}")
except OSError as error:
    print(f"blocked: {error}")
"""


@dataclass(frozen=True)
class Pod:
    """A pod to run: on the node of that number (0 is the control plane)."""

    name: str
    namespace: str
    node: int
    labels: dict[str, str]


class Cluster:
    """The API of a running cluster, and what tests do with it."""

    def __init__(self, kubeconfig: str) -> None:
        self.api = config.new_client_from_config(config_file=kubeconfig)
        self.core = client.CoreV1Api(self.api)
        nodes = self.core.list_node().items
        control_plane = "node-role.kubernetes.io/control-plane"
        self.nodes = sorted(node.metadata.name for node in nodes if control_plane in node.metadata.labels)
        self.nodes += sorted(node.metadata.name for node in nodes if control_plane not in node.metadata.labels)

    @contextlib.contextmanager
    def namespaces(self, *names: str) -> Iterator[None]:
        """Have these namespaces for a while, each with its default service account."""
        for name in names:
            self.core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
        try:
            for name in names:
                self.until(lambda name=name: self.core.list_namespaced_service_account(name).items, f"{name} is usable")
            yield
        finally:
            for name in names:
                self.core.delete_namespace(name)

    def run_pods(self, pods: list[Pod], port: int) -> None:
        """Start the pods, every one serving, and wait until all run."""
        for pod in pods:
            container = client.V1Container(
                name="probe",
                image=IMAGE,
                image_pull_policy="IfNotPresent",
                command=["python3", "-c", SERVE.format(port=port)],
                readiness_probe=client.V1Probe(tcp_socket=client.V1TCPSocketAction(port=port), period_seconds=1),
            )
            self.core.create_namespaced_pod(
                pod.namespace,
                client.V1Pod(
                    metadata=client.V1ObjectMeta(name=pod.name, labels=pod.labels),
                    spec=client.V1PodSpec(
                        node_name=self.nodes[pod.node], containers=[container], termination_grace_period_seconds=0
                    ),
                ),
            )
        for pod in pods:
            self.until(lambda pod=pod: self._ready(pod), f"pod {pod.name} serves")

    def ask(self, pod: Pod, host: str, port: int) -> str:
        """Connect from the pod and return what came of it: the answer, ``open``, ``blocked: ...`` or ``no such name``."""
        argv = ["python3", "-c", ASK, host, str(port)]
        answer = stream(
            self.core.connect_get_namespaced_pod_exec, pod.name, pod.namespace, command=argv, stdout=True, stderr=True
        )
        return str(answer).strip()

    def address_of(self, pod: Pod) -> str:
        """Return the pod's IP address."""
        return str(self._read(pod).status.pod_ip)

    def node_of(self, pod: Pod) -> str:
        """Return the name of the node that the pod runs on."""
        return str(self._read(pod).spec.node_name)

    def until(self, condition: t.Callable[[], object], what: str, timeout: float = 60.0) -> None:
        """Wait until the condition holds; fail by name when it does not."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"Not seen within {timeout:.0f} s: {what}")
            time.sleep(0.3)

    def _ready(self, pod: Pod) -> bool:
        conditions = self._read(pod).status.conditions or []
        return any(condition.type == "Ready" and condition.status == "True" for condition in conditions)

    def _read(self, pod: Pod) -> t.Any:
        return self.core.read_namespaced_pod(pod.name, pod.namespace)
