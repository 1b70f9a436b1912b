# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the gateway and LiteLLM add to a chat: direct to the engines, via the gateway, via LiteLLM, side by side.

usage: tests/benchmarks/bench_latency.py [--platform NAME] [--model NAME] [--requests N] [--streams N] [--rounds N]

Needs a running local platform. One client, latency_client.py, runs on the node over ssh and measures all three ways from the
same place: the node may reach every pod of its own, so no port-forward and no policy stands in between. Prints a table and
writes tests/benchmarks/results/latency.json.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import math
import os
import pathlib
import subprocess
import sys
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE / "results"
WAYS = ("direct", "gateway", "litellm")


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line says."""

    state: pathlib.Path
    node: str
    model: str
    key_file: str
    requests: int
    streams: int
    rounds: int


def read_options(arguments: t.Sequence[str]) -> Options:
    """Options from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", default="demo", help="name of the platform (platform_name)")
    parser.add_argument("--state", help="its state folder (platform_state_dir)")
    parser.add_argument("--node", default="10.203.0.11", help="address of the node")
    parser.add_argument("--model", default="coder-chat", help="a model that chats")
    parser.add_argument("--key", default="default-default", help="name of a tenant's key file, <team>-<alias>")
    parser.add_argument("--requests", type=int, default=200, help="chats for each way, one after the other")
    parser.add_argument("--streams", type=int, default=16, help="streams at once")
    parser.add_argument("--rounds", type=int, default=5, help="how often all streams run")
    given = parser.parse_args(arguments)
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    state = pathlib.Path(given.state or f"{home}/inference-platform/{given.platform}")
    return Options(state, given.node, given.model, given.key, given.requests, given.streams, given.rounds)


def plan(options: Options) -> dict[str, t.Any]:
    """What the client on the node shall do, with addresses and keys."""
    client = Client(config.load(str(options.state / "kubeconfig")))
    secret = client.get("/api/v1/namespaces/serving/secrets/vllm-api-key")["data"]["api-key"]
    engine_key = base64.b64decode(secret).decode()
    selector = f"app.kubernetes.io/name=vllm,app.kubernetes.io/instance={options.model}"
    pods, _version = client.list("/api/v1/namespaces/serving/pods", {"labelSelector": selector})
    engines = [f"http://{pod['status']['podIP']}:8000/v1" for pod in pods]
    tenant_key = (options.state / "keys" / options.key_file).read_text(encoding="utf-8").strip()
    ways = [
        ("direct", engines, engine_key),
        ("gateway", [_service(client, "serving", "inference-gateway")], engine_key),
        ("litellm", [_service(client, "llm-gateway", "litellm")], tenant_key),
    ]
    client.close()
    targets = [{"name": name, "urls": urls, "key": key, "model": options.model} for name, urls, key in ways]
    return {
        "targets": targets,
        "requests": options.requests,
        "warm_up": 20,
        "streams": options.streams,
        "rounds": options.rounds,
    }


def _service(client: Client, namespace: str, name: str) -> str:
    spec = client.get(f"/api/v1/namespaces/{namespace}/services/{name}")["spec"]
    return f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}/v1"


def measure(options: Options) -> dict[str, t.Any]:
    """Run the client on the node. Program and plan, which holds keys, travel through the connection and not as arguments."""
    ssh = ["ssh", "-i", str(options.state / "ssh" / "id_ed25519"), "-o", "IdentitiesOnly=yes"]
    ssh += ["-o", f"UserKnownHostsFile={options.state}/ssh/known_hosts", "-o", "StrictHostKeyChecking=yes"]
    program = (HERE / "latency_client.py").read_text(encoding="utf-8")
    length = len(program.encode())
    loader = f"import sys; exec(compile(sys.stdin.buffer.read({length}), 'latency_client', 'exec'))"
    answer = subprocess.run(
        [*ssh, f"root@{options.node}", f'python3 -c "{loader}"'],
        input=program + json.dumps(plan(options)),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SystemExit(f"The client on {options.node} ended with {answer.returncode}: {answer.stderr.strip()[-800:]}")
    return t.cast("dict[str, t.Any]", json.loads(answer.stdout))


def rank(values: t.Sequence[float], share: float) -> float:
    """Percentile by nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(found: dict[str, t.Any], streams: int) -> str:
    """Both measurements as text."""
    direct = {share: rank(found["chats"]["direct"], share) for share in (0.5, 0.95)}
    lines = ["chats of 4 tokens, one after the other, ms", f"{'':10}{'p50':>9}{'p95':>9}{'+ p50':>9}{'+ p95':>9}"]
    for way in WAYS:
        p50, p95 = rank(found["chats"][way], 0.5), rank(found["chats"][way], 0.95)
        lines.append(f"{way:10}{p50:9.1f}{p95:9.1f}{p50 - direct[0.5]:9.1f}{p95 - direct[0.95]:9.1f}")
    lines += [
        "",
        f"{streams} streams at once",
        f"{'':10}{'first p50':>11}{'first p95':>11}{'whole p50':>11}{'events/s':>10}",
    ]
    for way in WAYS:
        mine = found["streams"][way]
        speed = mine["events"] / mine["seconds"]
        first, whole = mine["first"], mine["whole"]
        lines.append(f"{way:10}{rank(first, 0.5):11.1f}{rank(first, 0.95):11.1f}{rank(whole, 0.5):11.1f}{speed:10.0f}")
    return "\n".join(lines)


def main() -> None:
    options = read_options(sys.argv[1:])
    found = measure(options)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "latency.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table(found, options.streams))


if __name__ == "__main__":
    main()
