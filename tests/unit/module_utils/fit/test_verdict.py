# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a model fits, why not, and what would."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.fit import working
from ansible_collections.inference.platform.plugins.module_utils.fit.architecture import architecture
from ansible_collections.inference.platform.plugins.module_utils.fit.errors import FitError
from ansible_collections.inference.platform.plugins.module_utils.fit.gpus import GPUS, Gpu, gpu_named, gpu_of
from ansible_collections.inference.platform.plugins.module_utils.fit.report import as_data
from ansible_collections.inference.platform.plugins.module_utils.fit.verdict import Model, Serving, judge
from ansible_collections.inference.platform.plugins.module_utils.fit.working import Batch

from . import published
from .published import Published

GIB = 1024**3
AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128}


def data(model: Published, card: str, **serving: t.Any) -> dict[str, t.Any]:
    """The verdict as the module returns it."""
    wanted = Serving(**serving)
    return as_data(judge(Model(model.config), wanted, gpu_named(card)), wanted, gpu_named(card))


def test_a_model_that_fits_says_how_many_sequences_and_which_context() -> None:
    fit = data(published.LLAMA_31_8B, "H100 SXM", context=32768)
    assert (fit["fits"], fit["impossible"], fit["reasons"]) == (True, False, [])
    assert fit["kv_cache"]["bytes_per_sequence"] == 32768 * 131072
    assert 10 < fit["kv_cache"]["concurrent_sequences"] < 14
    assert fit["longest_context"] == 131072
    assert fit["summary"].startswith("It fits H100 SXM: weights 14.96 GiB on each, and ")


def test_the_budget_is_the_share_of_what_cuda_sees() -> None:
    fit = data(published.QWEN25_05B, "RTX 4090", context=2048, utilisation=0.5)
    assert fit["gpu"]["usable_bytes"] == (24564 - 450) * 1024**2
    assert fit["gpu"]["budget_bytes"] == fit["gpu"]["usable_bytes"] // 2


def test_weights_that_are_too_large_are_impossible_and_the_cure_is_a_larger_card_or_more_of_them() -> None:
    fit = data(published.LLAMA_31_8B, "RTX 3060", context=8192)
    assert (fit["fits"], fit["impossible"]) == (False, True)
    assert "weights take 14.96 GiB" in fit["reasons"][0]
    assert "nothing is left for the KV cache" in fit["reasons"][0]
    assert fit["smallest_gpu"] == "A10"
    assert fit["gpus_needed"] == 2
    assert "What fits: 2 x RTX 3060, or A10 (the smallest in the table)." in fit["summary"]


def test_a_context_that_is_too_long_names_the_longest_that_fits() -> None:
    fit = data(published.LLAMA_31_8B, "RTX 4090", context=131072)
    assert fit["fits"] is False
    longest = fit["longest_context"]
    assert 20_000 < longest < 60_000
    assert f"the longest context that fits is {longest}" in fit["reasons"][0]
    assert data(published.LLAMA_31_8B, "RTX 4090", context=longest)["fits"] is True
    assert data(published.LLAMA_31_8B, "RTX 4090", context=longest + 16)["fits"] is False


def test_what_only_the_estimates_refuse_is_not_called_impossible() -> None:
    budget = gpu_named("RTX 4090").usable_bytes * 0.9
    config = {**published.QWEN3_8B.config}
    room = (budget - published.QWEN3_8B.weights) / 147456
    context = int(room / 16) * 16 - 32
    found = judge(Model(config), Serving(context=context), gpu_named("RTX 4090"))
    assert (found.fits, found.impossible) == (False, False)


def test_the_context_is_the_models_own_where_none_is_given() -> None:
    assert data(published.GEMMA_2_9B, "A100 80GB")["context"] == 8192
    config = {key: value for key, value in published.LLAMA_31_8B.config.items() if key != "max_position_embeddings"}
    with pytest.raises(FitError, match="set context"):
        judge(Model(config), Serving(), gpu_named("L4"))


def test_several_sequences_are_several_times_the_cache() -> None:
    one = data(published.LLAMA_31_8B, "RTX 4090", context=16384)
    assert one["fits"] is True
    four = data(published.LLAMA_31_8B, "RTX 4090", context=16384, sequences=4)
    assert four["fits"] is False
    assert "4 x 16384 tokens need" in four["reasons"][0]


def test_gpus_that_cannot_divide_the_heads_are_impossible_whatever_their_memory() -> None:
    fit = data(published.QWEN25_7B, "H200", gpus=8)
    assert (fit["fits"], fit["impossible"], fit["longest_context"]) == (False, True, 0)
    assert "28 attention heads cannot be divided among 8 GPUs" in fit["summary"]


