# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Draining nodes of a real control plane with the real scheduler; engines are a server that says how busy it is."""

from __future__ import annotations

import contextlib
import http.server
import pathlib
import subprocess
import sys
import threading
import time
import typing as t

import pytest
from kube_fixture.fixtures import Kube
from kube_fixture.nodes import Nodes

from ansible_collections.inference.platform.plugins.module_utils.drain.process import Limits
from ansible_collections.inference.platform.plugins.module_utils.drain.run import Drain, Wish
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

Object = dict[str, t.Any]

ROOT = pathlib.Path(__file__).resolve().parents[2]
INVENTORY = pathlib.Path(__file__).parents[1] / "machines" / "two_nodes" / "inventory"
# The API server asks pods at no address of 127.0.0.0/8.
ADDRESS, PORT = "10.203.94.1", 8000
ENGINE = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/part-of": "inference-platform"}


class Engine:
    """What every engine answers to /metrics."""

    def __init__(self) -> None:
        self.running = 0

    def metrics(self) -> str:
        return f'vllm:num_requests_running{{model_name="m"}} {self.running}.0\nvllm:num_requests_waiting{{model_name="m"}} 0.0\n'


@pytest.fixture
def engine() -> t.Iterator[Engine]:
    made = Engine()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(made.metrics().encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    subprocess.run(["ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo"], check=True)
    try:
        with http.server.ThreadingHTTPServer((ADDRESS, PORT), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield made
            server.shutdown()
            thread.join()
    finally:
        subprocess.run(["ip", "address", "delete", f"{ADDRESS}/32", "dev", "lo"], check=True)


@pytest.fixture
def nodes(kube: Kube, tmp_path: pathlib.Path) -> t.Iterator[Nodes]:
    """A node n1; tests add others when pods have come to it."""
    with Nodes(kube.plane, tmp_path, ADDRESS) as made:
        made.add("n1")
        yield made
        path = f"/api/v1/namespaces/{kube.namespace}"
        kube.client.delete(path, uid=kube.client.get(path)["metadata"]["uid"], propagation="Background")


def deployment(name: str, replicas: int, labels: Object, more: Object) -> Object:
    container = {"name": "main", "image": "example/engine:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": {**labels, **more}},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
            },
        },
    }


def budget(name: str, labels: Object, **rule: int) -> Object:
    spec = {"selector": {"matchLabels": labels}, **rule}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}


