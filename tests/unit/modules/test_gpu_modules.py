# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What gpu_info and gpu_acceptance answer on hosts with and without cards."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.inference.platform.plugins.module_utils.gpu import library, machine, xids
from ansible_collections.inference.platform.plugins.modules import gpu_acceptance, gpu_info

HOST: dict[str, t.Any] = {
    "cards_on_bus": ["0000:19:00.0"],
    "nvswitches": 0,
    "driver_version": "580.159.04",
    "driver_open": True,
    "nouveau": False,
    "persistence_daemon": True,
    "fabric_manager": False,
    "fabric_manager_version": "",
}
NONE = {**HOST, "cards_on_bus": [], "driver_version": ""}


class _Error(Exception):
    value = 0


class _Card:
    """A card of which NVML knows the name and the memory alone, as pynvml."""

    NVMLError = _Error
    NVML_MEMORY_ERROR_TYPE_CORRECTED = NVML_MEMORY_ERROR_TYPE_UNCORRECTED = NVML_VOLATILE_ECC = NVML_AGGREGATE_ECC = 0
    ANSWERS: t.ClassVar[dict[str, t.Any]] = {
        "nvmlDeviceGetCount": 1,
        "nvmlDeviceGetName": "NVIDIA L4",
        "nvmlDeviceGetMemoryInfo": type("Memory", (), {"total": 23034 * 1024**2, "used": 0}),
        "nvmlSystemGetCudaDriverVersion_v2": 13000,
    }

    def __getattr__(self, name: str) -> t.Callable[..., t.Any]:
        if not name.startswith("nvml"):
            raise AttributeError(name)
        return lambda *_arguments: object() if name == "nvmlDeviceGetHandleByIndex" else self.ANSWERS.get(name)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., None]:
    """Makes this machine look like another: what it shows of itself, and whether nvidia-ml-py is there."""

    def become(shown: dict[str, t.Any], *, installed: bool = True) -> None:
        monkeypatch.setattr(machine, "describe", lambda _root: shown)
        monkeypatch.setitem(sys.modules, "pynvml", t.cast(t.Any, _Card() if installed else None))
        monkeypatch.setattr(library.xids, "kernel_log", lambda: [])

    return become


def run(module: t.Any, capsys: pytest.CaptureFixture[str], **arguments: t.Any) -> dict[str, t.Any]:
    """What a module prints."""
    with patch_module_args(arguments), pytest.raises(SystemExit):
        module.main()
    answer: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_host_without_a_gpu_is_an_answer(capsys: pytest.CaptureFixture[str], host: t.Callable[..., None]) -> None:
    host(NONE, installed=False)
    answer = run(gpu_info, capsys)
    assert (answer["changed"], answer["gpus"]["state"], answer["gpus"]["cards"]) == (False, "no_gpu", [])


def test_a_card_without_a_driver_is_an_answer(capsys: pytest.CaptureFixture[str], host: t.Callable[..., None]) -> None:
    host({**HOST, "driver_version": ""}, installed=False)
    assert run(gpu_info, capsys)["gpus"]["state"] == "no_driver"


@pytest.mark.parametrize("module", [gpu_info, gpu_acceptance])
def test_a_missing_library_is_named_with_how_to_install_it(
    module: t.Any, capsys: pytest.CaptureFixture[str], host: t.Callable[..., None]
) -> None:
    host(HOST, installed=False)
    answer = run(module, capsys)
    assert answer["failed"] is True
    assert "(nvidia-ml-py)" in answer["msg"]
    assert sys.executable in answer["msg"]


def test_the_cards_of_a_host_are_told(capsys: pytest.CaptureFixture[str], host: t.Callable[..., None]) -> None:
    host(HOST)
    gpus = run(gpu_info, capsys)["gpus"]
    assert gpus["message"] == "1 x NVIDIA L4; driver 580.159.04, CUDA up to 13.0."
    assert gpus["xids"] == []
    assert run(gpu_info, capsys, kernel_log=False)["gpus"]["xids"] is None


def test_a_host_is_judged_against_what_was_sold(
    capsys: pytest.CaptureFixture[str], host: t.Callable[..., None]
) -> None:
    host(HOST)
    answer = run(gpu_acceptance, capsys, cards=1, name="L4", memory_gib=24, memory_tolerance=0.07, kernel=False)
    assert answer["acceptance"]["accepted"] is True
    refused = run(gpu_acceptance, capsys, cards=2, memory_gib=48, kernel=False)["acceptance"]
    assert refused["accepted"] is False
    assert "cards: 2 were sold and the driver has 1." in refused["reason"]
    assert {check["name"] for check in refused["checks"] if check["status"] == "failed"} == {"cards", "memory"}


def test_a_kernel_is_run_where_there_is_a_card_alone(
    capsys: pytest.CaptureFixture[str], host: t.Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[float] = []
    outcome = {"devices": [], "error": "cuInit answered 802 (CUDA_ERROR_SYSTEM_NOT_READY)"}
    monkeypatch.setattr(gpu_acceptance, "run_kernels", lambda seconds: ran.append(seconds) or outcome)
    host(NONE)
    assert "There is no NVIDIA card" in run(gpu_acceptance, capsys)["acceptance"]["reason"]
    assert ran == []
    host(HOST)
    reason = run(gpu_acceptance, capsys, kernel_timeout=5)["acceptance"]["reason"]
    assert reason == "kernel: cuInit answered 802 (CUDA_ERROR_SYSTEM_NOT_READY)."
    assert ran == [5]


def test_this_machine_itself_can_be_looked_at() -> None:
    found = machine.describe(pathlib.Path("/"))
    assert set(found) == set(HOST)
    assert xids.kernel_log() is None or all(isinstance(line, str) for line in xids.kernel_log() or [])
