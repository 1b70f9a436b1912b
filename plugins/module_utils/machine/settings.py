# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files inside a machine that make it this machine: name, address, keys, and what containers inside need."""

from __future__ import annotations

import os
import pathlib
import stat

from .host import Host, MachineError
from .keys import write_atomic
from .spec import Machine, Spec

UNITS = "etc/systemd/system"
# systemd-nspawn mounts the version 1 controllers and /proc/sys read-only; a container runtime inside writes both. The
# folder named after the machine is where a kubelet with cgroupRoot finds its tree in every version 1 hierarchy.
WRITABLE = """\
[Unit]
Description=Control groups and kernel settings writable for containers
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for c in /sys/fs/cgroup /sys/fs/cgroup/* /proc/sys; do \
mountpoint -q "$c" && mount -o remount,bind,rw "$c" 2>/dev/null || true; done; \
for c in /sys/fs/cgroup/*; do [ -e "$c/cgroup.clone_children" ] || continue; mkdir -p "$c/%H"; done; \
c=/sys/fs/cgroup/cpuset; [ ! -d "$c/%H" ] || { cat "$c/cpuset.cpus" > "$c/%H/cpuset.cpus"; cat "$c/cpuset.mems" > "$c/%H/cpuset.mems"; }'

[Install]
WantedBy=sysinit.target
"""
# Address by a unit of its own: systemd-networkd would remove the routes that a network of pods adds, and DHCP would wait.
NETWORK = """\
[Unit]
Description=Static address {address}
DefaultDependencies=no
After=cgroups-writable.service
Before=network-pre.target network.target sysinit.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'ip link set lo up; ip address replace {address} broadcast + dev host0; ip link set host0 up; ip route replace default via {gateway}'

[Install]
WantedBy=sysinit.target
"""
# A container that ignores SIGTERM must not hold up a power-off for the default 90 s.
STOP = "[Manager]\nDefaultTimeoutStopSec=15s\n"
SSHD = (
    "HostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nUseDNS no\n"
)
# Units that wait for hardware or a network that a machine does not have.
MASKED = (
    "systemd-networkd-wait-online.service",
    "networking.service",
    "systemd-udev-trigger.service",
    "systemd-udevd.service",
)


def network_files(spec: Spec, machine: Machine) -> dict[str, str]:
    """Return the files that carry name and address, by path inside the machine."""
    address = f"{machine.address}/{spec.interface.network.prefixlen}"
    return {
        "etc/hostname": f"{machine.name}\n",
        "etc/hosts": f"127.0.0.1 localhost\n{machine.address} {machine.name}\n::1 localhost ip6-localhost ip6-loopback\n",
        f"{UNITS}/static-address.service": NETWORK.format(address=address, gateway=spec.interface.ip),
    }


def fixed_files() -> dict[str, str]:
    """Return the files that are the same in every machine, by path inside it."""
    return {
        f"{UNITS}/cgroups-writable.service": WRITABLE,
        "etc/systemd/system.conf.d/10-machine.conf": STOP,
        "etc/ssh/sshd_config.d/10-machine.conf": SSHD,
    }


def links() -> dict[str, str]:
    """Return the symbolic links of a machine: enabled and masked units."""
    enabled = {
        f"{UNITS}/sysinit.target.wants/{unit}": f"../{unit}"
        for unit in ("cgroups-writable.service", "static-address.service")
    }
    return enabled | {f"{UNITS}/{unit}": "/dev/null" for unit in MASKED}


def resolver(host: Host) -> str:
    """Return the host's name servers as a machine can use them.

    The stub of systemd-resolved listens on the host's loopback address only: its upstream servers are taken instead.
    """
    text = host.read("/etc/resolv.conf") or ""
    if any(line.split()[1:2] == ["127.0.0.53"] for line in text.splitlines() if line.startswith("nameserver")):
        text = host.read("/run/systemd/resolve/resolv.conf") or text
    return f"{text}\n"


def _parent(tree: pathlib.Path, relative: str) -> pathlib.Path:
    """Return the folder of a file inside a machine, made when absent.

    An absolute symbolic link in the way would lead to a file of the host.

    Raises:
        MachineError: a folder in the way is a symbolic link or no folder.

    """
    current = tree
    for part in pathlib.PurePath(relative).parts[:-1]:
        current = current / part
        try:
            mode = current.lstat().st_mode
        except FileNotFoundError:
            current.mkdir()
            continue
        if not stat.S_ISDIR(mode):
            raise MachineError(f"{current} inside the machine is no folder: refusing to write {relative} through it")
    return current


def write(tree: pathlib.Path, relative: str, text: str, mode: int = 0o644) -> None:
    """Write a file inside a machine without following links out of it."""
    write_atomic(_parent(tree, relative) / pathlib.PurePath(relative).name, text, mode)


def link(tree: pathlib.Path, relative: str, target: str) -> None:
    """Make a symbolic link inside a machine."""
    path = _parent(tree, relative) / pathlib.PurePath(relative).name
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)


def read(tree: pathlib.Path, relative: str) -> str | None:
    """Return the text of a file inside a machine, or nothing when it is absent or a link."""
    try:
        with os.fdopen(os.open(tree / relative, os.O_RDONLY | os.O_NOFOLLOW)) as text:
            return text.read()
    except OSError:
        return None


__all__ = ("fixed_files", "link", "links", "network_files", "read", "resolver", "write")
