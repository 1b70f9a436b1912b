# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Declared models are judged against declared GPUs before anything is rented."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config.normalise import normalise, with_defaults
from ansible_collections.inference.platform.plugins.module_utils.config.validate import schema_findings
from ansible_collections.inference.platform.plugins.module_utils.fit.declared import Findings, started
from ansible_collections.inference.platform.plugins.module_utils.fit.inventory import fit_findings
from ansible_collections.inference.platform.plugins.module_utils.fit.verdict import Serving

LLAMA_8B = {
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


def model(**more: t.Any) -> dict[str, t.Any]:
    """A model with a GPU, of the hub."""
    return {"name": "coder", "source": "hf://org/name", "served_for": ["chat"], "gpus": 1, "context": 8192, **more}


def found(
    tmp_path: pathlib.Path,
    *models: dict[str, t.Any],
    nodes: t.Any = (),
    gpu: t.Any = None,
    engines: Serving | None = None,
    sharing: t.Any = None,
) -> Findings:
    """What is found for these models; nodes are rented, gpu is there already."""
    given = {
        "models": list(models),
        "gpu": gpu or {},
        "cache_dir": str(tmp_path),
        **({"gpu_sharing": sharing} if sharing else {}),
    }
    assert schema_findings(given) == []
    variables = with_defaults(given)
    if nodes:
        variables |= {"substrate": "vast", "vast_nodes": list(nodes)}
    configuration = normalise(variables, {"tiny-coder": "example.org/tiny:1"}, str(tmp_path))
    return fit_findings(variables, configuration, engines or Serving())


@pytest.fixture
def config(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A config.json on this machine, and an empty cache of the hub."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    return str(tmp_path / "config.json")


def test_a_model_that_cannot_fit_the_rented_gpu_is_refused_with_the_numbers(
    tmp_path: pathlib.Path, config: str
) -> None:
    findings = found(tmp_path, model(config=config), nodes=[{"name": "node-1", "gpu": "RTX 3060", "gpus": 1}])
    assert len(findings.refused) == 1
    assert findings.refused[0].startswith(
        "platform_models: 'coder' does not fit platform_vast_nodes: 'node-1': RTX 3060 gives"
    )
    assert "weights take 14.96 GiB" in findings.refused[0]
    assert findings.warnings == ()


def test_a_model_that_fits_one_of_the_nodes_is_not_mentioned(tmp_path: pathlib.Path, config: str) -> None:
    nodes = [{"name": "node-1", "gpu": "RTX 3060"}, {"name": "node-2", "gpu": "RTX 4090"}]
    assert found(tmp_path, model(config=config), nodes=nodes) == Findings()


def test_a_model_must_find_all_its_gpus_in_one_machine(tmp_path: pathlib.Path, config: str) -> None:
    nodes = [{"name": "node-1", "gpu": "RTX 4090", "gpus": 1}, {"name": "node-2", "gpu": "RTX 4090", "gpus": 1}]
    findings = found(tmp_path, model(config=config, gpus=2), nodes=nodes)
    assert (
        "wants 2 GPUs in one machine, and the most are the 1 of platform_vast_nodes: 'node-1'." in findings.refused[0]
    )
    two = [{"name": "node-1", "gpu": "RTX 3060", "gpus": 2}]
    assert found(tmp_path, model(config=config, gpus=2), nodes=two).refused == ()


def test_gpus_that_are_there_already_count_too(tmp_path: pathlib.Path, config: str) -> None:
    assert found(tmp_path, model(config=config), gpu={"name": "L4"}) == Findings()
    assert found(tmp_path, model(config=config), gpu={"memory_gib": 12}).refused != ()
    assert "did you mean RTX 4090?" in found(tmp_path, model(config=config), gpu={"name": "RTX 4091"}).refused[0]


def test_what_only_estimates_refuse_is_a_warning(tmp_path: pathlib.Path, config: str) -> None:
    findings = found(tmp_path, model(config=config, context=50_000), gpu={"name": "RTX 4090"})
    assert findings.refused == ()
    assert "the longest context that fits is" in findings.warnings[0]
    assert "the engine measures it when it starts" in findings.warnings[0]


def test_a_model_whose_config_is_not_here_is_said_not_to_be_checked(tmp_path: pathlib.Path, config: str) -> None:
    for source in ("hf://org/name", "oci://example.org/model:1#/models/x"):
        findings = found(tmp_path, model(source=source), gpu={"name": "RTX 3060"})
        assert findings.refused == ()
        assert (
            "was not checked against the GPUs: its config.json is not on this machine. Set config"
            in findings.warnings[0]
        )


def test_a_model_in_the_cache_of_the_hub_is_checked(tmp_path: pathlib.Path, config: str) -> None:
    folder = tmp_path / "hf" / "hub" / "models--org--name" / "snapshots" / "main"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(LLAMA_8B))
    assert "does not fit platform_gpu" in found(tmp_path, model(), gpu={"name": "RTX 3060"}).refused[0]


def test_a_named_config_that_is_no_config_is_a_warning_that_names_it(tmp_path: pathlib.Path, config: str) -> None:
    findings = found(tmp_path, model(config=str(tmp_path / "no")), gpu={"name": "RTX 3060"})
    assert findings.refused == ()
    assert f"There is no config.json in {tmp_path}/no" in findings.warnings[0]


def test_known_weights_take_the_place_of_an_unknown_quantisation(tmp_path: pathlib.Path, config: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA_8B, "quantization_config": {"quant_method": "squeeze"}}))
    assert "not known here" in found(tmp_path, model(config=config), gpu={"name": "RTX 3060"}).warnings[0]
    assert found(tmp_path, model(config=config, weights_gib=5.2), gpu={"name": "RTX 3060"}) == Findings()


