# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The states of a platform's machines: what must change to reach one, found by reading, refused before anything is written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import typing as t

from . import firewall, keys, network, nspawn, tree
from .boot import Status
from .host import Host, MachineError
from .plan import Step
from .processes import Supervisor
from .spec import Machine, Spec

PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "iptables": "iptables",
    "ssh": "openssh-client",
    "tar": "tar",
}


def missing_packages(host: Host) -> list[str]:
    """Return the Debian packages that this host lacks for machines."""
    return sorted({package for program, package in PROGRAMS.items() if not host.has(program)})


@contextlib.contextmanager
def locked(host: Host, spec: Spec, *, create: bool) -> t.Iterator[None]:
    """Let one run at a time work on a platform's machines; the lock ends with the process, however it ends.

    A play that is killed leaves its module running for a while: the next one waits for it.

    Args:
        create: make the folder above the machines', which is locked; without it an absent folder needs no lock.

    Raises:
        MachineError: another run still has it when the time for machines to come up is over.

    """
    parent = spec.directory.parent
    if not parent.is_dir():
        if not create:
            yield
            return
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(host, spec, descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(host: Host, spec: Spec, descriptor: int) -> None:
    end = host.now() + spec.timeout
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if host.now() >= end:
                raise MachineError(
                    f"another run has worked on the machines in {spec.directory} for {spec.timeout:.0f} s; wait for it or stop it"
                ) from error
        host.sleep(0.1)


def refuse_foreign(host: Host, spec: Spec) -> None:
    """Refuse everything of our names that is not ours, before anything is changed.

    Raises:
        MachineError: a folder, a bridge or a running machine belongs to somebody else.

    """
    tree.check_owner(spec)
    network.check_bridge(host, spec)
    nspawn.find(host, spec, [*_all(host, spec), *(machine.name for machine in spec.machines)])


def plan_started(host: Host, spec: Spec, check_mode: bool) -> list[Step]:
    """Plan that every machine of the specification runs, is reachable and is as described."""
    steps = tree.plan_owner(spec) + keys.plan_user_key(host, spec.ssh_directory, f"inference-platform {spec.platform}")
    if host.has("ip"):
        steps += network.plan_bridge(host, spec)
    else:
        steps.append(Step(f"bridge {spec.bridge}", "absent", str(spec.interface), _need_packages(host)))
    steps += network.plan_forwarding(host, spec) + firewall.plan(host, spec)
    for folder in tree.leftovers(spec):
        steps += tree.plan_removal(host, spec, folder)
    running = nspawn.find(host, spec, [machine.name for machine in spec.machines])
    for machine in spec.machines:
        steps += _plan_machine(host, spec, machine, running.get(machine.name), check_mode)
    wanted = _addresses(spec) | {machine.name: machine.address for machine in spec.machines}
    return steps + _plan_pins(spec, wanted)


def _need_packages(host: Host) -> t.Callable[[], None]:
    def fail() -> None:
        raise MachineError(f"this host lacks the packages {', '.join(missing_packages(host))}: apt-get install them")

    return fail


def _plan_machine(host: Host, spec: Spec, machine: Machine, running: Supervisor | None, check_mode: bool) -> list[Step]:
    name = machine.name
    steps = tree.plan_create(host, spec, machine, check_mode)
    if steps and running is not None:
        # Somebody deleted the files below it: what runs is no machine any more.
        steps, running = _plan_stop(host, spec, [name]) + steps, None
    steps += tree.plan_authorized(spec, name)
    reboot = tree.plan_network(spec, machine)
    steps += reboot
    if running is None:
        return [*steps, Step(f"machine {name}", "stopped", "started", lambda: nspawn.start(host, spec, name))]
    if reboot or list(running.arguments) != nspawn.arguments(host, spec, name):
        return [
            *steps,
            Step(
                f"machine {name}",
                "started with other settings",
                "restarted",
                lambda: _restart(host, spec, running, name),
            ),
        ]
    return steps + network.plan_cable(host, spec, name)


def _restart(host: Host, spec: Spec, running: Supervisor, name: str) -> None:
    nspawn.stop(host, spec, {name: running})
    nspawn.start(host, spec, name)


def _plan_pins(spec: Spec, addresses: t.Mapping[str, str]) -> list[Step]:
    """Plan known_hosts: the pinned keys of the named machines, those that are still to be made included."""
    markers = {name: tree.marker(spec, name) for name in addresses}
    known = {name: (addresses[name], found.host_key) for name, found in markers.items() if found is not None}
    if len(known) == len(addresses):
        return keys.plan_known_hosts(spec.ssh_directory, known)
    return [
        Step(
            "known_hosts",
            f"{len(known)} of {len(addresses)} keys",
            f"keys of {', '.join(sorted(addresses))}",
            lambda: _pin(spec, addresses),
        )
    ]


def _pin(spec: Spec, addresses: t.Mapping[str, str]) -> None:
    for step in _plan_pins(
        spec, {name: address for name, address in addresses.items() if tree.marker(spec, name) is not None}
    ):
        step.apply()


def _addresses(spec: Spec, without: t.Collection[str] = ()) -> dict[str, str]:
    """Return the addresses of all machines of the platform: those that exist, with what the specification says of them."""
    found = {name: tree.marker(spec, name) for name in tree.existing(spec) if name not in without}
    return {name: known.address for name, known in found.items() if known is not None}


def _all(host: Host, spec: Spec) -> list[str]:
    """Return the names of all machines that there are: those with files, and those that run without any."""
    return sorted({*tree.existing(spec), *nspawn.strays(host, spec)})


def _selected(host: Host, spec: Spec) -> list[str]:
    """Return the machines that a stop or a removal means: the named ones, or all when none is named."""
    named = {machine.name for machine in spec.machines}
    return [name for name in _all(host, spec) if not named or name in named]


def plan_stopped(host: Host, spec: Spec) -> list[Step]:
    """Plan that machines are off; with the last of them go bridge, rules and settings."""
    names = _selected(host, spec)
    steps = _plan_stop(host, spec, names)
    others = nspawn.find(host, spec, set(_all(host, spec)) - set(names))
    return steps if others else steps + _plan_network_removal(host, spec)


def _plan_stop(host: Host, spec: Spec, names: t.Sequence[str], *, orderly: bool = True) -> list[Step]:
    running = nspawn.find(host, spec, names)
    steps = []
    if running:
        label = f"machines {', '.join(running)}"
        steps.append(Step(label, "started", "stopped", lambda: nspawn.stop(host, spec, running, orderly=orderly)))
    for name in names:
        if name not in running and nspawn.traces(host, spec, name):
            steps.append(_clear_step(host, spec, name))
    return steps


def _clear_step(host: Host, spec: Spec, name: str) -> Step:
    return Step(f"remains of machine {name}", "present", "absent", lambda: nspawn.clear(host, spec, name))


def _plan_network_removal(host: Host, spec: Spec) -> list[Step]:
    return [
        *firewall.plan_removal(host, spec),
        *network.plan_forwarding_removal(host, spec),
        *network.plan_bridge_removal(host, spec),
    ]


def plan_absent(host: Host, spec: Spec, keep_ssh: bool) -> list[Step]:
    """Plan that machines are gone; with the last of them goes everything of the platform on this host."""
    names = _selected(host, spec)
    # Nothing of them is kept, so there is nothing that an orderly end could save.
    steps = _plan_stop(host, spec, names, orderly=False)
    for name in sorted(set(names) & set(tree.existing(spec))):
        steps += tree.plan_removal(host, spec, spec.folder(name))
    for folder in tree.leftovers(spec):
        steps += tree.plan_removal(host, spec, folder)
    if set(_all(host, spec)) - set(names):
        return steps + _plan_pins(spec, _addresses(spec, names))
    steps += _plan_network_removal(host, spec) + tree.plan_directory_removal(spec, names)
    return steps if keep_ssh else steps + keys.plan_removal(spec.ssh_directory)


def describe(host: Host, spec: Spec, statuses: t.Mapping[str, Status]) -> list[dict[str, t.Any]]:
    """Return what there is of a platform's machines, by name."""
    names = tree.existing(spec)
    running = nspawn.find(host, spec, names)
    return [_describe(spec, name, running.get(name), statuses.get(name)) for name in names]


def _describe(spec: Spec, name: str, running: Supervisor | None, status: Status | None) -> dict[str, t.Any]:
    found = tree.marker(spec, name)
    return {
        "name": name,
        "address": found.address if found else "",
        "host_key": found.host_key if found else "",
        "image": found.image if found else "",
        "root": str(spec.tree(name)),
        "console": str(spec.folder(name) / "console.log"),
        "state": "started" if running else "stopped",
        "pid": running.pid if running else 0,
        "systemd": status.systemd if status else "",
        "failed_units": status.failed_units if status else [],
    }


__all__ = (
    "describe",
    "locked",
    "missing_packages",
    "plan_absent",
    "plan_started",
    "plan_stopped",
    "refuse_foreign",
)
