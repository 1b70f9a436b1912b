# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the module answers, and what it refuses."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.inference.platform.plugins.modules import model_fit

CONFIG = {
    "model_type": "llama",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "torch_dtype": "bfloat16",
    "max_position_embeddings": 131072,
}


def run(capsys: pytest.CaptureFixture[str], **arguments: t.Any) -> dict[str, t.Any]:
    """What the module prints for these options."""
    with patch_module_args(arguments), pytest.raises(SystemExit):
        model_fit.main()
    answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_model_is_judged_from_its_config_alone(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, config=CONFIG, gpu="RTX 4090", context=8192)
    assert answer["changed"] is False
    assert answer["fit"]["fits"] is True
    assert answer["fit"]["weights"]["bytes"] == 16060522496
    assert answer["fit"]["kv_cache"]["bytes_per_token"] == 131072


def test_a_model_is_read_from_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    index = {"metadata": {"total_size": 16060522496}, "weight_map": {"a": "model-00001-of-00004.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    answer = run(capsys, path=str(tmp_path), gpu_memory_gib=80, context=8192)
    assert answer["fit"]["weights"]["source"] == "safetensors index"
    assert answer["fit"]["gpu"]["name"] == "a card of 80 GiB"


def test_weights_that_a_person_knows_take_the_place_of_counted_ones(capsys: pytest.CaptureFixture[str]) -> None:
    config = {**CONFIG, "quantization_config": {"quant_method": "squeeze"}}
    answer = run(capsys, config=config, weights_bytes=5000000000, gpu="L4", context=8192)
    assert answer["fit"]["weights"]["bytes"] == 5000000000
    assert answer["fit"]["fits"] is True


def test_a_model_that_must_fit_and_does_not_fails_with_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, config=CONFIG, gpu="RTX 3060", context=8192, must_fit=True)
    assert answer["failed"] is True
    assert "weights take 14.96 GiB" in answer["msg"]
    assert answer["fit"]["impossible"] is True
    assert run(capsys, config=CONFIG, gpu="RTX 3060", context=8192).get("failed") is not True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"gpu": "L4"}, "one of the following is required: path, repository, image, config"),
        ({"config": CONFIG}, "one of the following is required: gpu, gpu_memory_gib"),
        ({"config": CONFIG, "path": "/x", "gpu": "L4"}, "mutually exclusive"),
        ({"image": "example.org/model:1", "gpu": "L4"}, "missing parameter(s) required by 'image'"),
        (
            {"config": CONFIG, "gpu": "RTX 4091"},
            "The GPU 'RTX 4091' is not in the table of cards; did you mean RTX 4090?",
        ),
        ({"config": CONFIG, "gpu": "L4", "gpus": 0}, "gpus is 0; it must be at least 1."),
        ({"config": CONFIG, "gpu": "L4", "gpu_memory_utilization": 90}, "it is a share"),
        ({"config": {}, "gpu": "L4"}, "config.json has no num_attention_heads"),
        ({"path": "/nowhere", "gpu": "L4"}, "There is no config.json in /nowhere"),
        ({"repository": "a/b", "endpoint": "http://127.0.0.1:9", "cache": "/nowhere", "gpu": "L4"}, "does not answer"),
        (
            {"repository": "a/b", "token_file": "/nowhere", "cache": "/no", "gpu": "L4"},
            "token_file /nowhere cannot be read",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], said: str
) -> None:
    answer = run(capsys, **arguments)
    assert answer["failed"] is True
    assert said in answer["msg"]


def test_the_cache_of_the_hub_is_looked_at_first(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "hub" / "models--org--name" / "snapshots" / "main"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    answer = run(capsys, repository="org/name", cache=str(tmp_path), endpoint="http://127.0.0.1:9", gpu="H200")
    assert answer["fit"]["fits"] is True
