# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The kernel is handed over, run and checked; failures name the call. The process around it does not wait for ever."""

from __future__ import annotations

import os
import re
import time
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.gpu import cuda
from ansible_collections.inference.platform.plugins.module_utils.gpu.aside import run_kernels

from .replay import Cuda


@pytest.fixture(autouse=True)
def _few_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than whole blocks, so that the kernel must heed the end."""
    monkeypatch.setattr(cuda, "NUMBERS", 16 * cuda.THREADS + 1)


def test_the_sums_are_computed_and_checked_on_every_card() -> None:
    library = Cuda(2)
    assert cuda.run_all(library) == [
        {"index": 0, "pci_bus_id": "0000:19:00.0", "passed": True, "error": ""},
        {"index": 1, "pci_bus_id": "0000:1a:00.0", "passed": True, "error": ""},
    ]
    assert library.memory == {}
    assert library.calls.count("cuDevicePrimaryCtxRelease_v2") == 2


def test_a_wrong_sum_fails_the_card() -> None:
    assert cuda.run_all(Cuda(wrong=True))[0]["error"] == f"1 of {cuda.NUMBERS} sums are wrong"


@pytest.mark.parametrize(
    "call", ["cuDevicePrimaryCtxRetain", "cuModuleLoadData", "cuMemAlloc_v2", "cuLaunchKernel", "cuCtxSynchronize"]
)
def test_a_call_that_fails_is_named_with_its_answer_and_nothing_is_kept(call: str) -> None:
    library = Cuda(fails=call)
    assert cuda.run_all(library)[0]["error"] == f"{call} answered 999 (CUDA_ERROR_BROKEN)"
    assert library.memory == {}


def test_an_api_that_cannot_be_initialised_is_an_error_of_its_own() -> None:
    # 802: the fabric of a machine with NVSwitches is not up.
    with pytest.raises(cuda.CudaError, match=r"cuInit answered 802 \(CUDA_ERROR_BROKEN\)"):
        cuda.run_all(Cuda(fails="cuInit", code=802))


def test_the_kernel_takes_what_it_is_given() -> None:
    text = cuda.PTX.decode()
    assert text.endswith("\0")
    assert re.findall(r"\.param \.(u\d\d) (\w+)", text) == [
        ("u64", "left"),
        ("u64", "right"),
        ("u64", "result"),
        ("u32", "count"),
    ]
    assert cuda._KERNEL.decode() in text


def test_the_outcome_comes_from_another_process() -> None:
    here = os.getpid()

    def library() -> t.Any:
        assert os.getpid() != here
        return Cuda()

    outcome = run_kernels(60, library)
    assert (outcome["error"], outcome["devices"][0]["passed"]) == ("", True)


def test_a_library_that_is_not_there_is_named() -> None:
    def library() -> t.Any:
        raise OSError("libcuda.so.1: cannot open shared object file")

    assert run_kernels(60, library)["error"].startswith("the driver's library libcuda.so.1 cannot be loaded")


def test_an_api_that_fails_is_told() -> None:
    assert run_kernels(60, lambda: Cuda(fails="cuInit"))["error"] == "cuInit answered 999 (CUDA_ERROR_BROKEN)"


def test_a_card_that_never_answers_is_not_waited_for() -> None:
    outcome = run_kernels(0.2, lambda: time.sleep(3600))
    assert outcome == {"devices": [], "error": "a kernel that adds a million numbers did not end within 0.2 s"}


def test_a_process_that_dies_is_told() -> None:
    assert "ended by itself (exit status 7)" in run_kernels(60, lambda: os._exit(7))["error"]
