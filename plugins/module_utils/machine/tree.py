# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Folders of machines: made beside their place and renamed, so that one that is there is whole; and who they belong to."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import shutil
import typing as t
import uuid

from . import links, settings
from .cgroups import mount_points
from .host import Host, MachineError
from .keys import generate, public_key, write_atomic
from .plan import Step
from .spec import Machine, Spec

OWNER = "owner.json"
MARKER = "machine.json"
PARTIAL = ".partial"
DELETED = ".deleted"


@dataclasses.dataclass(frozen=True)
class Marker:
    """What is noted about a machine outside its root: who owns it, its address and its pinned host key.

    Attributes:
        network: digest of the files that carry its name and address.
        image: name of the tar that it was made from.

    """

    platform: str
    name: str
    address: str
    host_key: str
    network: str
    image: str


def read_json(path: pathlib.Path) -> dict[str, t.Any] | None:
    """Return the object in a file, or nothing when there is none that can be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def marker(spec: Spec, name: str) -> Marker | None:
    """Return a machine's marker, or nothing when the folder has none."""
    found = read_json(spec.folder(name) / MARKER)
    fields = [field.name for field in dataclasses.fields(Marker)]
    if found is None or any(not isinstance(found.get(field), str) for field in fields):
        return None
    return Marker(**{field: found[field] for field in fields})


