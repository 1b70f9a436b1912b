# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is told of a host's GPUs: from NVML, from the PCI bus, from the kernel log, and when there is nothing."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.gpu import machine, xids
from ansible_collections.inference.platform.plugins.module_utils.gpu.look import gather

from .replay import H100, LOST, MISMATCH, NOT_SUPPORTED, RTX_3090, Nvml

VERSION = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (root@host)\n"


def pci(root: pathlib.Path, *devices: tuple[str, str, str]) -> pathlib.Path:
    """A root folder with these PCI devices: address, vendor, class."""
    for address, vendor, kind in devices:
        folder = root / "sys/bus/pci/devices" / address
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(vendor + "\n")
        (folder / "class").write_text(kind + "\n")
    return root


def host(root: pathlib.Path, *, driver: bool = True, cards: int = 1) -> dict[str, t.Any]:
    """A host with so many cards, as machine.describe tells it."""
    pci(root, *((f"0000:{25 + number:02x}:00.0", "0x10de", "0x030200") for number in range(cards)))
    if driver:
        (root / "proc/driver/nvidia").mkdir(parents=True)
        (root / "proc/driver/nvidia/version").write_text(VERSION)
    return machine.describe(root, lambda _argv: "")


def test_everything_that_nvml_knows_of_a_card_is_told(tmp_path: pathlib.Path) -> None:
    nvml = Nvml(H100)
    facts = gather(host(tmp_path), nvml, [])
    assert facts["state"] == "present"
    assert facts["driver"] == {"version": "580.159.04", "cuda": "13.0", "open": True}
    assert facts["message"] == "1 x NVIDIA H100 80GB HBM3; driver 580.159.04, CUDA up to 13.0."
    assert facts["cards"] == [
        {
            "index": 0,
            "name": "NVIDIA H100 80GB HBM3",
            "uuid": "GPU-00000000-0000-0000-0000-000000000001",
            "pci_bus_id": "00000000:19:00.0",
            "compute_capability": "9.0",
            "memory": {"total_bytes": 81559 * 1024**2, "used_bytes": 1 << 20, "reserved_bytes": 551 * 1024**2},
            "persistence_mode": True,
            "ecc": {
                "enabled": True,
                "enabled_after_reset": True,
                "corrected_since_boot": 2,
                "corrected_ever": 5,
                "uncorrected_since_boot": 0,
                "uncorrected_ever": 1,
            },
            "memory_repair": {"kind": "rows", "corrected": 0, "uncorrected": 1, "pending": 0, "failed": 0},
            "nvlink": {"links": 18, "active": 18},
            "mig": {"enabled": False, "enabled_after_reset": False, "instances": 0},
            "fabric": {"state": "completed", "status": 0, "degraded": False},
            "errors": [],
        }
    ]
    assert nvml.open is False


def test_what_a_card_does_not_have_is_none_and_no_error(tmp_path: pathlib.Path) -> None:
    card = gather(host(tmp_path), Nvml(RTX_3090), [])["cards"][0]
    assert card["name"] == "NVIDIA GeForce RTX 3090"
    assert (card["ecc"], card["nvlink"], card["mig"], card["fabric"]) == (None, None, None, None)
    assert (card["persistence_mode"], card["errors"]) == (False, [])


def test_older_cards_retire_pages_and_mig_instances_are_counted(tmp_path: pathlib.Path) -> None:
    none = {**RTX_3090, "nvmlDeviceGetRemappedRows": NOT_SUPPORTED}
    old = {**none, "pages": [2, 1], "pages_pending": 1}
    parts = {**H100, "nvmlDeviceGetMigMode": [1, 1], "mig_instances": 3}
    cards = gather(host(tmp_path), Nvml(none, old, parts), [])["cards"]
    assert cards[0]["memory_repair"] is None
    assert cards[1]["memory_repair"] == {"kind": "pages", "corrected": 2, "uncorrected": 1, "pending": 1, "failed": 0}
    assert cards[2]["mig"] == {"enabled": True, "enabled_after_reset": True, "instances": 3}


def test_a_card_that_is_lost_is_told_and_the_others_are_read(tmp_path: pathlib.Path) -> None:
    lost = {**H100, "nvmlDeviceGetMemoryInfo": LOST}
    cards = gather(host(tmp_path), Nvml(lost, {"handle": LOST}, H100), [])["cards"]
    assert cards[0]["memory"] is None
    assert cards[0]["errors"][0] == "nvmlDeviceGetMemoryInfo: GPU is lost"
    assert cards[1] == {"index": 1, "errors": ["nvmlDeviceGetHandleByIndex: GPU is lost"]}
    assert cards[2]["errors"] == []