def test_deepseek_v3_needs_eight_h200() -> None:
    assert data(published.DEEPSEEK_V3, "H200", gpus=8, context=32768)["fits"] is True
    eight = data(published.DEEPSEEK_V3, "H100 SXM", gpus=8, context=32768)
    assert (eight["fits"], eight["gpus_needed"], eight["smallest_gpu"]) == (False, 16, "H200")


def test_a_quantised_model_fits_where_the_plain_one_does_not() -> None:
    awq = Published("awq", {**published.QWEN25_7B.config, "quantization_config": AWQ}, 0, 0, 0)
    assert data(awq, "RTX 3060", context=16384)["fits"] is True
    assert data(published.QWEN25_7B, "RTX 3060", context=16384)["fits"] is False


def test_notes_say_what_a_person_should_know() -> None:
    fit = data(published.PHI_3_MINI, "L4", context=8192, utilisation=0.98)
    assert "contexts of up to 4096 tokens" in fit["notes"][0]
    assert "above 0.97" in fit["notes"][1]


def test_the_machine_needs_memory_for_the_weights_and_shared_memory_for_more_than_one_gpu() -> None:
    one = data(published.LLAMA_31_8B, "H100 SXM", context=8192)["host"]
    two = data(published.LLAMA_31_8B, "H100 SXM", context=8192, gpus=2)["host"]
    assert one["memory_bytes"] == published.LLAMA_31_8B.weights + 6 * GIB
    assert two["memory_bytes"] - one["memory_bytes"] == 4 * GIB
    assert one["shared_memory_bytes"] < GIB < two["shared_memory_bytes"]
    assert one["disk_bytes"] == published.LLAMA_31_8B.weights + 2 * GIB
    packed = judge(Model(published.LLAMA_31_8B.config, in_image=True), Serving(context=8192), gpu_named("H100 SXM"))
    assert packed.host.disk == 2 * published.LLAMA_31_8B.weights + 2 * GIB


def test_vllm_chooses_larger_batches_on_larger_cards() -> None:
    sizes = {gpu.name: working.default_batch(gpu.usable_bytes, gpu.name) for gpu in GPUS}
    assert sizes["RTX 4090"] == sizes["A100 80GB"] == Batch(256, 2048)
    assert sizes["H100 SXM"] == sizes["H200"] == Batch(1024, 8192)
    assert sizes["B200"] == Batch(1024, 16384)


def test_graphs_are_recorded_for_the_sizes_that_vllm_lists() -> None:
    # vLLM's own log for 256 sequences: "PIECEWISE=51 (largest=512), FULL=35 (largest=256)".
    sizes = working.graph_sizes(Batch(256, 2048))
    assert (len(sizes), sizes[-1], sum(size <= 256 for size in sizes)) == (51, 512, 35)
    a = architecture(published.QWEN3_8B.config)
    eager = judge(Model(published.QWEN3_8B.config), Serving(eager=True, context=2048), gpu_named("L4"))
    assert eager.sums.graphs == 0
    assert working.cuda_graphs(a, Batch(256, 2048)) > working.cuda_graphs(a, Batch(8, 2048)) > 0


def test_an_engine_that_embeds_samples_nothing() -> None:
    a = architecture(published.QWEN3_8B.config)
    generates = working.activations(a, Batch(1024, 2048), dtype="bfloat16", gpus=1)
    assert generates == 1024 * 151936 * 20
    assert working.activations(a, Batch(1024, 2048), dtype="bfloat16", gpus=1, samples=False) < generates


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("RTX_4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("H100_SXM", "H100 SXM"),
        ("A100_SXM4", "A100 80GB"),
        ("NVIDIA A100-SXM4-40GB", "A100 40GB"),
        ("Tesla T4", "Tesla T4"),
        ("RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("NVIDIA-L40S", "L40S"),
    ],
)
def test_a_card_is_found_however_its_name_is_written(written: str, meant: str) -> None:
    assert gpu_named(written).name == meant


def test_an_unknown_card_is_refused_with_the_nearest_name_and_taken_with_its_memory() -> None:
    with pytest.raises(FitError, match=r"'RTX 4091' is not in the table.*did you mean RTX 4090"):
        gpu_named("RTX 4091")
    assert gpu_of("Ascend", 64) == Gpu("Ascend", 65536)
    assert gpu_of("", 24).name == "a card of 24 GiB"
    with pytest.raises(FitError, match="too small"):
        gpu_of("", 0.5)
