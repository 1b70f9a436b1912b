# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a host with GPUs may take work: each thing that is looked at, with the reason and the cure where it fails."""

from __future__ import annotations

import dataclasses
import typing as t

from . import xids
from .look import Facts

Status = t.Literal["passed", "failed", "unknown"]
GIB = 1024**3
# Major version of CUDA -> major version of the first driver that runs it (NVIDIA, "CUDA Compatibility", minor versions).
_FIRST_DRIVER = {11: 450, 12: 525, 13: 580}


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What was sold or is needed.

    Attributes:
        cards: how many, 0 for as many as are on the PCI bus.
        name: part of every card's name, empty for any.
        memory_gib: of each card, 0 for any.
        tolerance: share of the memory that may be missing; drivers and ECC keep some.
        cuda: version of CUDA that the engines were built with, empty for any.
        driver: oldest driver, empty for any.
        persistence: whether the driver must stay loaded when nothing uses the cards.

    """

    cards: int = 0
    name: str = ""
    memory_gib: float = 0.0
    tolerance: float = 0.05
    cuda: str = ""
    driver: str = ""
    persistence: bool = True


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that was looked at. C(unknown) could not be looked at, and stops nothing."""

    name: str
    status: Status
    reason: str = ""

    def as_data(self) -> dict[str, str]:
        return dataclasses.asdict(self)


def judge(facts: Facts, kernels: Facts | None, wanted: Wanted) -> list[Check]:
    """All checks.

    Args:
        facts: as look.gather returns them.
        kernels: as aside.run_kernels returns them; None when none was to be run.
        wanted: what was sold or is needed.

    """
    if facts["state"] != "present":
        return [Check("driver", "failed", facts["message"])]
    checks = [
        _driver(facts, wanted),
        _cuda(facts, wanted),
        _cards(facts, wanted),
        _answers(facts),
        _memory(facts, wanted),
        _persistence(facts, wanted),
        _ecc(facts),
        _repair(facts),
        _xid(facts),
        _fabric(facts),
        _nvlink(facts),
        _mig(facts),
    ]
    return [*checks, _kernel(facts, kernels)] if kernels is not None else checks


def reason(checks: t.Iterable[Check]) -> str:
    """Why a host is refused, in one line; empty when it is accepted."""
    return " ".join(f"{check.name}: {check.reason}" for check in checks if check.status == "failed")


def _result(name: str, reasons: list[str], *, unknown: str = "") -> Check:
    if reasons:
        return Check(name, "failed", " ".join(reasons))
    return Check(name, "unknown", unknown) if unknown else Check(name, "passed")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _driver(facts: Facts, wanted: Wanted) -> Check:
    found = facts["driver"]["version"]
    if wanted.driver and _version(found) < _version(wanted.driver):
        return Check(
            "driver", "failed", f"version {found} is older than {wanted.driver}; install a newer one (role gpu_driver)."
        )
    return Check("driver", "passed")


def _cuda(facts: Facts, wanted: Wanted) -> Check:
    if not wanted.cuda:
        return Check("cuda", "passed")
    have, need = _version(facts["driver"]["cuda"]), _version(wanted.cuda)
    if not have:
        return Check("cuda", "unknown", "The driver does not say which CUDA it knows.")
    if have[:1] >= need[:1]:
        return Check("cuda", "passed")
    first = _FIRST_DRIVER.get(need[0])
    cure = f"install a driver from {first} on" if first else "install a newer driver"
    return Check(
        "cuda",
        "failed",
        f"driver {facts['driver']['version']} knows CUDA {facts['driver']['cuda']}, engines need {wanted.cuda}; {cure} (role gpu_driver).",
    )


def _cards(facts: Facts, wanted: Wanted) -> Check:
    seen, on_bus = len(facts["cards"]), len(facts["host"]["cards_on_bus"])
    reasons = []
    if seen < on_bus:
        reasons.append(f"{on_bus} cards are on the PCI bus and the driver has {seen}; look at the kernel log for NVRM.")
    if wanted.cards and seen != wanted.cards:
        reasons.append(f"{wanted.cards} were sold and the driver has {seen}.")
    if not seen:
        reasons.append("The driver has no card.")
    other = sorted(
        {card["name"] for card in facts["cards"] if card.get("name") and not _is_named(card["name"], wanted.name)}
    )
    if other:
        reasons.append(f"{wanted.name} was sold, and here is {', '.join(other)}.")
    return _result("cards", reasons)


def _is_named(name: str, wanted: str) -> bool:
    """Whether every word of the name that was sold is in the card's own ("RTX 4090" is an "NVIDIA GeForce RTX 4090")."""
    words = name.lower().replace("-", " ").replace("_", " ")
    return all(word in words for word in wanted.lower().replace("-", " ").replace("_", " ").split())


def _answers(facts: Facts) -> Check:
    return _result(
        "answers", [f"{_label(card)}: {'; '.join(card['errors'])}." for card in facts["cards"] if card["errors"]]
    )


