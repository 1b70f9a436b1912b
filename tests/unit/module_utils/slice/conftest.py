# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings and a cluster of recorded answers for the checks."""

from __future__ import annotations

import contextlib
import copy
import http.server
import json
import threading
import time
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import Key, Model

CHAT = Model("coder-chat", frozenset({"chat", "agent", "fim"}), 2, 0.00001, 0.00003)
EMBED = Model("coder-embed", frozenset({"embeddings"}), 1, 0.000001, 0.0)
DEFAULT = Key("default", "default", frozenset({"coder-chat", "coder-embed"}), "sk-tenant-default-0001")
CHAT_ONLY = Key("chat-only", "chat-only", frozenset({"coder-chat"}), "sk-tenant-chatonly-0001")
MASTER = "sk-master-unit-000001"


class RecordedCluster:
    """Answers GETs from dictionaries by path; counts what was asked."""

    def __init__(self) -> None:
        self.objects: dict[str, t.Any] = {}
        self.lists: dict[str, list[dict[str, t.Any]]] = {}
        self.texts: dict[str, t.Any] = {}
        self.asked: list[str] = []

    def get(self, path: str, query: t.Mapping[str, str | int] | None = None) -> dict[str, t.Any]:
        self.asked.append(path)
        if path not in self.objects:
            raise ApiError(404, {"reason": "NotFound", "message": f"{path} not found"}, method="GET", path=path)
        return copy.deepcopy(self.objects[path])

    def list(self, path: str, query: t.Mapping[str, str | int] | None = None) -> tuple[list[dict[str, t.Any]], str]:
        self.asked.append(path)
        items = copy.deepcopy(self.lists.get(path, []))
        wanted = dict(part.split("=") for part in str((query or {}).get("labelSelector", "")).split(",") if part)
        return [item for item in items if wanted.items() <= (item["metadata"].get("labels") or {}).items()], "1"

    def text(self, path: str, query: t.Mapping[str, str | int] | None = None) -> str:
        self.asked.append(path)
        answer = self.texts.get(path, (404, "not found"))
        if callable(answer):
            answer = answer()
        if isinstance(answer, tuple):
            raise ApiError(answer[0], answer[1], method="GET", path=path)
        return str(answer)


def pod(name: str, labels: dict[str, str], *, namespace: str = "serving", ready: bool = True) -> dict[str, t.Any]:
    """A pod as the API server shows it, as far as the checks look."""
    reference = {"secretKeyRef": {"name": "vllm-api-key", "key": "api-key"}}
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"containers": [{"name": "vllm", "env": [{"name": "VLLM_API_KEY", "valueFrom": reference}]}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def engine(name: str, model: str = "coder-chat", *, ready: bool = True) -> dict[str, t.Any]:
    """An engine pod."""
    labels = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": model}
    return pod(name, labels, ready=ready)


def deployment(name: str, wanted: int, ready: int, *, namespace: str = "serving") -> dict[str, t.Any]:
    """A Deployment of the platform."""
    labels = {"app.kubernetes.io/part-of": "inference-platform"}
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"replicas": wanted, "template": {"spec": {"containers": [{"image": f"example.org/{name}:1"}]}}},
        "status": {"readyReplicas": ready} if ready else {},
    }


class Tenant(http.server.ThreadingHTTPServer):
    """A public endpoint with recorded answers.

    ``answers`` maps "METHOD path" to a function of (key, body) that returns status and body; a list is a stream of
    (seconds to wait before, data) events. ``asked`` has every request that came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, t.Callable[[str, t.Any], tuple[int, t.Any]]] = {}
        self.asked: list[str] = []


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Tenant

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: t.Any) -> None:
        route = f"{self.command} {self.path.split('?')[0]}"
        self.server.asked.append(f"{self.command} {self.path}")
        key = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        status, answer = self.server.answers.get(route, lambda key, body: (404, {"detail": "Not Found"}))(key, body)
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if isinstance(answer, list) else "application/json")
        self.send_header("x-litellm-call-id", "call-1")
        self.end_headers()
        if not isinstance(answer, list):
            self.wfile.write(json.dumps(answer).encode())
            return
        # a caller may hang up in the middle
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for pause, data in answer:
                time.sleep(pause)
                self.wfile.write(f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode())
                self.wfile.flush()


@pytest.fixture
def tenant() -> t.Iterator[Tenant]:
    with Tenant() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def shapes() -> types.SimpleNamespace:
    """Makers of objects in their real shapes."""
    return types.SimpleNamespace(pod=pod, engine=engine, deployment=deployment, completion=completion, chunks=chunks)


def completion(**changes: t.Any) -> dict[str, t.Any]:
    """A chat completion as LiteLLM passes it on from vLLM."""
    choice = {"finish_reason": "length", "index": 0, "message": {"role": "assistant", "content": "def add(a, b):"}}
    usage = {"completion_tokens": 16, "prompt_tokens": 27, "total_tokens": 43}
    return {
        "id": "chatcmpl-1",
        "created": 1,
        "model": "coder-chat",
        "object": "chat.completion",
        "choices": [choice],
        "usage": usage,
        **changes,
    }


def chunks(texts: t.Sequence[str], pause: float = 0.0) -> list[tuple[float, t.Any]]:
    """A streamed chat as LiteLLM passes it on from vLLM: role first, text, finish reason, usage, [DONE]."""
    base = {"id": "chatcmpl-1", "created": 1, "model": "coder-chat", "object": "chat.completion.chunk"}

    def one(delta: dict[str, t.Any], reason: str | None = None) -> dict[str, t.Any]:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    usage = {"completion_tokens": len(texts), "prompt_tokens": 27, "total_tokens": 27 + len(texts)}
    return [
        (0.0, one({"role": "assistant", "content": ""})),
        *[(pause, one({"content": text})) for text in texts],
        (0.0, one({}, "length")),
        (0.0, {**base, "choices": [], "usage": usage}),
        (0.0, "[DONE]"),
    ]


@pytest.fixture
def settings(tenant: Tenant) -> Settings:
    endpoint = f"http://127.0.0.1:{tenant.server_port}"
    return Settings(endpoint, (CHAT, EMBED), (DEFAULT, CHAT_ONLY), timeout=5.0, ledger_timeout=0.1, burst=8)


@pytest.fixture
def cluster() -> RecordedCluster:
    return RecordedCluster()


@pytest.fixture
def context(settings: Settings, cluster: RecordedCluster) -> Context:
    return Context(settings, MASTER, cluster)
