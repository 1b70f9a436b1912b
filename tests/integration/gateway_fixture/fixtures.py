# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A gateway as in the cluster: Envoy with the role's configuration, real endpoint pickers, a real API server behind them."""

from __future__ import annotations

import dataclasses
import http.client
import json
import pathlib
import subprocess
import time
import typing as t

import pytest
from kube_fixture.server import ControlPlane, free_port

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.serving.envoy import GatewayOptions, gateway

from .engine import Server
from .layers import MODELS, ROOT, Layers
from .programs import program

ENGINES = {"one": ("127.0.91.1", "127.0.91.2"), "two": ("127.0.91.3",)}
LIMIT_SECONDS = 60.0

Config = dict[str, t.Any]
Answer = tuple[int, dict[str, str], t.Any]


@dataclasses.dataclass
class Gateway:
    """Envoy, one endpoint picker a model, and the engines behind them."""

    folder: pathlib.Path
    plane: ControlPlane
    options: GatewayOptions
    pickers: dict[str, int]
    envoy: str
    picker: str
    processes: dict[str, subprocess.Popen[bytes]] = dataclasses.field(default_factory=dict)
    engines: dict[str, Server] = dataclasses.field(default_factory=dict)

    def start(self) -> None:
        for addresses in ENGINES.values():
            for address in addresses:
                self.engines[address] = Server(address)
        for model in ENGINES:
            self.start_picker(model)
        (self.folder / "envoy.json").write_text(json.dumps(self.configuration()), encoding="utf-8")
        self._run(
            "envoy", [self.envoy, "-c", str(self.folder / "envoy.json"), "--disable-hot-restart", "-l", "warning"]
        )
        wait("Envoy", lambda: self.request("GET", "/ready", port=self.options.stats_port)[0] == 200)
        for model in ENGINES:
            wait(f"the picker of {model}", lambda: self.ask(model)[0] == 200)  # noqa: B023  called before the next turn

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        for engine in self.engines.values():
            engine.stop()

    def configuration(self) -> Config:
        """The role's configuration, with addresses of this machine where the cluster would have names."""
        config = gateway([model["name"] for model in MODELS], self.options)
        addresses = {f"engines-{name}": [(address, 8000) for address in found] for name, found in ENGINES.items()}
        addresses |= {f"picker-{name}": [("127.0.0.1", port)] for name, port in self.pickers.items()}
        for cluster in config["static_resources"]["clusters"]:
            if cluster["name"] in addresses:
                del cluster["cluster_type"]
                cluster["type"] = "STATIC"
                cluster["load_assignment"]["endpoints"] = [{"lb_endpoints": _endpoints(addresses[cluster["name"]])}]
        return config

    def start_picker(self, model: str) -> None:
        """The endpoint picker of a model, with the arguments and the rights that the role gives it."""
        file = ROOT / "roles" / "inference_gateway" / "files" / "picker-config.yaml"
        args = [arg.replace("/etc/epp/config.yaml", str(file)) for arg in self._args(f"epp-{model}")]
        ports = [
            f"--grpc-port={self.pickers[model]}",
            f"--grpc-health-port={free_port()}",
            f"--metrics-port={free_port()}",
        ]
        self._run(f"picker-{model}", [self.picker, *args, *ports], KUBECONFIG=self._account())

    def kill_picker(self, model: str) -> None:
        process = self.processes.pop(f"picker-{model}")
        process.kill()
        process.wait()

    def request(
        self, method: str, path: str, body: t.Any = None, *, headers: dict[str, str] | None = None, port: int = 0
    ) -> Answer:
        """Status, headers and body (JSON, or text) of an answer of the gateway; 0 when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.options.port, timeout=LIMIT_SECONDS)
        data = json.dumps(body) if isinstance(body, dict) else body
        try:
            connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            text = answer.read().decode()
            shown = {name.lower(): value for name, value in answer.getheaders()}
        except OSError:
            return 0, {}, ""
        finally:
            connection.close()
        return answer.status, shown, json.loads(text) if "json" in shown.get("content-type", "") else text

    def ask(self, model: str, prompt: str = "hello", **more: t.Any) -> Answer:
        """A completion."""
        return self.request("POST", "/v1/completions", {"model": model, "prompt": prompt, **more})

    def seen(self) -> int:
        """How many requests reached an engine until now."""
        return sum(len(engine.seen) for engine in self.engines.values())

    def _args(self, deployment: str) -> list[str]:
        """Arguments of a program, as the role gives them."""
        content = json.loads(self._kubectl("get", "deployment", deployment, "-o", "json"))
        found: list[str] = content["spec"]["template"]["spec"]["containers"][0]["args"]
        return found

    def _account(self) -> str:
        """A kubeconfig with the rights of the endpoint pickers, and no others."""
        path = self.folder / "picker-kubeconfig"
        content = json.loads(pathlib.Path(self.plane.kubeconfig).read_text(encoding="utf-8"))
        content["users"][0]["user"] = {"token": self._kubectl("create", "token", "epp").strip()}
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def _kubectl(self, *arguments: str) -> str:
        argv = [self.plane.kubectl, "--kubeconfig", self.plane.kubeconfig, "--namespace", "serving", *arguments]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def _run(self, name: str, argv: list[str], **environment: str) -> None:
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(argv, stdout=log, stderr=log, env=environment)


def wait(what: str, condition: t.Callable[[], bool]) -> None:
    """Raises AssertionError when the condition does not come true."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.1)


def _endpoints(addresses: list[tuple[str, int]]) -> list[Config]:
    return [
        {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}}}
        for address, port in addresses
    ]


def _ready_pod(client: Client, model: str, number: int, address: str) -> None:
    """A Pod as a running engine's, without a node that runs it."""
    name = f"{model}-{number}"
    closed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    spec = {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "vllm", "image": "example.test/vllm:1", "securityContext": closed}],
    }
    labels = {
        "app.kubernetes.io/name": "vllm",
        "app.kubernetes.io/instance": model,
        "inference.platform/rotation": "in",
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}
    client.create("/api/v1/namespaces/serving/pods", pod)
    conditions = [{"type": "Ready", "status": "True"}]
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": conditions}
    client.merge(f"/api/v1/namespaces/serving/pods/{name}/status", {"status": status}, {"fieldManager": "kubelet"})


@pytest.fixture(scope="module")
def layers(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Layers:
    """The playbook of the serving layers, not run yet."""
    return Layers(control_plane, tmp_path_factory.mktemp("layers"))


@pytest.fixture(scope="module")
def inference_gateway(
    layers: Layers, control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> t.Iterator[Gateway]:
    """A gateway with two models, one of them with two replicas."""
    layers.apply()
    client = Client(config.load(control_plane.kubeconfig))
    for model, addresses in ENGINES.items():
        for number, address in enumerate(addresses):
            _ready_pod(client, model, number, address)
    client.close()
    folder = tmp_path_factory.mktemp("gateway")
    options = GatewayOptions(port=free_port(), stats_port=free_port(), admin_port=free_port())
    pickers = {name: free_port() for name in ENGINES}
    made = Gateway(folder, control_plane, options, pickers, program("envoy", folder), program("epp", folder))
    try:
        made.start()
        yield made
    finally:
        made.stop()
