# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Firewall rules of a platform: address translation to the outside and port forwards, in chains of its own.

Everything is compared with and written as C(iptables-save) prints it, one table in one transaction.
"""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from .host import Host, MachineError
from .plan import Step
from .processes import listener
from .spec import Forward, Spec

WAIT = ("--wait", "10")
LOOPBACK = "127.0.0.0/8"


@dataclasses.dataclass(frozen=True)
class Table:
    """What a table should hold of ours: rules by chain, and the rules in the kernel's chains that lead to them."""

    name: str
    chains: dict[str, tuple[str, ...]]
    hooks: tuple[str, ...]


def _destination(forward: Forward) -> str:
    if forward.host_address == "0.0.0.0":  # noqa: S104 - compared, nothing is bound
        return f"-p tcp -m tcp --dport {forward.host_port} -m addrtype --dst-type LOCAL"
    return f"-d {forward.host_address}/32 -p tcp -m tcp --dport {forward.host_port}"


def _kept_inside(spec: Spec) -> tuple[str, ...]:
    """Refuse what machines send to a Service or a pod that their own rules do not know (yet).

    Left alone it would be translated and sent to whoever has that address outside; an API server then keeps talking to a stranger.
    """
    bridge = spec.bridge
    return tuple(
        f"-d {network} -i {bridge} ! -o {bridge} -j REJECT --reject-with icmp-net-unreachable"
        for network in spec.internal_networks
    )


def tables(spec: Spec) -> tuple[Table, ...]:
    """Return the rules of a platform in the words of C(iptables-save)."""
    network = str(spec.interface.network)
    outside, forwards, through, inward = (spec.chain(suffix) for suffix in ("NAT", "DST", "FWD", "INP"))
    bridge = spec.bridge
    nat = {
        outside: (
            # Not what stays on the bridge: a node that talks to a pod of another machine keeps its address.
            f"-s {network} ! -d {network} ! -o {bridge} -j MASQUERADE",
            # A forward's packet comes from 127.0.0.1: the machine could not answer it.
            f"-s {LOOPBACK} -o {bridge} -j MASQUERADE",
        ),
        forwards: tuple(f"{_destination(f)} -j DNAT --to-destination {f.address}:{f.port}" for f in spec.forwards),
    }
    hooks = [f"-A POSTROUTING -j {outside}", f"-A OUTPUT -j {forwards}"]
    if not all(forward.loopback for forward in spec.forwards):
        hooks.append(f"-A PREROUTING -j {forwards}")
    filters = {
        through: (*_kept_inside(spec), f"-i {bridge} -j ACCEPT", f"-o {bridge} -j ACCEPT"),
        # route_localnet would let a machine reach what the host offers to itself only.
        inward: (f"-d {LOOPBACK} -i {bridge} -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP",),
    }
    return (
        Table("nat", nat, tuple(hooks)),
        Table("filter", filters, (f"-A FORWARD -j {through}", f"-A INPUT -j {inward}")),
    )


def saved(host: Host, table: str) -> list[str]:
    """Return the lines of C(iptables-save) for a table; none where the program is not installed yet."""
    if not host.has("iptables-save"):
        return []
    return [line.strip() for line in host.check(["iptables-save", "-t", table]).splitlines()]


def _ours(lines: t.Sequence[str], chains: t.Collection[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return (rules by own chain that exists, rules elsewhere that lead to an own chain)."""
    found: dict[str, list[str]] = {line[1:].split()[0]: [] for line in lines if line[:1] == ":"}
    found = {chain: rules for chain, rules in found.items() if chain in chains}
    hooks = []
    for line in lines:
        words = line.split()
        if words[:1] != ["-A"]:
            continue
        if words[1] in found:
            found[words[1]].append(" ".join(words[2:]))
        elif words[-1] in chains:
            hooks.append(line)
    return found, hooks


def plan(host: Host, spec: Spec) -> list[Step]:
    """Plan the rules of all tables.

    Raises:
        MachineError: a forward's port is taken; the message names the port and who has it.

    """
    steps = []
    for table in tables(spec):
        lines = saved(host, table.name)
        found, hooks = _ours(lines, table.chains)
        if table.name == "nat":
            _check_ports(host, spec, lines, found.get(spec.chain("DST"), []))
        wanted = {chain: list(rules) for chain, rules in table.chains.items()}
        if found == wanted and sorted(hooks) == sorted(table.hooks):
            continue
        steps.append(_write_step(host, table, found, hooks))
    return steps


def _write_step(host: Host, table: Table, found: dict[str, list[str]], hooks: list[str]) -> Step:
    lines = [f"*{table.name}"]
    # A chain that is named is emptied or made; then the rules and the ways to it are written anew.
    lines += [f":{chain} - [0:0]" for chain in table.chains]
    lines += [f"-D {hook[3:]}" for hook in hooks]
    lines += [f"-A {chain} {rule}" for chain, rules in table.chains.items() for rule in rules]
    # In front: another program's final DROP or ACCEPT must not hide them.
    lines += [f"-I {hook[3:]}" for hook in table.hooks]
    text = "\n".join([*lines, "COMMIT", ""])
    after = [f"{chain}: {rule}" for chain, rules in table.chains.items() for rule in rules]
    before = [f"{chain}: {rule}" for chain, rules in found.items() for rule in rules]
    return Step(
        f"firewall table {table.name}", "; ".join(before) or "no rules", "; ".join(after), lambda: _restore(host, text)
    )


def _restore(host: Host, text: str) -> None:
    host.check(["iptables-restore", "--noflush", *WAIT], stdin=text)


def plan_removal(host: Host, spec: Spec) -> list[Step]:
    """Plan that every own chain goes, with every rule that leads to one."""
    steps = []
    for table in tables(spec):
        found, hooks = _ours(saved(host, table.name), table.chains)
        if not found:
            continue
        lines = [f"*{table.name}", *(f"-D {hook[3:]}" for hook in hooks)]
        lines += [f"-F {chain}" for chain in found] + [f"-X {chain}" for chain in found]
        text = "\n".join([*lines, "COMMIT", ""])
        steps.append(_removal_step(host, table.name, found, text))
    return steps


def _removal_step(host: Host, table: str, found: dict[str, list[str]], text: str) -> Step:
    return Step(f"firewall table {table}", f"chains {', '.join(found)}", "absent", lambda: _restore(host, text))


def _check_ports(host: Host, spec: Spec, nat: t.Sequence[str], present: t.Sequence[str]) -> None:
    """Refuse a port that somebody listens on or that another forward takes; one that is forwarded already is ours."""
    for forward in spec.forwards:
        if any(rule.startswith(f"{_destination(forward)} ") for rule in present):
            continue
        owner = _other_forward(spec, nat, forward) or listener(host, forward.host_address, forward.host_port)
        if owner:
            raise MachineError(
                f"port {forward.host_port} of {forward.host_address} is taken by {owner}, so it cannot lead to port {forward.port} "
                f"of machine {forward.machine!r}. Nothing was changed. Stop it, or choose another host_port"
            )


def _other_forward(spec: Spec, nat: t.Sequence[str], forward: Forward) -> str | None:
    for line in nat:
        words = shlex.split(line)
        if words[:1] != ["-A"] or "DNAT" not in words or "--dport" not in words or words[1] == spec.chain("DST"):
            continue
        address = words[words.index("-d") + 1].removesuffix("/32") if "-d" in words else forward.host_address
        port = words[words.index("--dport") + 1]
        if port == str(forward.host_port) and address == forward.host_address:
            return f"a forward in firewall chain {words[1]}"
    return None


__all__ = ("Table", "plan", "plan_removal", "saved", "tables")
