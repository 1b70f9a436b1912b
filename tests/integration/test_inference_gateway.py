# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The inference gateway as a client sees it: real Envoy, real endpoint pickers, a real API server, stand-ins for engines."""

from __future__ import annotations

import collections
import pathlib
import subprocess
import threading
import time
import typing as t

import pytest
import yaml
from gateway_fixture.engine import Server
from gateway_fixture.fixtures import ENGINES, Gateway, wait

from ansible_collections.inference.platform.plugins.module_utils.serving.envoy import GatewayOptions, gateway

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("count", [1, 60])
def test_envoy_takes_the_configuration_without_a_warning(
    inference_gateway: Gateway, tmp_path: pathlib.Path, count: int
) -> None:
    config = gateway([f"model-{number}" for number in range(count)], GatewayOptions())
    file = tmp_path / "envoy.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    argv = [inference_gateway.envoy, "--mode", "validate", "-c", str(file), "-l", "warning"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Deprecated" not in done.stderr


@pytest.mark.parametrize("model", ["one", "two"])
def test_the_model_in_the_body_decides_which_engines_answer(inference_gateway: Gateway, model: str) -> None:
    status, _headers, body = inference_gateway.ask(model)
    assert status == 200
    assert body["model"] == model
    assert body["engine"] in ENGINES[model]


def test_a_large_body_arrives_whole(inference_gateway: Gateway) -> None:
    prompt = "x" * 3_000_000
    _status, _headers, body = inference_gateway.ask("one", prompt)
    assert inference_gateway.engines[body["engine"]].seen[-1]["body"]["prompt"] == prompt


def test_the_endpoint_picker_keeps_a_prompt_on_one_replica_and_spreads_others(inference_gateway: Gateway) -> None:
    def engines(prompts: t.Iterable[str]) -> collections.Counter[str]:
        return collections.Counter(inference_gateway.ask("one", prompt)[2]["engine"] for prompt in prompts)

    repeated = "the same long beginning " * 200
    inference_gateway.ask("one", repeated)
    # The picker enters a prompt into its index beside the answer, a moment later.
    time.sleep(1)
    ((_, most),) = engines([repeated] * 12).most_common(1)
    assert most >= 11
    assert set(engines(f"{number} " * 400 for number in range(30))) == set(ENGINES["one"])


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"model": "three"}, 404, "NotFoundError"),
        ({"prompt": "no model"}, 404, "NotFoundError"),
        ({"model": ["one"]}, 404, "NotFoundError"),
        ("{not json", 400, "BadRequestError"),
    ],
)
def test_what_names_no_model_is_refused_as_json_and_reaches_no_engine(
    inference_gateway: Gateway, body: t.Any, status: int, kind: str
) -> None:
    before = inference_gateway.seen()
    found, _headers, error = inference_gateway.request("POST", "/v1/chat/completions", body)
    assert (found, error["error"]["type"], error["error"]["code"]) == (status, kind, status)
    assert inference_gateway.seen() == before


@pytest.mark.parametrize("path", ["/metrics", "/invocations", "/tokenize", "/v2/models", "/v1/../invocations"])
def test_nothing_outside_v1_reaches_an_engine(inference_gateway: Gateway, path: str) -> None:
    before = inference_gateway.seen()
    assert inference_gateway.request("POST", path, {"model": "one"})[0] == 404
    assert inference_gateway.seen() == before


def test_models_are_listed(inference_gateway: Gateway) -> None:
    status, _headers, body = inference_gateway.request("GET", "/v1/models")
    assert status == 200
    assert [entry["id"] for entry in body["data"]] == ["one", "two"]


@pytest.mark.parametrize("header", ["x-gateway-destination-endpoint", "x-gateway-destination-endpoint-subset"])
def test_a_client_cannot_choose_an_engine(inference_gateway: Gateway, header: str) -> None:
    foreign = f"{ENGINES['two'][0]}:8000"
    headers = {header: foreign, "x-gateway-model-name": "two", "x-envoy-upstream-rq-timeout-ms": "1"}
    for _ in range(5):
        status, _headers, body = inference_gateway.request(
            "POST", "/v1/completions", {"model": "one", "prompt": "hello", "seconds": 0.05}, headers=headers
        )
        assert status == 200
        assert body["engine"] in ENGINES["one"]


def test_the_key_reaches_the_engine_and_nothing_internal_reaches_the_client(inference_gateway: Gateway) -> None:
    _status, headers, body = inference_gateway.request(
        "POST", "/v1/completions", {"model": "two", "prompt": "hello"}, headers={"authorization": "Bearer secret"}
    )
    sent = {
        name.lower(): value for name, value in inference_gateway.engines[body["engine"]].seen[-1]["headers"].items()
    }
    assert sent["authorization"] == "Bearer secret"
    assert [name for name in headers if name.startswith(("x-gateway", "x-envoy", "x-went"))] == []
    assert not [value for value in headers.values() if "127.0.91." in value]


def test_a_dead_replica_costs_no_request(inference_gateway: Gateway) -> None:
    dead = ENGINES["one"][0]
    inference_gateway.engines[dead].stop()
    try:
        answers = [inference_gateway.ask("one", f"{number} " * 300) for number in range(12)]
    finally:
        inference_gateway.engines[dead] = Server(dead)
    assert {status for status, _headers, _body in answers} == {200}
    assert {body["engine"] for _status, _headers, body in answers} == {ENGINES["one"][1]}


def test_without_its_endpoint_picker_a_model_is_closed_and_others_are_not(inference_gateway: Gateway) -> None:
    inference_gateway.kill_picker("two")
    try:
        before = inference_gateway.seen()
        status, _headers, body = inference_gateway.ask("two")
        assert status == 503
        assert body["error"]["message"] == "The endpoint picker of this model does not answer."
        assert inference_gateway.seen() == before
        assert inference_gateway.ask("one")[0] == 200
    finally:
        inference_gateway.start_picker("two")
        wait("the picker to be back", lambda: inference_gateway.ask("two")[0] == 200)


def test_metrics_can_be_read(inference_gateway: Gateway) -> None:
    inference_gateway.ask("one")
    status, _headers, text = inference_gateway.request(
        "GET", "/stats/prometheus", port=inference_gateway.options.stats_port
    )
    assert status == 200
    assert "envoy_cluster_upstream_rq_total" in text


def test_a_pod_that_ends_waits_for_running_requests_and_sends_new_ones_away(inference_gateway: Gateway) -> None:
    """Last: this Envoy is on its way out afterwards."""
    script = (ROOT / "roles" / "inference_gateway" / "files" / "drain.sh").read_text(encoding="utf-8")
    script = script.replace("127.0.0.1/19000", f"127.0.0.1/{inference_gateway.options.admin_port}")
    answers: list[t.Any] = []
    running = threading.Thread(target=lambda: answers.append(inference_gateway.ask("two", seconds=14)))
    before = inference_gateway.seen()
    running.start()
    wait("the request to reach its engine", lambda: inference_gateway.seen() > before)
    started = time.monotonic()
    done = subprocess.run(["bash", "-c", script, "drain.sh", "60"], capture_output=True, text=True, check=False)
    waited = time.monotonic() - started
    running.join()
    assert (done.returncode, done.stderr) == (0, "")
    assert answers[0][0] == 200
    assert waited < 40  # it ended because the request did, not because its time was over
    assert inference_gateway.request("GET", "/v1/models")[1]["connection"] == "close"
