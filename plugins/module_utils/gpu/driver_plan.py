# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is to be done about a host's driver: nothing, keep it, or install one; and whether the host must restart."""

from __future__ import annotations

import dataclasses
import typing as t

from . import driver_table as table
from .driver_facts import HostFacts

Action = t.Literal["none", "keep", "install"]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a person decided.

    Attributes:
        kind: open or proprietary kernel modules; empty for what the table says.
        replace: whether a driver that works, but is of another branch or kind, is exchanged.
        packages: packages of the driver instead of the table's.

    """

    kind: str = ""
    replace: bool = False
    packages: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        action: none (no card), keep (what is there), install.
        message: the same for people.
        problem: why it cannot be done, and what to do; empty when it can.
        kind: of the kernel modules that will be there.
        pin: packages to install before the others.
        packages: of the driver.
        fabric: packages for NVSwitches that are missing or of another version than the driver.
        switched: whether the cards need the fabric manager at all.
        subnet_manager: whether they also need the subnet manager.
        restart: why the host must restart, empty when it need not.

    """

    action: Action
    message: str
    problem: str = ""
    kind: str = ""
    pin: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    fabric: tuple[str, ...] = ()
    switched: bool = False
    subnet_manager: bool = False
    restart: str = ""


def plan(facts: HostFacts, wanted: Wanted) -> Plan:
    """Decide."""
    if not facts.cards:
        return Plan("none", "There is no NVIDIA card on the PCI bus of this host; nothing to do.")
    devices = [device for _bus, device in facts.cards]
    subnet_manager = any(table.needs_subnet_manager(device) for device in devices)
    switched = subnet_manager or facts.nvswitches > 0
    try:
        found = _kept(facts) if _stays(facts, devices, wanted) else _installed(facts, devices, wanted)
    except table.DriverError as error:
        found = Plan("install", f"{_cards(facts)}: no driver can be installed.", problem=str(error))
    fabric = tuple(_fabric(facts, subnet_manager=subnet_manager)) if switched else ()
    return dataclasses.replace(
        found, fabric=fabric, switched=switched, subnet_manager=subnet_manager, restart=_restart(facts)
    )


def _stays(facts: HostFacts, devices: list[int], wanted: Wanted) -> bool:
    """Whether the driver that is there is left as it is. One that is installed and not yet loaded counts, but for ours, whose run may have broken off."""
    there = facts.loaded or facts.library
    if not there or not facts.library:
        return False
    if wanted.replace and wanted.packages:
        return False
    if wanted.replace:
        right = there.split(".")[0] == table.BRANCH and _loaded_kind(facts) in ("", table.kind(devices, wanted.kind))
        return bool(facts.loaded) and right
    return bool(facts.loaded) or there.split(".")[0] != table.BRANCH


def _loaded_kind(facts: HostFacts) -> str:
    if not facts.loaded:
        return ""
    return table.OPEN if facts.loaded_open else table.PROPRIETARY


def _kept(facts: HostFacts) -> Plan:
    version = facts.loaded or facts.library
    message = f"{_cards(facts)}: driver {version} is there and is kept."
    problem = "" if facts.loaded else _secure_boot(facts)
    return Plan("keep", message, problem=problem, kind=_loaded_kind(facts))


def _installed(facts: HostFacts, devices: list[int], wanted: Wanted) -> Plan:
    problem = _secure_boot(facts)
    if wanted.packages:
        message = f"{_cards(facts)}: {', '.join(wanted.packages)} is installed."
        return Plan("install", message, problem=problem, kind=wanted.kind, packages=wanted.packages)
    kind = table.kind(devices, wanted.kind)
    packages = tuple(table.packages(facts.distribution, kind))
    message = f"{_cards(facts)}: branch {table.BRANCH} with {kind} kernel modules is installed ({', '.join(packages)})."
    return Plan("install", message, problem=problem, kind=kind, pin=(table.pin_package(),), packages=packages)


def _secure_boot(facts: HostFacts) -> str:
    if not facts.secure_boot:
        return ""
    return (
        "Secure Boot is on, and the kernel refuses the driver's modules, which are built on the host and signed by nobody it trusts. "
        "Switch Secure Boot off in the firmware, or install a driver whose modules are signed with a key that the firmware knows; it is then kept."
    )


def _fabric(facts: HostFacts, *, subnet_manager: bool) -> list[str]:
    """The version is that of the driver that will run after a restart; before it is installed nobody knows it."""
    version = facts.library or facts.loaded
    if not version or facts.fabric_version == version:
        return []
    return table.fabric_packages(version, subnet_manager=subnet_manager)


def _restart(facts: HostFacts) -> str:
    if facts.nouveau:
        return "the kernel's own module nouveau holds the cards"
    if facts.loaded and facts.library and facts.loaded != facts.library:
        return f"module {facts.loaded} is loaded, and {facts.library} is installed"
    return ""


def _cards(facts: HostFacts) -> str:
    names: dict[str, int] = {}
    for _bus, device in facts.cards:
        name = f"10de:{device:04x} ({table.architecture(device)})"
        names[name] = names.get(name, 0) + 1
    return ", ".join(f"{count} x {name}" for name, count in names.items())


def as_data(found: Plan) -> dict[str, t.Any]:
    """Plain data for a module's answer."""
    data = dataclasses.asdict(found)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}


__all__ = ("Plan", "Wanted", "as_data", "plan")
