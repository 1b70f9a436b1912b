# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How engines are started."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.filter.vllm_engine import vllm_engine

Model = dict[str, t.Any]


def model(**changes: t.Any) -> Model:
    return {
        "name": "coder-chat",
        "source": "builtin://tiny-coder",
        "image": "quay.io/inference-platform/tiny-coder:1",
        "path": "/models/tiny-coder",
        "served_for": ["chat", "agent", "fim"],
        "gpus": 0,
        "context": 2048,
        **changes,
    }


def option(engine: dict[str, t.Any], name: str) -> str:
    """Value of an option of the engine; it must be there once."""
    assert engine["args"].count(name) == 1
    return str(engine["args"][engine["args"].index(name) + 1])


def environment(engine: dict[str, t.Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in engine["env"]}


def test_the_model_is_served_under_its_name_from_the_folder_of_the_init_container() -> None:
    engine = vllm_engine(model(path="/weights/v2/big-coder/"))
    assert engine["args"][0] == engine["folder"] == "/models/big-coder"
    assert option(engine, "--served-model-name") == "coder-chat"
    assert option(engine, "--max-model-len") == "2048"
    assert not engine["downloads"]


def test_an_engine_without_gpu_runs_in_one_process_with_plain_floats() -> None:
    engine = vllm_engine(model())
    assert option(engine, "--dtype") == "float32"
    assert option(engine, "--distributed-executor-backend") == "uni"
    assert "--enforce-eager" in engine["args"]
    assert environment(engine)["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0"
    assert environment(engine)["TORCH_COMPILE_DISABLE"] == "1"


@pytest.mark.parametrize(("source", "expected"), [("builtin://tiny-coder", "32M"), ("oci://lan/model:1#/m", "4G")])
def test_the_kv_cache_of_an_engine_without_gpu_fits_its_model(source: str, expected: str) -> None:
    assert option(vllm_engine(model(source=source), cpu_kv_cache="4G"), "--kv-cache-memory-bytes") == expected


def test_an_engine_with_gpus_shares_the_model_between_them() -> None:
    engine = vllm_engine(model(gpus=2), gpu_memory_utilization=0.6)
    assert option(engine, "--tensor-parallel-size") == "2"
    assert option(engine, "--gpu-memory-utilization") == "0.6"
    assert "--dtype" not in engine["args"]
    assert "VLLM_ENABLE_V1_MULTIPROCESSING" not in environment(engine)
    assert engine["gpus"] == 2


def test_one_gpu_needs_no_parallelism() -> None:
    assert "--tensor-parallel-size" not in vllm_engine(model(gpus=1))["args"]


def test_schemas_of_tools_and_answers_are_enforced() -> None:
    engine = vllm_engine(model(), tool_call_parser="qwen3_coder")
    assert "--enable-auto-tool-choice" in engine["args"]
    assert option(engine, "--tool-call-parser") == "qwen3_coder"
    assert option(engine, "--tool-strict-level") == "parameter"
    assert json.loads(option(engine, "--structured-outputs-config"))["disable_any_whitespace"] is True


def test_a_model_for_embeddings_gets_a_pooling_engine_that_knows_no_tools() -> None:
    engine = vllm_engine(model(served_for=["embeddings"]))
    assert option(engine, "--runner") == "pooling"
    assert option(engine, "--convert") == "embed"
    assert not [arg for arg in engine["args"] if "tool" in arg]


def test_a_model_of_a_hub_is_downloaded_by_the_engine() -> None:
    engine = vllm_engine(model(source="hf://Qwen/Qwen2.5-Coder-7B", image="", path="Qwen/Qwen2.5-Coder-7B", gpus=1))
    assert engine["args"][0] == "Qwen/Qwen2.5-Coder-7B"
    assert engine["downloads"]
    assert engine["folder"] == ""
    assert "HF_HUB_OFFLINE" not in environment(engine)


def test_an_engine_with_its_model_never_asks_a_hub() -> None:
    assert environment(vllm_engine(model()))["HF_HUB_OFFLINE"] == "1"


def test_no_key_is_in_the_arguments() -> None:
    assert "--api-key" not in vllm_engine(model())["args"]


def test_further_arguments_come_last() -> None:
    assert vllm_engine(model(), extra_args=["--seed", "1"])["args"][-2:] == ["--seed", "1"]


def test_a_model_that_is_to_generate_and_to_embed_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="coder-chat is served for chat, embeddings"):
        vllm_engine(model(served_for=["chat", "embeddings"]))


def test_something_that_is_no_model_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="no model of the validated configuration"):
        vllm_engine({"name": "x"})
