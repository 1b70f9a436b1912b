# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Read from a host's /proc, /sys and /run what decides how a container runtime and a kubelet must be set up on it."""

from __future__ import annotations

import hashlib
import platform
import shutil
import socket
import subprocess
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.inference.platform.plugins.module_utils.kubeadm.state import read_record, traces

# linux/capability.h
CAP_SYS_RESOURCE = 24
CNI_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni")
CNI_PROGRAM = "bridge"


@dataclass(frozen=True)
class Questions:
    """What to look at: sysctl names, commands, files to hash, and services with the files they read at their start."""

    kernel_settings: t.Sequence[str] = ()
    commands: t.Sequence[str] = ()
    files: t.Sequence[str] = ()
    services: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)


def cgroup_version(root: Path) -> int:
    """Return 2 for the unified hierarchy, 1 for everything else (hybrid included)."""
    return 2 if (root / "sys/fs/cgroup/cgroup.controllers").exists() else 1


def has_capability(root: Path, number: int) -> bool:
    """Whether the bounding set of process 1 holds a capability: what it lacks no process of this host can ever get."""
    for line in _read(root / "proc/1/status").splitlines():
        name, _, value = line.partition(":")
        if name == "CapBnd":
            return bool(int(value.strip(), 16) >> number & 1)
    return False


def container(root: Path) -> str:
    """Return the container manager this host runs under (``systemd-nspawn``, ...), empty on a machine of its own."""
    return _read(root / "run/systemd/container").strip()


def swap_devices(root: Path) -> list[str]:
    """Return the active swap devices and files."""
    return [line.split()[0] for line in _read(root / "proc/swaps").splitlines()[1:] if line.strip()]


def kernel_settings(root: Path, names: t.Iterable[str]) -> dict[str, str]:
    """Return the present values of the given sysctl names; a name the kernel does not have is left out."""
    found = {}
    for name in names:
        path = root / "proc/sys" / name.replace(".", "/")
        if path.exists():
            found[name] = " ".join(_read(path).split())
    return found


def memory_bytes(root: Path) -> int:
    """Return the memory of the host in bytes."""
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def cni_folder(root: Path) -> str:
    """Return the folder that holds the reference CNI plugins, empty when there is none."""
    return next((folder for folder in CNI_FOLDERS if (root / folder.lstrip("/") / CNI_PROGRAM).exists()), "")


def missing_commands(names: t.Iterable[str]) -> list[str]:
    """Return the commands that are not found; the folders of system administration are searched too."""
    search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return [name for name in names if shutil.which(name, path=search) is None]


def checksums(paths: t.Iterable[str]) -> dict[str, str]:
    """Return path -> SHA-256 (hexadecimal) of the files that exist."""
    found = {}
    for path in paths:
        try:
            with Path(path).open("rb") as stream:
                found[path] = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            continue
    return found


def default_address() -> str:
    """Return the IPv4 address from which this host reaches others, empty without a default route. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket only asks the routing table.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def kubernetes(root: Path) -> dict[str, t.Any]:
    """Return whose cluster this host belongs to: what a cluster left on it, and the platform that it is known to."""
    record = read_record(root)
    return {"cluster": record.cluster if record else "", "traces": traces(root)}


def stale_services(root: Path, services: t.Mapping[str, t.Iterable[str]]) -> list[str]:
    """Return the running services that were started before one of their files was last written.

    A run that is killed between writing a file and restarting its service leaves such a one behind.
    """
    return [
        service
        for service, files in services.items()
        if (started := _started(service)) and any(_written(root / name.lstrip("/")) > started for name in files)
    ]


def _started(service: str) -> float:
    """Return when systemd saw the service become active, in seconds since the epoch; 0 when it is not running."""
    argv = ["systemctl", "show", "--property=ActiveEnterTimestampMonotonic,ActiveState", service]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return 0.0
    values = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if values.get("ActiveState") != "active":
        return 0.0
    return time.time() - time.monotonic() + int(values["ActiveEnterTimestampMonotonic"]) / 1e6


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def describe(root: Path, wanted: Questions) -> dict[str, t.Any]:
    """Return everything above as one plain dict."""
    return {
        "address": default_address(),
        "architecture": platform.machine(),
        "cap_sys_resource": has_capability(root, CAP_SYS_RESOURCE),
        "cgroup_version": cgroup_version(root),
        "checksums": checksums(wanted.files),
        "cni_folder": cni_folder(root),
        "container": container(root),
        "hostname": socket.gethostname(),
        "kernel_settings": kernel_settings(root, wanted.kernel_settings),
        "kubernetes": kubernetes(root),
        "memory_bytes": memory_bytes(root),
        "missing_commands": missing_commands(wanted.commands),
        "stale_services": stale_services(root, wanted.services),
        "swap": swap_devices(root),
        "systemd": (root / "run/systemd/system").is_dir(),
    }


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


__all__ = ("Questions", "describe")