class Site:
    """Pods on n1, and drains of it."""

    def __init__(self, kube: Kube) -> None:
        self.kube = kube

    def make(self, *items: Object) -> None:
        for item in items:
            kind = item["kind"]
            group = "/api/v1" if item["apiVersion"] == "v1" else f"/apis/{item['apiVersion']}"
            self.kube.client.create(f"{group}/namespaces/{self.kube.namespace}/{kind.lower()}s", item)

    def engines(self, name: str, replicas: int) -> None:
        labels = {**ENGINE, "app.kubernetes.io/instance": name}
        self.make(deployment(f"vllm-{name}", replicas, labels, {"inference.platform/rotation": "in"}))
        self.make(budget(f"vllm-{name}", labels, maxUnavailable=1))

    def pods(self, **wanted: str) -> list[Object]:
        items, _version = self.kube.client.list(f"/api/v1/namespaces/{self.kube.namespace}/pods")
        return [item for item in items if all(item["spec"].get(key) == value for key, value in wanted.items())]

    def on(self, node: str) -> list[str]:
        return sorted(item["metadata"]["name"] for item in self.pods(nodeName=node) if item["status"].get("podIP"))

    def rotations(self) -> dict[str, str]:
        pods = self.pods(nodeName="n1")
        return {
            pod["metadata"]["name"]: pod["metadata"]["labels"].get("inference.platform/rotation", "") for pod in pods
        }

    def allowed(self, name: str) -> int:
        path = f"/apis/policy/v1/namespaces/{self.kube.namespace}/poddisruptionbudgets/{name}"
        return int((self.kube.client.get(path).get("status") or {}).get("disruptionsAllowed", 0))

    def drain(self, **wish: t.Any) -> Object:
        drain = Drain(config.load(self.kube.plane.kubeconfig), self.kube.said.append)
        limits = Limits(timeout=wish.pop("timeout", 60.0), request_timeout=30.0, settle=0.5, interval=0.1)
        try:
            return drain.ensure(Wish("n1", limits=limits, **wish))
        finally:
            drain.close()

    def until(self, condition: t.Callable[[], object], what: str) -> None:
        for _try in range(300):
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"not seen within 30 s: {what}")

    def playbook(self, folder: pathlib.Path, *arguments: str) -> str:
        state = folder / "state"
        state.mkdir(exist_ok=True)
        (state / "kubeconfig").write_bytes(pathlib.Path(self.kube.plane.kubeconfig).read_bytes())
        argv = [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-i", str(INVENTORY)]
        argv += [str(ROOT / "playbooks" / "drain.yml"), "-e", f"platform_state_dir={state}", *arguments]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def site(kube: Kube, nodes: Nodes) -> Site:
    return Site(kube)


@contextlib.contextmanager
def beside(action: t.Callable[[], Object]) -> t.Iterator[list[Object]]:
    """Runs an action beside the test; its result is there when the block is over."""
    results: list[Object] = []
    thread = threading.Thread(target=lambda: results.append(action()))
    thread.start()
    yield results
    thread.join()
    assert results, "the action failed"


def test_a_node_is_emptied_engine_by_engine_after_their_requests_and_taken_back(
    site: Site, nodes: Nodes, engine: Engine, tmp_path: pathlib.Path
) -> None:
    site.engines("chat", 2)
    site.make(deployment("web", 1, {"app": "web"}, {}))
    site.until(lambda: len(site.on("n1")) == 3 and site.allowed("vllm-chat") == 1, "all pods run on n1")
    before = site.on("n1")
    nodes.add("n2")

    writes = len(site.kube.plane.writes())
    foreseen = site.drain(check=True)
    assert len(site.kube.plane.writes()) == writes
    assert foreseen["changed"] is True
    assert sorted(name.rpartition("/")[2] for name in foreseen["evicted"]) == before
    assert foreseen["blocked"] == {}
    assert foreseen["warnings"] == ["No other node serves chat: it answers again when a new engine is up."]

    engine.running = 1
    with beside(site.drain) as results:
        site.until(lambda: "out" in site.rotations().values(), "one engine is out of rotation")
        site.until(lambda: len(site.on("n2")) == 1, "what is no engine runs elsewhere")
        # It has requests, so it stays, and its sister serves.
        time.sleep(1.5)
        assert sorted(site.rotations().values()) == ["in", "out"]
        engine.running = 0
    assert results[0]["changed"] is True
    assert [waited["requests"] for waited in results[0]["engines"].values()] == [0, 0]
    assert site.pods(nodeName="n1") == []
    site.until(lambda: len(site.on("n2")) == 3, "all pods run on n2")

    writes = len(site.kube.plane.writes())
    assert "changed=0" in site.playbook(tmp_path, "-e", "drain_node=n1")
    assert len(site.kube.plane.writes()) == writes
    assert "changed=1" in site.playbook(tmp_path, "-e", "drain_node=n1", "-e", "drain_state=schedulable")
    assert "unschedulable" not in site.kube.client.get("/api/v1/nodes/n1")["spec"]
    assert site.drain(state="absent")["changed"] is True
    assert site.kube.client.find("/api/v1/nodes/n1") is None
    assert site.drain(state="absent")["changed"] is False
    with pytest.raises(KubeError, match=r"There is no node n1; there are: n2\. Nothing was changed"):
        site.drain()


def test_a_budget_that_blocks_is_explained_and_its_engine_goes_on_serving(
    site: Site, nodes: Nodes, engine: Engine
) -> None:
    # Nothing but n1, so no replacement can come up and the second engine may never go.
    site.engines("chat", 2)
    site.until(lambda: len(site.on("n1")) == 2 and site.allowed("vllm-chat") == 1, "both engines run")
    with pytest.raises(KubeError) as failure:
        site.drain(timeout=4.0)
    message = str(failure.value)
    assert "1 pods are still there after 4 s" in message
    assert "PodDisruptionBudget vllm-chat, maxUnavailable: 1: 1 of 2 pods are healthy and 1 must stay so" in message
    assert list(site.rotations().values()) == ["in"]
    assert "1 must stay so" in " ".join(site.drain(check=True)["blocked"].values())
    assert site.drain(state="schedulable")["changed"] is True
    site.until(lambda: len(site.on("n1")) == 2, "the replacement came up")
    assert site.drain(state="schedulable")["changed"] is False


def test_a_pod_that_nothing_makes_anew_is_refused_or_left(site: Site, nodes: Nodes) -> None:
    spec = {"containers": [{"name": "main", "image": "example/one:1"}], "terminationGracePeriodSeconds": 0}
    site.make({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lonely"}, "spec": spec})
    site.until(lambda: site.on("n1") == ["lonely"], "the pod runs")
    writes = len(site.kube.plane.writes())
    with pytest.raises(KubeError, match="lonely: nothing would make it anew elsewhere"):
        site.drain()
    assert len(site.kube.plane.writes()) == writes
    left = site.drain(immovable="stay")
    assert left["stayed"] == [f"{site.kube.namespace}/lonely"]
    assert site.on("n1") == ["lonely"]
    assert site.drain(immovable="evict")["evicted"] == [f"{site.kube.namespace}/lonely"]
    assert site.pods(nodeName="n1") == []