def _memory(facts: Facts, wanted: Wanted) -> Check:
    least = wanted.memory_gib * GIB * (1 - wanted.tolerance)
    reasons = [
        f"{_label(card)} has {card['memory']['total_bytes'] / GIB:.1f} GiB where {wanted.memory_gib:g} GiB were sold."
        for card in facts["cards"]
        if card.get("memory") and card["memory"]["total_bytes"] < least
    ]
    return _result("memory", reasons)


def _persistence(facts: Facts, wanted: Wanted) -> Check:
    if not wanted.persistence or facts["host"]["persistence_daemon"]:
        return Check("persistence", "passed")
    off = [_label(card) for card in facts["cards"] if card.get("persistence_mode") is False]
    cure = "start nvidia-persistenced, so that the driver keeps its state when nothing uses the cards."
    return _result("persistence", [f"off on {', '.join(off)}; {cure}"] if off else [])


def _ecc(facts: Facts) -> Check:
    reasons = []
    for card in facts["cards"]:
        count = (card.get("ecc") or {}).get("uncorrected_since_boot")
        if count:
            reasons.append(
                f"{_label(card)} counted {count} uncorrectable memory errors since the start; reset or exchange it."
            )
    return _result("ecc", reasons)


def _repair(facts: Facts) -> Check:
    reasons = []
    for card in facts["cards"]:
        repair = card.get("memory_repair") or {}
        if repair.get("failed"):
            reasons.append(f"{_label(card)} could not remap a row of its memory; exchange it.")
        elif repair.get("pending"):
            reasons.append(f"{_label(card)} waits for a reset to take broken memory out of use; restart the machine.")
    return _result("memory_repair", reasons)


def _xid(facts: Facts) -> Check:
    if facts["xids"] is None:
        return Check("xid", "unknown", "The kernel log cannot be read (it needs root on the host itself).")
    reasons = [
        f"Xid {found['code']} x {found['count']} of {found['pci_bus_id']}: {xids.HARDWARE[found['code']]}."
        for found in facts["xids"]
        if found["hardware"]
    ]
    return _result("xid", reasons)


def _fabric(facts: Facts) -> Check:
    host, reasons = facts["host"], []
    if host["nvswitches"] and not host["fabric_manager"]:
        reasons.append("the machine has NVSwitches, and nvidia-fabricmanager does not run; start it.")
    version = host["fabric_manager_version"]
    if host["nvswitches"] and version and version != facts["driver"]["version"]:
        reasons.append(
            f"nvidia-fabricmanager {version} does not fit driver {facts['driver']['version']}; install the same version."
        )
    for card in facts["cards"]:
        reasons += _card_fabric(card, switched=bool(host["nvswitches"]))
    return _result("fabric", reasons)


def _card_fabric(card: Facts, *, switched: bool) -> list[str]:
    fabric = card.get("fabric")
    if fabric is None or fabric["state"] == "not_supported":
        # Before Hopper NVML knows no fabric; then the switches, links and the kernel tell.
        return []
    if fabric["state"] != "completed" or fabric["status"]:
        if not switched and fabric["state"] == "not_started":
            # A card of its own, with no fabric around it.
            return []
        return [
            f"{_label(card)} is {fabric['state']} (status {fabric['status']}) and not completed; look at nvidia-fabricmanager."
        ]
    return [f"{_label(card)} has degraded bandwidth."] if fabric["degraded"] else []


def _nvlink(facts: Facts) -> Check:
    if not facts["host"]["nvswitches"]:
        # Without switches some links lead nowhere on purpose.
        return Check("nvlink", "passed")
    reasons = [
        f"{_label(card)} has {card['nvlink']['active']} of {card['nvlink']['links']} links up."
        for card in facts["cards"]
        if card.get("nvlink") and card["nvlink"]["active"] < card["nvlink"]["links"]
    ]
    return _result("nvlink", reasons)


def _mig(facts: Facts) -> Check:
    reasons = [
        f"{_label(card)} waits for a reset to turn MIG {'on' if card['mig']['enabled_after_reset'] else 'off'}; restart the machine."
        for card in facts["cards"]
        if card.get("mig") and card["mig"]["enabled"] != card["mig"]["enabled_after_reset"]
    ]
    return _result("mig", reasons)


def _kernel(facts: Facts, kernels: Facts) -> Check:
    if kernels["error"]:
        return Check("kernel", "failed", f"{kernels['error']}.")
    reasons = [
        f"{one['pci_bus_id'] or one['index']}: {one['error']}." for one in kernels["devices"] if not one["passed"]
    ]
    whole = [card for card in facts["cards"] if not (card.get("mig") or {}).get("enabled")]
    if len(kernels["devices"]) < len(whole):
        reasons.append(f"CUDA sees {len(kernels['devices'])} of {len(whole)} cards.")
    return _result("kernel", reasons)


def _label(card: Facts) -> str:
    return f"card {card['index']} ({card.get('pci_bus_id') or 'no address'})"


__all__ = ("Check", "Wanted", "judge", "reason")
