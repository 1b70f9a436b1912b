# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The bridge of a platform and the kernel settings that its traffic needs."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import typing as t

from .host import Host, MachineError
from .plan import Step
from .spec import Spec

IP_FORWARD = "/proc/sys/net/ipv4/ip_forward"
# Platforms that need forwarding of packets which was off before the first of them came; the last one turns it off again.
FORWARD_USERS = "/run/inference-platform/ip_forward"
NET = "/sys/class/net"


def exists(host: Host, spec: Spec) -> bool:
    """Say whether an interface with the bridge's name is there."""
    return host.path(f"{NET}/{spec.bridge}").exists()


def check_bridge(host: Host, spec: Spec) -> None:
    """Refuse a bridge of the same name that another one made.

    Raises:
        MachineError: the interface is not this platform's.

    """
    if not exists(host, spec):
        return
    is_bridge = host.path(f"{NET}/{spec.bridge}/bridge").is_dir()
    mac = host.read(f"{NET}/{spec.bridge}/address")
    if is_bridge and mac == spec.mac:
        return
    kind = "bridge" if is_bridge else "interface"
    raise MachineError(
        f"{kind} {spec.bridge} exists and does not belong to platform {spec.platform!r} in {spec.directory} (its address is "
        f"{mac}, not {spec.mac}). Nothing was changed. Choose another bridge name, or remove it with 'ip link delete {spec.bridge}'"
    )


def check_subnet(host: Host, spec: Spec) -> None:
    """Refuse a subnet that something else on this host uses.

    Raises:
        MachineError: an interface or a route overlaps; the message names it.

    """
    for device, network in _used(host):
        if device != spec.bridge and network.overlaps(spec.interface.network):
            raise MachineError(
                f"network {spec.interface.network} of platform {spec.platform!r} is in use: interface {device} has {network}. "
                "Nothing was changed. Choose another address for the machines' network"
            )


def _used(host: Host) -> t.Iterator[tuple[str, ipaddress.IPv4Network]]:
    for link in _json(host, ["ip", "-j", "-4", "address", "show"]):
        for address in link.get("addr_info", []):
            yield link["ifname"], ipaddress.IPv4Network(f"{address['local']}/{address['prefixlen']}", strict=False)
    for route in _json(host, ["ip", "-j", "-4", "route", "show"]):
        with contextlib.suppress(ValueError):  # "default" is no network
            yield route.get("dev", "of a route"), ipaddress.IPv4Network(route["dst"])


def _json(host: Host, argv: list[str]) -> list[dict[str, t.Any]]:
    return [entry for entry in json.loads(host.check(argv) or "[]") if entry]


def plan_bridge(host: Host, spec: Spec) -> list[Step]:
    """Plan the bridge, its address and its setting for forwards from the loopback address."""
    if not exists(host, spec):
        check_subnet(host, spec)
        return [Step(f"bridge {spec.bridge}", "absent", str(spec.interface), lambda: _create(host, spec))]
    steps = []
    found = sorted(_addresses(host, spec))
    if found != [str(spec.interface)] or not _up(host, spec):
        check_subnet(host, spec)
        before = f"{', '.join(found) or 'no address'}, {'up' if _up(host, spec) else 'down'}"
        steps.append(Step(f"bridge {spec.bridge}", before, str(spec.interface), lambda: _address(host, spec, found)))
    setting = _route_localnet(spec)
    if host.read(setting) != "1":
        steps.append(Step(setting, host.read(setting) or "absent", "1", lambda: host.write(setting, "1")))
    return steps


def _route_localnet(spec: Spec) -> str:
    return f"/proc/sys/net/ipv4/conf/{spec.bridge}/route_localnet"


def _addresses(host: Host, spec: Spec) -> set[str]:
    links = _json(host, ["ip", "-j", "-4", "address", "show", "dev", spec.bridge])
    return {f"{a['local']}/{a['prefixlen']}" for link in links for a in link.get("addr_info", [])}


