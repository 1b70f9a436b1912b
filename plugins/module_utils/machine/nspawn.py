# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""systemd-nspawn: the argv of a machine, its start and its stop."""

from __future__ import annotations

import pathlib
import signal
import typing as t

from . import cgroups, processes, settings
from .host import Host, MachineError
from .processes import Supervisor
from .spec import Spec

# What a container runtime inside needs: all capabilities, and the system calls that nspawn filters.
INSIDE = ("--capability=all", "--system-call-filter=@privileged @mount @keyring bpf perf_event_open")
OPTIONAL = ("--bind=/dev/kmsg", "--bind-ro=/lib/modules")


def systemd_host(host: Host) -> bool:
    """Say whether systemd is PID 1 of this host."""
    return host.path("/run/systemd/system").is_dir() and host.has("systemd-run")


def arguments(host: Host, spec: Spec, name: str) -> list[str]:
    """Return the arguments of systemd-nspawn for a machine; they are compared with those of a running one."""
    present = [flag for flag in OPTIONAL if host.path(flag.partition("=")[2]).exists()]
    return [
        f"--directory={spec.tree(name)}",
        f"--machine={spec.label(name)}",
        f"--hostname={name}",
        "--boot",
        "--keep-unit",
        "--register=no",
        "--console=read-only",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        f"--network-bridge={spec.bridge}",
        *INSIDE,
        *present,
        *(bind.argument() for bind in spec.binds),
    ]


def unit(spec: Spec, name: str) -> str:
    """Return the name of a machine's unit on a host with systemd."""
    return f"inference-platform-{spec.key}-{name}.service"


def systemd_argv(spec: Spec, name: str, nspawn: t.Sequence[str]) -> list[str]:
    """Return the argv that starts a machine in a unit of its own, whose control group belongs to the machine."""
    log = f"append:{spec.folder(name) / 'console.log'}"
    properties = [
        "Delegate=yes",
        "KillMode=mixed",
        "TasksMax=infinity",
        "LimitNOFILE=1048576",
        f"StandardOutput={log}",
        f"StandardError={log}",
    ]
    flags = [f"--property={value}" for value in properties]
    describe = f"--description=Machine {name} of inference platform {spec.platform}"
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        "--service-type=exec",
        f"--unit={unit(spec, name)}",
        describe,
        *flags,
        "--",
        *nspawn,
    ]


def find(host: Host, spec: Spec, names: t.Collection[str]) -> dict[str, Supervisor]:
    """Return the running supervisors of machines by name.

    Raises:
        MachineError: one of our names runs on another tree.

    """
    running = processes.supervisors(host)
    found = {}
    for name in names:
        for one in running:
            if one.option("directory") == str(spec.tree(name)):
                found[name] = one
            elif one.option("machine") == spec.label(name):
                raise MachineError(
                    f"a foreign machine {spec.label(name)!r} runs on {one.option('directory')} as process {one.pid}, not on {spec.tree(name)} "
                    f"of platform {spec.platform!r}. Nothing was changed. Stop it, or choose another name"
                )
    return found


def strays(host: Host, spec: Spec) -> list[str]:
    """Return the names of machines that run in the platform's directory, also where somebody deleted the files below them."""
    found = (pathlib.PurePath(one.option("directory") or "/") for one in processes.supervisors(host))
    return [path.parent.name for path in found if path.parent.parent == spec.directory and path.name == "root"]


def traces(host: Host, spec: Spec, name: str) -> bool:
    """Say whether a machine whose supervisor is gone left processes or control groups."""
    return cgroups.exists(host, spec.key, name)


def start(host: Host, spec: Spec, name: str) -> None:
    """Start a machine that lives on when this process ends; what it prints goes to its console log.

    Raises:
        MachineError: a folder to bind is absent, or there are no control groups.

    """
    for bind in spec.binds:
        if not host.path(bind.source).exists():
            raise MachineError(
                f"machine {name!r} shall see {bind.source} as {bind.target}, but it does not exist on this host"
            )
    settings.write(spec.tree(name), "etc/resolv.conf", settings.resolver(host))
    log = spec.folder(name) / "console.log"
    log.unlink(missing_ok=True)
    argv = ["systemd-nspawn", *arguments(host, spec, name)]
    if systemd_host(host):
        # A unit whose supervisor was killed may still be ending.
        host.run(["systemctl", "stop", unit(spec, name)], timeout=spec.timeout)
        _remove_cable(host, spec, name)
        host.check(systemd_argv(spec, name, argv))
        return
    clear(host, spec, name)
    groups = cgroups.create(host, spec.key, name)
    host.spawn(cgroups.join_argv(groups, argv), log)


def clear(host: Host, spec: Spec, name: str) -> None:
    """End what a machine's dead supervisor left and remove its control groups.

    Raises:
        MachineError: the kernel cannot end a process.

    """
    left = processes.kill_hard(host, cgroups.processes(host, spec.key, name))
    if left:
        raise MachineError(f"processes {left} of machine {name!r} do not end after SIGKILL")
    cgroups.remove(host, spec.key, name)
    _remove_cable(host, spec, name)
    # systemd-nspawn leaves these when it is killed.
    for folder in ("propagate", "unix-export"):
        path = host.path(f"/run/systemd/nspawn/{folder}/{spec.label(name)}")
        if path.is_dir():
            path.rmdir()


def _remove_cable(host: Host, spec: Spec, name: str) -> None:
    """Remove the host's side of a dead machine's network: the kernel takes its time with a network namespace that had connections.

    Raises:
        MachineError: it cannot be removed.

    """
    interface = spec.interface_of(name)
    folder = host.path(f"/sys/class/net/{interface}")
    if not folder.exists():
        return
    result = host.run(["ip", "link", "delete", interface])
    if result.rc != 0 and folder.exists():
        raise MachineError(f"cannot remove the interface {interface} of machine {name!r}: {result.err.strip()}")


def stop(host: Host, spec: Spec, running: t.Mapping[str, Supervisor], *, orderly: bool = True) -> None:
    """Power machines off, all at once; those that are not off in time, or shall not end in an orderly way, are killed.

    Raises:
        MachineError: a process does not end.

    """
    pids = {one.pid: name for name, one in running.items()}
    late = list(pids)
    if orderly:
        for pid in pids:
            host.kill(pid, signal.SIGTERM)  # systemd-nspawn hands it on as the signal for an orderly power-off
        late = processes.wait_gone(host, late, spec.stop_timeout)
    stuck = processes.kill_hard(host, late)
    if stuck:
        raise MachineError(
            f"systemd-nspawn of machines {sorted(pids[pid] for pid in stuck)} does not end after SIGKILL"
        )
    for name in running:
        clear(host, spec, name)


__all__ = ("arguments", "clear", "find", "start", "stop", "strays", "systemd_argv", "systemd_host", "traces", "unit")
