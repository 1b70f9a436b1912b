# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every verdict of the acceptance of a node, and that a good node is accepted."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.gpu.acceptance import Check, Wanted, judge, reason
from ansible_collections.inference.platform.plugins.module_utils.gpu.look import gather

from .replay import H100, LOST, RTX_3090, Nvml

HOST: dict[str, t.Any] = {
    "cards_on_bus": ["0000:19:00.0"],
    "nvswitches": 0,
    "driver_version": "580.159.04",
    "driver_open": True,
    "nouveau": False,
    "persistence_daemon": False,
    "fabric_manager": False,
    "fabric_manager_version": "",
}
SWITCHED = {**HOST, "nvswitches": 4, "fabric_manager": True, "fabric_manager_version": "580.159.04"}
KERNELS = {"devices": [{"index": 0, "pci_bus_id": "0000:19:00.0", "passed": True, "error": ""}], "error": ""}


def facts(*cards: dict[str, t.Any], host: dict[str, t.Any] = HOST, log: t.Any = (), **nvml: t.Any) -> dict[str, t.Any]:
    """What is known of a host with these cards."""
    known = {**host, "cards_on_bus": [f"0000:{n:02x}:00.0" for n in range(len(cards))]}
    return gather(known, Nvml(*cards, **nvml), None if log is None else list(log))


def card(**changed: t.Any) -> dict[str, t.Any]:
    """An H100 with other answers."""
    return {**copy.deepcopy(H100), **changed}


def failed(known: dict[str, t.Any], kernels: t.Any = None, **wanted: t.Any) -> dict[str, str]:
    """Reasons by name of what fails."""
    return {c.name: c.reason for c in judge(known, kernels, Wanted(**wanted)) if c.status == "failed"}


@pytest.mark.parametrize("host", [HOST, SWITCHED])
def test_a_good_node_is_accepted(host: dict[str, t.Any]) -> None:
    wanted = Wanted(cards=1, name="H100", memory_gib=80, cuda="12.9", driver="570.10")
    checks = judge(facts(card(), host=host), KERNELS, wanted)
    assert {check.status for check in checks} == {"passed"}
    assert reason(checks) == ""
    assert [check.name for check in checks] == [
        "driver",
        "cuda",
        "cards",
        "answers",
        "memory",
        "persistence",
        "ecc",
        "memory_repair",
        "xid",
        "fabric",
        "nvlink",
        "mig",
        "kernel",
    ]


def test_a_card_for_play_without_ecc_fabric_and_links_is_accepted() -> None:
    known = facts(RTX_3090, host={**HOST, "persistence_daemon": True})
    assert failed(known, KERNELS, cards=1, name="RTX 3090", memory_gib=24) == {}


def test_a_host_without_gpu_or_driver_is_refused_with_that_reason() -> None:
    known = gather({**HOST, "cards_on_bus": [], "driver_version": ""}, None, [])
    assert judge(known, None, Wanted()) == [
        Check("driver", "failed", "There is no NVIDIA card on the PCI bus of this host.")
    ]


def test_an_old_driver_is_refused() -> None:
    assert (
        "version 535.183.06 is older than 570.10"
        in failed(facts(card(), driver="535.183.06"), driver="570.10")["driver"]
    )
    assert failed(facts(card(), driver="580.65.06"), driver="580.9") == {}


def test_a_driver_that_does_not_know_the_cuda_of_the_engines_is_refused() -> None:
    known = facts(card(), driver="550.90.07", cuda=12040)
    assert failed(known, cuda="13.0")["cuda"] == (
        "driver 550.90.07 knows CUDA 12.4, engines need 13.0; install a driver from 580 on (role gpu_driver)."
    )
    # A driver runs every minor version of its major one.
    assert failed(known, cuda="12.9") == {}
    assert "install a newer driver" in failed(known, cuda="14.0")["cuda"]
    assert [c.status for c in judge(facts(card(), cuda=0), None, Wanted(cuda="12.9"))][1] == "unknown"


def test_cards_that_are_missing_are_refused() -> None:
    known = facts(card())
    assert failed(known, cards=2)["cards"] == "2 were sold and the driver has 1."
    known["host"]["cards_on_bus"] = ["0000:19:00.0", "0000:1a:00.0"]
    assert "2 cards are on the PCI bus and the driver has 1" in failed(known)["cards"]
    assert "The driver has no card." in failed(facts())["cards"]


def test_another_card_than_was_sold_is_refused() -> None:
    assert failed(facts(card()), name="H200")["cards"] == "H200 was sold, and here is NVIDIA H100 80GB HBM3."
    assert failed(facts(card()), name="h100_80GB") == {}


def test_a_card_that_does_not_answer_is_refused() -> None:
    reasons = failed(facts(card(), {"handle": LOST}))
    assert reasons["answers"] == "card 1 (no address): nvmlDeviceGetHandleByIndex: GPU is lost."
    lost = failed(facts(card(nvmlDeviceGetMemoryInfo=LOST)))
    assert "card 0 (00000000:19:00.0): nvmlDeviceGetMemoryInfo: GPU is lost" in lost["answers"]


def test_less_memory_than_was_sold_is_refused_but_for_what_drivers_keep() -> None:
    forty = card(nvmlDeviceGetMemoryInfo={"total": 40960 * 1024**2, "used": 0, "reserved": 0})
    assert (
        failed(facts(forty), memory_gib=80)["memory"]
        == "card 0 (00000000:19:00.0) has 40.0 GiB where 80 GiB were sold."
    )
    assert failed(facts(card()), memory_gib=80) == {}
    assert failed(facts(card()), memory_gib=80, tolerance=0.001)["memory"] != ""