def test_models_without_gpus_and_inventories_without_cards_are_not_judged(tmp_path: pathlib.Path, config: str) -> None:
    assert found(tmp_path, model(config=config, gpus=0), gpu={"name": "RTX 3060"}) == Findings()
    assert found(tmp_path, model(config=config)) == Findings()


def test_an_unknown_rented_card_is_a_warning_and_the_other_nodes_are_judged(
    tmp_path: pathlib.Path, config: str
) -> None:
    nodes = [{"name": "node-1", "gpu": "RTX 3060"}, {"name": "node-2", "gpu": "Q RTX 8000"}]
    findings = found(tmp_path, model(config=config), nodes=nodes)
    assert "platform_vast_nodes: 'node-2': models were not checked against it." in findings.warnings[0]
    assert len(findings.refused) == 1


def test_of_several_cards_the_smallest_that_may_be_rented_must_do(tmp_path: pathlib.Path, config: str) -> None:
    nodes = [{"name": "node-1", "gpu": ["RTX 4090", "RTX 3060"]}]
    assert "RTX 3060 gives the engine" in found(tmp_path, model(config=config), nodes=nodes).refused[0]
    nodes = [{"name": "node-1", "gpu": ["RTX 4090", "RTX 3090"]}]
    assert found(tmp_path, model(config=config), nodes=nodes) == Findings()


def test_a_market_that_is_asked_for_memory_is_taken_at_its_word(tmp_path: pathlib.Path, config: str) -> None:
    unknown = [{"name": "node-1", "gpu": "Q RTX 8000", "gpu_memory_gb": 48}]
    assert found(tmp_path, model(config=config), nodes=unknown) == Findings()
    small = [{"name": "node-1", "gpu_memory_gb": 12}]
    assert "a card of 11.2 GiB gives the engine" in found(tmp_path, model(config=config), nodes=small).refused[0]
    assert found(tmp_path, model(config=config), nodes=[{"name": "node-1", "disk_gb": 50}]) == Findings()


def test_how_engines_are_started_decides_what_fits(tmp_path: pathlib.Path, config: str) -> None:
    one = model(config=config, context=50_000)
    assert (
        found(tmp_path, one, gpu={"name": "RTX 4090"}, engines=started(0.9, ["--kv-cache-dtype", "fp8"])) == Findings()
    )
    assert found(tmp_path, one, gpu={"name": "RTX 4090"}, engines=started(0.5, [])).refused != ()


def test_arguments_of_vllm_are_read_as_it_reads_them() -> None:
    arguments = [
        "--kv-cache-dtype=fp8",
        "--enforce-eager",
        "--max-num-seqs",
        "64",
        "--quantization",
        "fp8",
        "--seed",
        "1",
    ]
    assert started(0.8, arguments) == Serving(
        utilisation=0.8, kv_dtype="fp8", quantise="fp8", max_sequences=64, eager=True
    )
    assert started(0.8, ["--gpu_memory_utilization", "0.95", "--dtype", "half"]) == Serving(
        utilisation=0.95, dtype="float16"
    )


def test_a_slice_of_a_card_is_what_a_model_must_fit(tmp_path: pathlib.Path, config: str) -> None:
    for profile, refused in (("1g.10gb", True), ("3g.40gb", False)):
        slices = {"strategy": "mig", "profile": profile}
        findings = found(tmp_path, model(config=config), gpu={"name": "H100"}, sharing=slices)
        assert bool(findings.refused) is refused
    assert found(tmp_path, model(config=config), gpu={"name": "H100"}).refused == ()
