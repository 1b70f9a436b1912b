# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the user asked for, checked, and the names that follow from it."""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import pathlib
import re
import typing as t

from .host import MachineError

INTERFACE_LENGTH = 15  # IFNAMSIZ less its zero
CHAIN_LENGTH = 28  # of iptables
KEY_NAME_LENGTH = CHAIN_LENGTH - len("IPL-") - len("-0123") - len("-NAT")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_INTERFACE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}")


@dataclasses.dataclass(frozen=True)
class Machine:
    """A machine: its host name and its address without prefix length."""

    name: str
    address: str


@dataclasses.dataclass(frozen=True)
class Bind:
    """A folder or file of the host that every machine sees at O(target)."""

    source: str
    target: str
    read_only: bool

    def argument(self) -> str:
        """Return the flag of systemd-nspawn."""
        source, target = (path.replace(":", "\\:") for path in (self.source, self.target))
        return f"--bind{'-ro' if self.read_only else ''}={source}:{target}"


@dataclasses.dataclass(frozen=True)
class Forward:
    """A TCP port of the host that leads to a port of a machine."""

    host_address: str
    host_port: int
    machine: str
    port: int
    address: str

    @property
    def loopback(self) -> bool:
        """Say whether only the host itself reaches it."""
        return ipaddress.IPv4Address(self.host_address).is_loopback

    def __str__(self) -> str:
        return f"{self.host_address}:{self.host_port} -> {self.machine} port {self.port}"


@dataclasses.dataclass(frozen=True)
class Spec:
    """Machines of one platform on this host.

    Attributes:
        platform: name of the platform that owns everything here.
        directory: holds one folder per machine and the file C(owner.json).
        ssh_directory: holds the user's key and the pinned host keys.
        image: tar of the root file system; only needed to make a machine.
        images: folder with containerd's unpacked images that a new machine gets; it need not be there.
        interface: address of the host on the bridge, with prefix length.
        internal_networks: networks that exist inside the machines only; no packet to them leaves through this host.
        stop_timeout: seconds a machine has to power off before it is killed.

    """

    platform: str
    directory: pathlib.Path
    ssh_directory: pathlib.Path
    machines: tuple[Machine, ...]
    image: pathlib.Path | None
    images: pathlib.Path | None
    bridge: str
    interface: ipaddress.IPv4Interface
    binds: tuple[Bind, ...]
    forwards: tuple[Forward, ...]
    internal_networks: tuple[ipaddress.IPv4Network, ...]
    timeout: float
    stop_timeout: float

    @property
    def identity(self) -> str:
        """Return a digest that is this platform's alone: two platforms of one name in two folders differ."""
        return hashlib.sha256(f"inference.platform\0{self.platform}\0{self.directory}".encode()).hexdigest()

    @property
    def mac(self) -> str:
        """Return the bridge's address: it is set as the bridge is made, so it is its mark of ownership."""
        return "02:" + ":".join(self.identity[i : i + 2] for i in range(0, 10, 2))

    @property
    def key(self) -> str:
        """Return a short name that people recognise and that is this platform's alone."""
        return f"{self.platform[:KEY_NAME_LENGTH]}-{self.identity[:4]}"

    def chain(self, suffix: str) -> str:
        """Return the name of an own firewall chain; SUFFIX has three letters."""
        return f"IPL-{self.key}-{suffix}"

    def label(self, name: str) -> str:
        """Return systemd-nspawn's name of a machine: short enough that its interface vb-LABEL is not cut."""
        return "ipl-" + hashlib.sha256(f"{self.identity}\0{name}".encode()).hexdigest()[:8]

    def interface_of(self, name: str) -> str:
        """Return the host side of a machine's network cable."""
        return f"vb-{self.label(name)}"

    def folder(self, name: str) -> pathlib.Path:
        """Return the folder of a machine: its root, its marker and its console log."""
        return self.directory / name

    def tree(self, name: str) -> pathlib.Path:
        """Return the root file system of a machine."""
        return self.folder(name) / "root"


def default_bridge(platform: str) -> str:
    """Return the bridge of a platform: C(ipl-<name>), shortened with a digest where the kernel allows no more."""
    name = f"ipl-{platform}"
    if len(name) <= INTERFACE_LENGTH:
        return name
    return f"{name[: INTERFACE_LENGTH - 5]}-{hashlib.sha256(platform.encode()).hexdigest()[:4]}"


