# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a host itself shows of its GPUs, without NVML: the PCI bus, kernel modules, services."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

_NVIDIA = "0x10de"
# PCI classes: VGA and 3D controllers are cards, bridges of class 0680 are NVSwitches.
_CARDS = ("0x0300", "0x0302")
_SWITCH = "0x0680"
_VERSION = re.compile(r"\b(\d{3}\.\d{2,3}(?:\.\d{2})?)\b")

Run = t.Callable[[list[str]], str]


def run(argv: list[str]) -> str:
    """What a command prints, empty when it is absent or fails."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def describe(root: Path, ask: Run = run) -> dict[str, t.Any]:
    """The host as plain data."""
    devices = _devices(root)
    module = text_of(root / "proc/driver/nvidia/version")
    version = _VERSION.search(module)
    return {
        "cards_on_bus": sorted(bus for bus, kind in devices if kind.startswith(_CARDS)),
        "nvswitches": sum(1 for _bus, kind in devices if kind.startswith(_SWITCH)),
        "driver_version": version[1] if version else "",
        "driver_open": "Open Kernel Module" in module,
        "nouveau": (root / "sys/module/nouveau").is_dir(),
        "persistence_daemon": _is_active(ask, "nvidia-persistenced"),
        "fabric_manager": _is_active(ask, "nvidia-fabricmanager"),
        "fabric_manager_version": _version_of(ask(["nv-fabricmanager", "--version"])),
    }


def _devices(root: Path) -> list[tuple[str, str]]:
    found = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        if text_of(device / "vendor") == _NVIDIA:
            found.append((device.name, text_of(device / "class")))
    return found


def _is_active(ask: Run, service: str) -> bool:
    return ask(["systemctl", "is-active", service]).strip() == "active"


def _version_of(text: str) -> str:
    found = _VERSION.search(text)
    return found[1] if found else ""


def text_of(path: Path) -> str:
    """What a small file says, without space around it; empty when it cannot be read."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


__all__ = ("Run", "describe", "run", "text_of")