def test_a_host_without_a_card_is_a_clear_answer(tmp_path: pathlib.Path) -> None:
    facts = gather(
        machine.describe(pci(tmp_path, ("0000:00:02.0", "0x8086", "0x030000")), lambda _argv: ""), None, None
    )
    assert (facts["state"], facts["cards"], facts["xids"]) == ("no_gpu", [], None)
    assert facts["message"] == "There is no NVIDIA card on the PCI bus of this host."


def test_a_host_without_a_driver_says_what_to_install(tmp_path: pathlib.Path) -> None:
    facts = gather(host(tmp_path, driver=False, cards=2), None, [])
    assert facts["state"] == "no_driver"
    assert (
        facts["message"] == "2 NVIDIA cards are on the PCI bus, and no driver is loaded: install it (role gpu_driver)."
    )
    (tmp_path / "sys/module/nouveau").mkdir(parents=True)
    facts = gather(machine.describe(tmp_path, lambda _argv: ""), None, [])
    assert "the kernel's own module nouveau has them" in facts["message"]


def test_a_driver_that_nvml_does_not_fit_says_to_restart(tmp_path: pathlib.Path) -> None:
    facts = gather(host(tmp_path), Nvml(init=MISMATCH), [])
    assert facts["state"] == "driver_error"
    assert facts["message"].endswith("The driver was updated under a running kernel: restart the machine.")


def test_the_host_tells_switches_services_and_versions(tmp_path: pathlib.Path) -> None:
    answers = {
        "systemctl is-active nvidia-persistenced": "active\n",
        "systemctl is-active nvidia-fabricmanager": "inactive\n",
        "nv-fabricmanager --version": "Fabric Manager version is : 590.48.01\n",
    }
    pci(tmp_path, ("0000:19:00.0", "0x10de", "0x030200"), ("0000:05:00.0", "0x10de", "0x068000"))
    facts = machine.describe(tmp_path, lambda argv: answers[" ".join(argv)])
    assert facts == {
        "cards_on_bus": ["0000:19:00.0"],
        "nvswitches": 1,
        "driver_version": "",
        "driver_open": False,
        "nouveau": False,
        "persistence_daemon": True,
        "fabric_manager": False,
        "fabric_manager_version": "590.48.01",
    }


def test_a_command_that_is_not_there_prints_nothing() -> None:
    assert machine.run(["/nonexistent/command"]) == ""


def test_xids_are_counted_by_card_and_code() -> None:
    log = [
        "6,1,1,-;NVRM: Xid (PCI:0000:10:1c): 63, pid=1896, Row Remapper: New row marked for remapping, reset gpu to activate.",
        "6,2,2,-;NVRM: Xid (PCI:0000:10:1c): 63, pid=1897, again",
        "kernel: NVRM: Xid (PCI:0000:41:00.0): 31, pid=7, name=python3, MMU Fault",
        "NVRM: Xid (0000:01:00): 79",
        "NVRM: loading NVIDIA UNIX Open Kernel Module",
    ]
    found = xids.parse(log)
    assert [(one["pci_bus_id"], one["code"], one["count"], one["hardware"]) for one in found] == [
        ("0000:01:00", 79, 1, True),
        ("0000:10:1c", 63, 2, True),
        ("0000:41:00.0", 31, 1, False),
    ]
    assert found[1]["text"] == "pid=1897, again"


def test_the_kernel_log_is_read_to_its_end_without_waiting(tmp_path: pathlib.Path) -> None:
    # A pipe answers like /dev/kmsg: records while there are any, then EAGAIN.
    pipe = tmp_path / "kmsg"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    try:
        os.write(writer, b"6,1,1,-;NVRM: Xid (PCI:0000:10:1c): 79\n")
        assert xids.kernel_log(str(pipe)) == ["6,1,1,-;NVRM: Xid (PCI:0000:10:1c): 79\n"]
    finally:
        os.close(writer)
    assert xids.kernel_log(str(tmp_path / "none")) is None


@pytest.mark.parametrize("code", [13, 31, 43, 45])
def test_what_a_program_causes_says_nothing_of_the_card(code: int) -> None:
    assert xids.parse([f"NVRM: Xid (PCI:0000:01:00): {code}, pid=1"])[0]["hardware"] is False
