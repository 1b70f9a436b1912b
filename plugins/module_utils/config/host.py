# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What this machine must offer before a local platform is built on it."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import socket
import typing as t

GIB = 1024**3
MINIMUM_MEMORY_GIB = 14.0
# What the minimum holds, beside Kubernetes and LiteLLM, and what each further engine without a GPU takes.
ENGINES_WITHIN_MINIMUM = 3
ENGINE_GIB = 1.0
# What a platform itself takes on disk: machine trees with images. Building artefacts is checked by the builder, which knows what is missing.
MINIMUM_DISK_GIB = 14.0
ARCHITECTURES = ("x86_64",)


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """What was seen on this machine.

    Attributes:
        uid: effective user id.
        architecture: as C(uname -m) says it.
        memory_gib: total memory.
        disk_gib: free space by folder that the platform writes to.
        busy_ports: ports of 127.0.0.1 that another process listens on.
        system: kernel name, for example C(Linux).

    """

    uid: int
    architecture: str
    memory_gib: float
    disk_gib: dict[str, float]
    busy_ports: tuple[int, ...]
    system: str


def observe(folders: t.Iterable[str], ports: t.Iterable[int]) -> HostFacts:
    """Looks at this machine; writes nothing."""
    return HostFacts(
        uid=os.geteuid(),
        architecture=platform.machine(),
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB,
        disk_gib={folder: shutil.disk_usage(_existing(folder)).free / GIB for folder in folders},
        busy_ports=tuple(port for port in ports if _is_busy(port)),
        system=platform.system(),
    )


def _existing(folder: str) -> str:
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder


def _is_busy(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def host_findings(facts: HostFacts, *, platform_exists: bool, engines: int = 0) -> list[str]:
    """One sentence for each thing that this machine lacks.

    Args:
        facts: what was seen.
        platform_exists: the platform's machines are on disk already, so their space is taken and counted.
        engines: replicas of all models that run without a GPU.

    """
    findings = []
    if facts.system != "Linux":
        findings.append(f"This machine runs {facts.system}; a local platform needs Linux (Debian 12 or Ubuntu 24.04).")
    if facts.uid != 0:
        findings.append(
            "You are not root; a local platform makes machines and network rules: run it as root (sudo make site)."
        )
    if facts.architecture not in ARCHITECTURES:
        findings.append(
            f"This machine is {facts.architecture}; local artefacts are built for {', '.join(ARCHITECTURES)} only."
        )
    findings += _memory_findings(facts.memory_gib, engines)
    wanted = 2.0 if platform_exists else MINIMUM_DISK_GIB
    findings += [
        f"{folder} has {free:.1f} GiB free; the platform needs {wanted:.0f} GiB there: free some, or set platform_state_dir."
        for folder, free in facts.disk_gib.items()
        if free < wanted
    ]
    findings += [
        f"Port {port} of 127.0.0.1 is taken by another program; stop it or set platform_endpoint_port."
        for port in facts.busy_ports
    ]
    return findings


def _memory_findings(memory_gib: float, engines: int) -> list[str]:
    further = max(0, engines - ENGINES_WITHIN_MINIMUM)
    wanted = MINIMUM_MEMORY_GIB + further * ENGINE_GIB
    if memory_gib >= wanted:
        return []
    if not further:
        return [
            f"This machine has {memory_gib:.1f} GiB of memory; a local platform needs {wanted:.0f} GiB (16 GiB machines have that)."
        ]
    return [
        f"This machine has {memory_gib:.1f} GiB of memory; a local platform with {engines} engines needs {wanted:.0f} GiB: "
        "take away models or replicas (platform_models)."
    ]


__all__ = ("HostFacts", "host_findings", "observe")