def _up(host: Host, spec: Spec) -> bool:
    return bool(int(host.read(f"{NET}/{spec.bridge}/flags") or "0", 16) & 1)


def _create(host: Host, spec: Spec) -> None:
    # The hardware address comes with the creation, so an interrupted run leaves either nothing or a bridge that is known as ours.
    host.check(["ip", "link", "add", "name", spec.bridge, "address", spec.mac, "type", "bridge", "forward_delay", "0"])
    _address(host, spec, [])
    # Lets the answers to packets from 127.0.0.1 back in; a setting of this bridge alone, gone with it.
    host.write(_route_localnet(spec), "1")


def _address(host: Host, spec: Spec, found: t.Sequence[str]) -> None:
    for address in found:
        if address != str(spec.interface):
            host.check(["ip", "address", "delete", address, "dev", spec.bridge])
    if str(spec.interface) not in found:
        host.check(["ip", "address", "add", str(spec.interface), "broadcast", "+", "dev", spec.bridge])
    host.check(["ip", "link", "set", "dev", spec.bridge, "up"])


def plan_bridge_removal(host: Host, spec: Spec) -> list[Step]:
    """Plan that the bridge goes."""
    if not exists(host, spec):
        return []
    argv = ["ip", "link", "delete", "dev", spec.bridge]
    return [Step(f"bridge {spec.bridge}", "present", "absent", lambda: _discard(host.check(argv)))]


def _discard(_: object) -> None:
    return


def plan_forwarding(host: Host, spec: Spec) -> list[Step]:
    """Plan that the host forwards packets, and that it is noted who needs it when it was off before."""
    if host.read(IP_FORWARD) == "1":
        mine = host.path(f"{FORWARD_USERS}/{spec.identity}")
        if mine.parent.is_dir() and not mine.exists():
            return [Step("net.ipv4.ip_forward", "needed by others", "needed by this platform too", mine.touch)]
        return []
    return [Step("net.ipv4.ip_forward", "0", "1", lambda: _forward(host, spec))]


def _forward(host: Host, spec: Spec) -> None:
    note = host.path(f"{FORWARD_USERS}/{spec.identity}")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    host.write(IP_FORWARD, "1")


def plan_forwarding_removal(host: Host, spec: Spec) -> list[Step]:
    """Plan that the host forwards no longer, when a platform turned it on and this one is the last to need it."""
    note = host.path(f"{FORWARD_USERS}/{spec.identity}")
    if not note.exists():
        return []
    last = sum(1 for _ in note.parent.iterdir()) == 1
    after = "0" if last else "needed by others only"
    return [Step("net.ipv4.ip_forward", "1", after, lambda: _unforward(host, spec, last))]


def _unforward(host: Host, spec: Spec, last: bool) -> None:
    note = host.path(f"{FORWARD_USERS}/{spec.identity}")
    if last:
        host.write(IP_FORWARD, "0")
    note.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        note.parent.rmdir()
        note.parent.parent.rmdir()


def plan_cable(host: Host, spec: Spec, machine: str) -> list[Step]:
    """Plan that a running machine's cable hangs on the bridge: it falls off when somebody deletes the bridge."""
    interface = spec.interface_of(machine)
    if not host.path(f"{NET}/{interface}").exists():
        return []
    if host.path(f"{NET}/{interface}/master").resolve().name == spec.bridge:
        return []
    return [Step(f"interface {interface}", "no bridge", spec.bridge, lambda: _attach(host, spec, interface))]


def _attach(host: Host, spec: Spec, interface: str) -> None:
    host.check(["ip", "link", "set", "dev", interface, "master", spec.bridge, "up"])


__all__ = (
    "check_bridge",
    "check_subnet",
    "plan_bridge",
    "plan_bridge_removal",
    "plan_cable",
    "plan_forwarding",
    "plan_forwarding_removal",
)
