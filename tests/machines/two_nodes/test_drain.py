# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A node of two real machines is emptied: a request that runs is answered to its end, or has the time that it was given."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

import pytest
from kubernetes import client
from kubernetes.stream import stream
from playbook_run import Run

from ansible_collections.inference.platform.plugins.module_utils.drain.run import Drain, Wish
from ansible_collections.inference.platform.plugins.module_utils.kube import config

from .cluster import IMAGE, Cluster, Pod
from .site import Site

HOME, WORKER = "drained", "two-2"
ENGINE = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/part-of": "inference-platform"}
ROTATION = "inference.platform/rotation"
CLIENT = Pod("client", HOME, 0, {"role": "client"})
# An engine as a drain sees one: /metrics says how many requests it has. One request is held until /release.
PROGRAM = """
import http.server, threading
held, released = [], threading.Event()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/hold":
            held.append(self)
            released.wait()
            held.remove(self)
        if self.path == "/release":
            released.set()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"vllm:num_requests_running {len(held)}\\nvllm:num_requests_waiting 0\\nwhole\\n".encode())
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""


class Engines:
    """Two models of one engine each, on the worker; requests come from a pod of the control plane."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.apps = client.AppsV1Api(cluster.api)

    def start(self, *models: str) -> None:
        control_plane = self.cluster.nodes[0]
        # The scheduler has no choice but the worker, for the while of it.
        self._take_pods(control_plane, on=False)
        for model in models:
            self._create(model)
        self.cluster.until(lambda: all(self.pod(model, WORKER) for model in models), "the engines are up")
        self._take_pods(control_plane, on=True)

    def pod(self, model: str, node: str) -> client.V1Pod | None:
        """The engine of the model on that node, when it is ready."""
        selector = f"app.kubernetes.io/instance={model}"
        for pod in self.cluster.core.list_namespaced_pod(HOME, label_selector=selector).items:
            ready = any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions or [])
            if pod.spec.node_name == node and ready and not pod.metadata.deletion_timestamp:
                return pod
        return None

    def rotation(self, model: str) -> str:
        pod = self.pod(model, WORKER)
        return "gone" if pod is None else str(pod.metadata.labels[ROTATION])

    def served(self, model: str) -> list[str]:
        """Nodes to which the Service of the model leads."""
        addresses = [
            address
            for subset in self.cluster.core.read_namespaced_endpoints(model, HOME).subsets or []
            for address in subset.addresses or []
        ]
        return [address.node_name for address in addresses]

    def hold(self, model: str) -> None:
        """Begin a request that is answered when it is released."""
        pod = self.pod(model, WORKER)
        assert pod is not None
        self._inside(f"python3 -c '{_get(pod.status.pod_ip, 'hold')}' >/tmp/{model} 2>&1 &")
        running = f"python3 -c '{_get(pod.status.pod_ip, 'metrics')}'"
        self.cluster.until(lambda: "running 1" in self._inside(running), "the request runs")

    def release(self, model: str) -> None:
        pod = self.pod(model, WORKER)
        assert pod is not None
        self._inside(f"python3 -c '{_get(pod.status.pod_ip, 'release')}'")

    def answer(self, model: str) -> str:
        return self._inside(f"cat /tmp/{model}")

    def _inside(self, command: str) -> str:
        argv = ["sh", "-c", command]
        run = self.cluster.core.connect_get_namespaced_pod_exec
        return str(stream(run, CLIENT.name, HOME, command=argv, stdout=True, stderr=True))

    def _take_pods(self, node: str, *, on: bool) -> None:
        self.cluster.core.patch_node(node, {"spec": {"unschedulable": None if on else True}})

    def _create(self, model: str) -> None:
        labels = {**ENGINE, "app.kubernetes.io/instance": model}
        container = client.V1Container(
            name="engine",
            image=IMAGE,
            image_pull_policy="IfNotPresent",
            command=["python3", "-c", PROGRAM],
            readiness_probe=client.V1Probe(tcp_socket=client.V1TCPSocketAction(port=8000), period_seconds=1),
        )
        spec = client.V1PodSpec(
            containers=[container],
            # Who is evicted while it still has a request loses it at once.
            termination_grace_period_seconds=0,
            tolerations=[client.V1Toleration(key="node-role.kubernetes.io/control-plane", operator="Exists")],
        )
        template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels={**labels, ROTATION: "in"}), spec=spec)
        self.apps.create_namespaced_deployment(
            HOME,
            client.V1Deployment(
                metadata=client.V1ObjectMeta(name=f"vllm-{model}"),
                spec=client.V1DeploymentSpec(
                    replicas=1, selector=client.V1LabelSelector(match_labels=labels), template=template
                ),
            ),
        )
        ports = [client.V1ServicePort(port=8000)]
        self.cluster.core.create_namespaced_service(
            HOME,
            client.V1Service(
                metadata=client.V1ObjectMeta(name=model),
                spec=client.V1ServiceSpec(selector={**labels, ROTATION: "in"}, ports=ports),
            ),
        )


def _get(address: str, path: str) -> str:
    return f'import urllib.request; print(urllib.request.urlopen("http://{address}:8000/{path}").read().decode())'


@pytest.fixture
def engines(two_nodes: Site) -> Iterator[Engines]:
    cluster = Cluster(str(two_nodes.state / "kubeconfig"))
    with cluster.namespaces(HOME):
        cluster.run_pods([CLIENT], 8000)
        yield Engines(cluster)
    drain = Drain(config.load(str(two_nodes.state / "kubeconfig")), lambda _text: None)
    drain.ensure(Wish(WORKER, "schedulable"))
    drain.close()


def test_a_node_is_emptied_after_its_requests_or_their_time_and_engines_come_up_elsewhere(
    two_nodes: Site, engines: Engines
) -> None:
    control_plane = engines.cluster.nodes[0]
    engines.start("ends", "stays")
    for model in ("ends", "stays"):
        engines.hold(model)
        assert engines.served(model) == [WORKER]

    runs: list[Run] = []
    thread = threading.Thread(
        target=lambda: runs.append(two_nodes.run("drain.yml", drain_node=WORKER, drain_request_timeout=15))
    )
    thread.start()
    try:
        engines.cluster.until(lambda: engines.rotation("ends") == "out", "the engine is out of rotation", timeout=120)
        engines.cluster.until(lambda: engines.served("ends") == [], "nothing new comes to the engine")
        # Longer than an engine without requests would be left.
        time.sleep(3)
        assert engines.rotation("ends") == "out"
        engines.release("ends")
    finally:
        thread.join()
    (done,) = runs
    assert done.rc == 0, done.output
    waited = _waited(done.output)
    assert {model: requests for model, (requests, _seconds) in waited.items()} == {"ends": 0, "stays": 1}
    assert waited["stays"][1] >= 15
    assert "whole" in engines.answer("ends")
    assert "whole" not in engines.answer("stays")
    for model in ("ends", "stays"):
        engines.cluster.until(lambda model=model: engines.served(model) == [control_plane], f"{model} serves elsewhere")

    again = two_nodes.run("drain.yml", drain_node=WORKER)
    assert (again.rc, again.changed) == (0, 0), again.output


def _waited(output: str) -> dict[str, tuple[int, float]]:
    """Requests that an engine had when it was told to go, and the seconds before, by model."""
    told = re.findall(r"vllm-([a-z]+)-\S+:\n\s+requests: (\d+)\n\s+seconds: ([\d.]+)", output)
    return {model: (int(requests), float(seconds)) for model, requests, seconds in told}