def build(params: t.Mapping[str, t.Any]) -> Spec:
    """Make the specification from the module's parameters.

    Raises:
        MachineError: a value cannot be; the message names the option, the value and what is allowed.

    """
    platform = str(params["platform"])
    if not _LABEL.fullmatch(platform):
        raise MachineError(f"platform {platform!r} is no name of lower-case letters, digits and hyphens")
    interface = _interface(params["address"])
    machines = _machines(params["machines"] or [], interface)
    bridge = params["bridge"] or default_bridge(platform)
    if not _INTERFACE.fullmatch(bridge):
        raise MachineError(
            f"bridge {bridge!r} is no interface name of at most {INTERFACE_LENGTH} letters, digits and hyphens"
        )
    return Spec(
        platform=platform,
        directory=_folder("directory", params["directory"]),
        ssh_directory=_folder("ssh_directory", params["ssh_directory"]),
        machines=machines,
        image=pathlib.Path(params["image"]) if params["image"] else None,
        images=pathlib.Path(params["images"]) if params.get("images") else None,
        bridge=bridge,
        interface=interface,
        binds=tuple(_bind(bind) for bind in params["binds"] or []),
        forwards=_forwards(params["forwards"] or [], machines) if params["state"] == "started" else (),
        internal_networks=tuple(_network(value) for value in params.get("internal_networks") or []),
        timeout=float(params["timeout"]),
        stop_timeout=float(params["stop_timeout"]),
    )


def _folder(option: str, value: str) -> pathlib.Path:
    path = pathlib.Path(value)
    if not path.is_absolute() or len(path.parts) < 3:
        raise MachineError(f"{option} {value!r} must be an absolute path at least two folders deep")
    return path


def _interface(value: str) -> ipaddress.IPv4Interface:
    try:
        interface = ipaddress.IPv4Interface(value)
    except ValueError as error:
        raise MachineError(f"address {value!r} is no IPv4 address with a prefix length: {error}") from error
    if interface.network.prefixlen > 30 or interface.ip in _reserved(interface):
        raise MachineError(f"address {value!r} is no host address of a network with room for machines")
    return interface


def _network(value: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(value)
    except ValueError as error:
        raise MachineError(f"internal network {value!r} is no IPv4 network with a prefix length: {error}") from error


def _reserved(interface: ipaddress.IPv4Interface) -> tuple[ipaddress.IPv4Address, ...]:
    return interface.network.network_address, interface.network.broadcast_address


def _machines(given: t.Sequence[t.Mapping[str, t.Any]], interface: ipaddress.IPv4Interface) -> tuple[Machine, ...]:
    machines: dict[str, Machine] = {}
    taken = {str(interface.ip): "the host"}
    for entry in given:
        machine = Machine(str(entry["name"]), str(entry["address"]))
        _check_machine(machine, interface)
        if machine.name in machines:
            raise MachineError(f"two machines are named {machine.name!r}")
        if machine.address in taken:
            raise MachineError(
                f"machine {machine.name!r} has the address {machine.address} of {taken[machine.address]}"
            )
        machines[machine.name] = machine
        taken[machine.address] = f"machine {machine.name!r}"
    return tuple(machines.values())


def _check_machine(machine: Machine, interface: ipaddress.IPv4Interface) -> None:
    if not _LABEL.fullmatch(machine.name):
        raise MachineError(f"machine name {machine.name!r} is no host name of lower-case letters, digits and hyphens")
    try:
        address = ipaddress.IPv4Address(machine.address)
    except ValueError as error:
        raise MachineError(f"address of machine {machine.name!r}: {error}") from error
    if address not in interface.network or address in _reserved(interface):
        raise MachineError(f"machine {machine.name!r}: {address} is no host address of the network {interface.network}")


def _bind(entry: t.Mapping[str, t.Any]) -> Bind:
    bind = Bind(str(entry["source"]), str(entry["target"]), bool(entry["read_only"]))
    for option, value in (("source", bind.source), ("target", bind.target)):
        if not pathlib.PurePath(value).is_absolute():
            raise MachineError(f"{option} {value!r} of binds must be an absolute path")
    return bind


def _forwards(given: t.Sequence[t.Mapping[str, t.Any]], machines: tuple[Machine, ...]) -> tuple[Forward, ...]:
    addresses = {machine.name: machine.address for machine in machines}
    forwards: dict[tuple[str, int], Forward] = {}
    for entry in given:
        forward = _forward(entry, addresses)
        key = (forward.host_address, forward.host_port)
        if key in forwards:
            raise MachineError(f"two forwards take {forward.host_address}:{forward.host_port}")
        forwards[key] = forward
    return tuple(forwards.values())


def _forward(entry: t.Mapping[str, t.Any], addresses: t.Mapping[str, str]) -> Forward:
    name = str(entry["machine"])
    if name not in addresses:
        raise MachineError(f"a forward leads to machine {name!r}, which is not in machines: {sorted(addresses)}")
    try:
        address = ipaddress.IPv4Address(entry["host_address"])
    except ValueError as error:
        raise MachineError(f"host_address of the forward to {name!r}: {error}") from error
    for option in ("host_port", "port"):
        if not 1 <= int(entry[option]) <= 65535:
            raise MachineError(f"{option} {entry[option]} of the forward to {name!r} is no port")
    return Forward(str(address), int(entry["host_port"]), name, int(entry["port"]), addresses[name])


__all__ = ("Bind", "Forward", "Machine", "Spec", "build", "default_bridge")