def test_persistence_is_asked_for_unless_the_daemon_keeps_the_driver() -> None:
    off = card(nvmlDeviceGetPersistenceMode=0)
    assert "off on card 0 (00000000:19:00.0); start nvidia-persistenced" in failed(facts(off))["persistence"]
    assert failed(facts(off, host={**HOST, "persistence_daemon": True})) == {}
    assert failed(facts(off), persistence=False) == {}


def test_uncorrectable_memory_errors_are_refused_and_corrected_ones_are_not() -> None:
    counts = {(0, 0): 900, (0, 1): 900, (1, 0): 3, (1, 1): 3}
    assert (
        "counted 3 uncorrectable memory errors since the start"
        in failed(facts(card(nvmlDeviceGetTotalEccErrors=counts)))["ecc"]
    )
    assert failed(facts(card(nvmlDeviceGetTotalEccErrors={**counts, (1, 0): 0}))) == {}


def test_memory_that_waits_for_repair_or_cannot_be_repaired_is_refused() -> None:
    assert "waits for a reset" in failed(facts(card(nvmlDeviceGetRemappedRows=(0, 1, 1, 0))))["memory_repair"]
    assert "could not remap a row" in failed(facts(card(nvmlDeviceGetRemappedRows=(0, 1, 1, 1))))["memory_repair"]


def test_xids_of_the_hardware_are_refused_and_those_of_programs_are_not() -> None:
    log = [
        "NVRM: Xid (PCI:0000:19:00): 79, pid=1, GPU has fallen off the bus.",
        "NVRM: Xid (PCI:0000:19:00): 31, pid=1",
    ]
    assert failed(facts(card(), log=log))["xid"] == (
        "Xid 79 x 1 of 0000:19:00: the GPU fell off the bus; restart the machine, look at power and seating."
    )
    assert failed(facts(card(), log=log[1:])) == {}


def test_a_kernel_log_that_cannot_be_read_is_said_and_refuses_nothing() -> None:
    checks = {c.name: c for c in judge(facts(card(), log=None), None, Wanted())}
    assert (checks["xid"].status, checks["xid"].reason) == (
        "unknown",
        "The kernel log cannot be read (it needs root on the host itself).",
    )
    assert reason(checks.values()) == ""


def test_a_fabric_that_is_not_up_is_refused() -> None:
    stuck = card(fabric={"state": 2, "status": 0, "healthMask": 0})
    assert "is in_progress (status 0) and not completed" in failed(facts(stuck, host=SWITCHED))["fabric"]
    bad = card(fabric={"state": 3, "status": 999, "healthMask": 0})
    assert "is completed (status 999)" in failed(facts(bad, host=SWITCHED))["fabric"]
    slow = card(fabric={"state": 3, "status": 0, "healthMask": 1})
    assert "degraded bandwidth" in failed(facts(slow, host=SWITCHED))["fabric"]
    alone = card(fabric={"state": 1, "status": 0, "healthMask": 0})
    assert failed(facts(alone)) == {}
    assert "is not_started" in failed(facts(alone, host=SWITCHED))["fabric"]


def test_a_fabric_manager_that_does_not_run_or_fit_the_driver_is_refused() -> None:
    assert (
        "nvidia-fabricmanager does not run"
        in failed(facts(card(), host={**SWITCHED, "fabric_manager": False}))["fabric"]
    )
    other = {**SWITCHED, "fabric_manager_version": "590.48.01"}
    assert (
        "nvidia-fabricmanager 590.48.01 does not fit driver 580.159.04" in failed(facts(card(), host=other))["fabric"]
    )


def test_links_to_switches_must_be_up_and_bridges_need_not() -> None:
    down = card(nvmlDeviceGetNvLinkState=[1] * 17 + [0])
    assert "has 17 of 18 links up" in failed(facts(down, host=SWITCHED))["nvlink"]
    assert failed(facts(down)) == {}


def test_a_change_of_mig_that_waits_for_a_reset_is_refused() -> None:
    assert "waits for a reset to turn MIG on" in failed(facts(card(nvmlDeviceGetMigMode=[0, 1])))["mig"]
    waiting = card(nvmlDeviceGetMigMode=[1, 0], mig_instances=0)
    assert "waits for a reset to turn MIG off" in failed(facts(waiting))["mig"]


def test_a_kernel_that_does_not_run_on_every_card_is_refused() -> None:
    broken = {
        "devices": [{**KERNELS["devices"][0], "passed": False, "error": "cuLaunchKernel answered 719"}],
        "error": "",
    }
    assert failed(facts(card()), broken)["kernel"] == "0000:19:00.0: cuLaunchKernel answered 719."
    assert failed(facts(card()), {"devices": [], "error": "cuInit answered 802"})["kernel"] == "cuInit answered 802."
    assert failed(facts(card(), card()), KERNELS)["kernel"] == "CUDA sees 1 of 2 cards."
    parts = card(nvmlDeviceGetMigMode=[1, 1], mig_instances=2)
    assert failed(facts(parts), {"devices": [], "error": ""}) == {}


def test_all_reasons_stand_in_one_line() -> None:
    checks = judge(
        facts(card(nvmlDeviceGetPersistenceMode=0)), {"devices": [], "error": "cuInit answered 802"}, Wanted(cards=2)
    )
    assert reason(checks).startswith("cards: 2 were sold and the driver has 1. persistence: off on card 0")
    assert reason(checks).endswith("kernel: cuInit answered 802.")