def existing(spec: Spec) -> list[str]:
    """Return the names of the machines that have a folder."""
    if not spec.directory.is_dir():
        return []
    return sorted(entry.name for entry in spec.directory.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def leftovers(spec: Spec) -> list[pathlib.Path]:
    """Return folders that an interrupted run left half made or half deleted."""
    if not spec.directory.is_dir():
        return []
    return sorted(p for p in spec.directory.iterdir() if p.name.startswith(".") and p.name.endswith((PARTIAL, DELETED)))


def check_owner(spec: Spec) -> None:
    """Refuse a folder, or a machine in it, that is not this platform's.

    Raises:
        MachineError: the message names the folder and its owner.

    """
    if not spec.directory.exists():
        return
    owner = read_json(spec.directory / OWNER)
    if owner is None:
        strangers = [entry.name for entry in spec.directory.iterdir() if entry.name != f".{OWNER}.new"]
        if strangers:
            raise _foreign(spec.directory, spec, f"it holds {', '.join(sorted(strangers)[:3])} and no {OWNER}")
        return
    if owner.get("platform") != spec.platform:
        raise _foreign(spec.directory, spec, f"{OWNER} says platform {owner.get('platform')!r}")
    for name in existing(spec):
        found = marker(spec, name)
        if found is None:
            raise _foreign(spec.folder(name), spec, f"it has no {MARKER}")
        if (found.platform, found.name) != (spec.platform, name):
            raise _foreign(
                spec.folder(name), spec, f"{MARKER} says machine {found.name!r} of platform {found.platform!r}"
            )


def _foreign(folder: pathlib.Path, spec: Spec, why: str) -> MachineError:
    return MachineError(
        f"{folder} does not belong to platform {spec.platform!r}: {why}. Nothing was changed. "
        "Choose another directory, or move this one away"
    )


def plan_owner(spec: Spec) -> list[Step]:
    """Plan the folder of all machines with the note whose it is."""
    if (spec.directory / OWNER).exists():
        return []
    return [Step(f"directory {spec.directory}", "absent", f"owned by {spec.platform}", lambda: _own(spec))]


def _own(spec: Spec) -> None:
    spec.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(spec.directory / OWNER, json.dumps({"platform": spec.platform}) + "\n", 0o600)


def plan_create(host: Host, spec: Spec, machine: Machine, check_mode: bool) -> list[Step]:
    """Plan a machine's folder when it has none.

    Raises:
        MachineError: there is no image to make it from (a check mode run may come before the image is made).

    """
    if spec.folder(machine.name).exists():
        return []
    if not check_mode and (spec.image is None or not spec.image.is_file()):
        raise MachineError(
            f"machine {machine.name!r} does not exist and the image {spec.image} to make it from is no file"
        )
    return [
        Step(f"machine {machine.name}", "absent", f"created at {machine.address}", lambda: create(host, spec, machine))
    ]


def network_digest(spec: Spec, machine: Machine) -> str:
    """Return a digest of the files that carry a machine's name and address."""
    return hashlib.sha256(json.dumps(settings.network_files(spec, machine), sort_keys=True).encode()).hexdigest()


def create(host: Host, spec: Spec, machine: Machine) -> None:
    """Make a machine's folder: everything in a folder beside it, the marker last, then one rename."""
    partial = spec.directory / f".{machine.name}{PARTIAL}"
    tree = partial / "root"
    tree.mkdir(parents=True)
    partial.chmod(0o700)
    tree.chmod(0o755)
    unpack = [
        "tar",
        "--extract",
        f"--file={spec.image}",
        f"--directory={tree}",
        "--numeric-owner",
        "--preserve-permissions",
    ]
    # Device files are made by systemd-nspawn; those of the image would only be in the way.
    unpack += ["--xattrs", "--xattrs-include=*", "--anchored", "--exclude=./dev/*", "--exclude=dev/*"]
    host.check(unpack, timeout=600)
    if spec.images and links.can_link(spec.images, spec.directory):
        links.plant(host, spec.images, tree / "var/lib/containerd")
    pair = generate(host, partial, f"root@{machine.name}")
    for old in (tree / "etc/ssh").glob("ssh_host_*"):
        old.unlink()
    settings.write(tree, "etc/ssh/ssh_host_ed25519_key", pair.private, 0o600)
    settings.write(tree, "etc/ssh/ssh_host_ed25519_key.pub", f"{pair.public}\n")
    settings.write(tree, "etc/machine-id", f"{uuid.uuid4().hex}\n", 0o444)
    for relative, text in (settings.fixed_files() | settings.network_files(spec, machine)).items():
        settings.write(tree, relative, text)
    for relative, target in settings.links().items():
        settings.link(tree, relative, target)
    _authorize(spec, tree)
    digest = network_digest(spec, machine)
    image = spec.image.name if spec.image else ""
    _write_marker(partial, Marker(spec.platform, machine.name, machine.address, pair.public, digest, image))
    partial.rename(spec.folder(machine.name))


def _write_marker(folder: pathlib.Path, found: Marker) -> None:
    write_atomic(folder / MARKER, json.dumps(dataclasses.asdict(found), indent=2, sort_keys=True) + "\n", 0o600)


def _authorized(spec: Spec) -> str:
    return f"{public_key(spec.ssh_directory)} {spec.platform}\n"


def _authorize(spec: Spec, tree: pathlib.Path) -> None:
    settings.write(tree, "root/.ssh/authorized_keys", _authorized(spec), 0o600)
    (tree / "root/.ssh").chmod(0o700)


def plan_authorized(spec: Spec, name: str) -> list[Step]:
    """Plan that an existing machine lets the user's key in; other keys in it stay as long as ours is there."""
    if not spec.folder(name).exists():
        return []
    public = public_key(spec.ssh_directory)
    known = settings.read(spec.tree(name), "root/.ssh/authorized_keys") or ""
    if public is not None and public in known:
        return []
    return [
        Step(
            f"machine {name} authorized_keys",
            "another key",
            "the user's key",
            lambda: _authorize(spec, spec.tree(name)),
        )
    ]


def plan_network(spec: Spec, machine: Machine) -> list[Step]:
    """Plan that an existing machine has its address; it takes effect when the machine boots."""
    found = marker(spec, machine.name)
    if found is None or found.network == network_digest(spec, machine):
        return []
    return [
        Step(f"machine {machine.name} address", found.address, machine.address, lambda: _renumber(spec, machine, found))
    ]


def _renumber(spec: Spec, machine: Machine, found: Marker) -> None:
    for relative, text in settings.network_files(spec, machine).items():
        settings.write(spec.tree(machine.name), relative, text)
    digest = network_digest(spec, machine)
    _write_marker(spec.folder(machine.name), dataclasses.replace(found, address=machine.address, network=digest))


def plan_removal(host: Host, spec: Spec, folder: pathlib.Path) -> list[Step]:
    """Plan that a folder of the machines' directory goes.

    Raises:
        MachineError: something is mounted in it, which must not be deleted with it.

    """
    check_mounts(host, folder)
    label = f"machine {folder.name}" if not folder.name.startswith(".") else f"unfinished {folder.name}"
    return [Step(label, "present", "absent", lambda: remove(host, spec, folder))]


def check_mounts(host: Host, folder: pathlib.Path) -> None:
    """Refuse to delete a folder that something is mounted in.

    Raises:
        MachineError: the message names the mount point.

    """
    for mount, _, _ in mount_points(host):
        if pathlib.PurePath(mount).is_relative_to(folder):
            raise MachineError(
                f"{mount} is a mount point: {folder} is not deleted through it. Unmount it ('umount {mount}') and run again"
            )


def remove(host: Host, spec: Spec, folder: pathlib.Path) -> None:
    """Delete a folder: first renamed, so that an interruption never leaves a machine that looks whole."""
    check_mounts(host, folder)
    lock = _lock_file(host, folder / "root")
    doomed = folder if folder.name.startswith(".") else spec.directory / f".{folder.name}{DELETED}"
    if doomed != folder:
        folder.rename(doomed)
    try:
        shutil.rmtree(doomed)
    except OSError as error:
        raise MachineError(f"cannot delete {doomed}: {error.strerror} ({error.filename})") from error
    if lock is not None:
        lock.unlink(missing_ok=True)


def _lock_file(host: Host, tree: pathlib.Path) -> pathlib.Path | None:
    """Return the lock that a killed systemd-nspawn leaves for a tree, named by device and inode."""
    try:
        found = tree.stat()
    except OSError:
        return None
    return host.path(f"/run/systemd/nspawn/locks/inode-{found.st_dev}:{found.st_ino}")


def plan_directory_removal(spec: Spec, leaving: t.Collection[str]) -> list[Step]:
    """Plan that the directory goes when its last machine goes; LEAVING names those that go in this run."""
    if not spec.directory.is_dir() or set(existing(spec)) - set(leaving):
        return []
    return [Step(f"directory {spec.directory}", "present", "absent", lambda: _disown(spec))]


def _disown(spec: Spec) -> None:
    for name in (OWNER, f".{OWNER}.new"):
        (spec.directory / name).unlink(missing_ok=True)
    try:
        spec.directory.rmdir()
    except OSError as error:
        raise MachineError(f"cannot remove {spec.directory}: {error.strerror}") from error


__all__ = (
    "Marker",
    "check_owner",
    "create",
    "existing",
    "leftovers",
    "marker",
    "plan_authorized",
    "plan_create",
    "plan_directory_removal",
    "plan_network",
    "plan_owner",
    "plan_removal",
)
