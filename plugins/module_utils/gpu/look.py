# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everything that is known of a host's GPUs in one answer, and what is missing when there is none."""

from __future__ import annotations

import typing as t

from . import xids
from .nvml import NvmlError, Reader

Facts = dict[str, t.Any]


def gather(host: Facts, api: t.Any | None, log: list[str] | None) -> Facts:
    """The answer of module gpu_info.

    Args:
        host: as machine.describe returns it.
        api: the module pynvml, None when it is not installed.
        log: lines of the kernel log, None when they cannot be read.

    """
    facts: Facts = {
        "state": "present",
        "message": "",
        "driver": {"version": host["driver_version"], "cuda": "", "open": host["driver_open"]},
        "cards": [],
        "host": host,
        "xids": None if log is None else xids.parse(log),
    }
    without = _without(host)
    if without:
        return {**facts, "state": without[0], "message": without[1]}
    if api is None:
        return {
            **facts,
            "state": "unknown",
            "message": "nvidia-ml-py is not installed in the Python that ran this task.",
        }
    try:
        read = Reader(api).read()
    except NvmlError as error:
        return {**facts, "state": "driver_error", "message": _driver_error(str(error))}
    driver = {**facts["driver"], **{key: value for key, value in read["driver"].items() if value}}
    return {**facts, "driver": driver, "cards": read["cards"], "message": _summary(read["cards"], driver)}


def _without(host: Facts) -> tuple[str, str] | None:
    """State and message of a host whose GPUs NVML need not be asked for."""
    cards = len(host["cards_on_bus"])
    if host["driver_version"]:
        return None
    if not cards:
        return "no_gpu", "There is no NVIDIA card on the PCI bus of this host."
    several = "card is" if cards == 1 else "cards are"
    if host["nouveau"]:
        return "no_driver", (
            f"{cards} NVIDIA {several} on the PCI bus, and the kernel's own module nouveau has them: "
            "install NVIDIA's driver (role gpu_driver), which turns nouveau off, and restart."
        )
    return (
        "no_driver",
        f"{cards} NVIDIA {several} on the PCI bus, and no driver is loaded: install it (role gpu_driver).",
    )


def _driver_error(text: str) -> str:
    if "mismatch" in text.lower():
        cure = "The driver was updated under a running kernel: restart the machine."
    else:
        cure = "Look at the kernel log (dmesg) for NVRM, and at the installed packages of the driver."
    return f"The driver's module is loaded, but NVML answers: {text}. {cure}"


def _summary(cards: list[Facts], driver: Facts) -> str:
    names: dict[str, int] = {}
    for card in cards:
        names[card.get("name") or "a card that does not answer"] = (
            names.get(card.get("name") or "a card that does not answer", 0) + 1
        )
    listed = ", ".join(f"{count} x {name}" for name, count in names.items()) or "no card"
    return f"{listed}; driver {driver['version']}, CUDA up to {driver['cuda'] or 'unknown'}."


__all__ = ("Facts", "gather")
