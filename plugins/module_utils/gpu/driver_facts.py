# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a host shows of its cards and of their driver: loaded, installed, in the way, and described for containers."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

from . import machine

_SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_LIBRARY = re.compile(r"libnvidia-ml\.so\.1 \(libc6,x86-64[^)]*\) => (\S+)")
_LIBRARY_VERSION = re.compile(r"\.so\.(\d{3}\.\d+(?:\.\d+)?)$")
_UNIT_FOLDERS = ("etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system")
NOUVEAU_SETTINGS = "etc/modprobe.d/inference-platform-nouveau.conf"
# Written by the service that describes the cards: the driver that it described.
DESCRIBED = "run/inference-platform-cdi"
CDI = "run/cdi/nvidia.yaml"


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """One host.

    Attributes:
        cards: PCI address and device id of each card.
        nvswitches: how many NVSwitches are on the PCI bus.
        loaded: version of the kernel module that is loaded, empty without one.
        loaded_open: whether that is the open one.
        library: version of the driver's libraries, empty without any.
        nouveau: whether the kernel's own module nouveau is loaded.
        secure_boot: whether the firmware lets the kernel load signed modules only.
        kernel: release of the running kernel.
        distribution: such as debian12 or ubuntu2404.
        initramfs_stale: whether the initial file system of the running kernel is older than the settings that turn nouveau off.
        fabric_version: version of the fabric manager, empty without one.
        units: which of the driver's services are installed.
        described: whether the description for containers is of the driver that is loaded.

    """

    cards: list[tuple[str, int]]
    nvswitches: int
    loaded: str
    loaded_open: bool
    library: str
    nouveau: bool
    secure_boot: bool
    kernel: str
    distribution: str
    initramfs_stale: bool
    fabric_version: str
    units: list[str]
    described: bool


def read(root: Path, ask: machine.Run = machine.run) -> HostFacts:
    """Read it all below C(root)."""
    host = machine.describe(root, ask)
    kernel = machine.text_of(root / "proc/sys/kernel/osrelease")
    return HostFacts(
        cards=[(bus, _device(root, bus)) for bus in host["cards_on_bus"]],
        nvswitches=host["nvswitches"],
        loaded=host["driver_version"],
        loaded_open=host["driver_open"],
        library=_library(root, ask),
        nouveau=host["nouveau"],
        secure_boot=_secure_boot(root),
        kernel=kernel,
        distribution=_distribution(root),
        initramfs_stale=_older(root / f"boot/initrd.img-{kernel}", root / NOUVEAU_SETTINGS),
        fabric_version=host["fabric_manager_version"],
        units=[name for name in ("nvidia-persistenced", "nvidia-fabricmanager") if _has_unit(root, name)],
        described=_described(root),
    )


def _device(root: Path, bus: str) -> int:
    return int(machine.text_of(root / "sys/bus/pci/devices" / bus / "device") or "0", 16)


def _library(root: Path, ask: machine.Run) -> str:
    """The version is in the name of the file that the library's link leads to."""
    found = _LIBRARY.search(ask(["/sbin/ldconfig", "-p"]))
    if not found:
        return ""
    version = _LIBRARY_VERSION.search(str((root / found[1].lstrip("/")).resolve()))
    return version[1] if version else ""


def _secure_boot(root: Path) -> bool:
    """A variable of the firmware is four bytes of attributes and its value."""
    try:
        return (root / _SECURE_BOOT).read_bytes()[4:5] == b"\1"
    except OSError:
        return False


def _distribution(root: Path) -> str:
    lines = machine.text_of(root / "etc/os-release").splitlines()
    values = {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}
    return f"{values.get('ID', '')}{values.get('VERSION_ID', '').replace('.', '')}"


def _older(path: Path, other: Path) -> bool:
    try:
        return path.stat().st_mtime < other.stat().st_mtime
    except OSError:
        return False


def _has_unit(root: Path, name: str) -> bool:
    return any((root / folder / f"{name}.service").exists() for folder in _UNIT_FOLDERS)


def _described(root: Path) -> bool:
    loaded = machine.text_of(root / "proc/driver/nvidia/version")
    return bool(loaded) and (root / CDI).exists() and machine.text_of(root / DESCRIBED) == loaded


def as_data(facts: HostFacts) -> dict[str, t.Any]:
    """Plain data for a module's answer."""
    cards = [{"pci_bus_id": bus, "device": f"{device:04x}"} for bus, device in facts.cards]
    return {**dataclasses.asdict(facts), "cards": cards}


__all__ = ("CDI", "DESCRIBED", "NOUVEAU_SETTINGS", "HostFacts", "as_data", "read")
