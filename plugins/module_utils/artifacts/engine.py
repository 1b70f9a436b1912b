# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The front door: makes the wanted artefacts be there and says what is where."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import platform
import shutil
import typing as t

from . import oci
from .builder import Builder
from .catalogue import load_catalogue
from .errors import ArtifactError
from .golang import COMPILER, GoBuilder
from .keys import Keys
from .lock import exclusive, unmount_below
from .plan import Plan, Planner
from .process import Processes
from .recipes import Catalogue
from .schedule import Scheduler
from .store import Store, Stored, remove_tree

# GB: more than this is never asked for, however much must be built.
DISK_CEILING = 30.0
DISK_RESERVE = 1.0
_TOOLS = ("unshare", "setpriv", "mount", "chroot", "sh", "cp")


@dataclasses.dataclass(frozen=True)
class Options:
    """What a caller may decide.

    C(names) empty means everything without a group or of C(groups) that C(select) (all, images, files) allows. C(wanted) answers
    whether anybody still waits.
    """

    cache: pathlib.Path
    catalogue: pathlib.Path
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    select: str = "all"
    jobs: int = 2
    verify: bool = False
    keep_downloads: bool = False
    check: bool = False
    wanted: t.Callable[[], bool] = lambda: True


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was built (or, in a check, would be) and where everything is. Seconds are given per artefact, Go set and layer."""

    built: list[str]
    layout: str
    images: dict[str, dict[str, t.Any]]
    files: dict[str, dict[str, t.Any]]
    seconds: dict[str, float]
    warnings: list[str]


class Engine:
    """Ensures artefacts. C(say) takes one progress line at a time."""

    def __init__(self, options: Options, say: t.Callable[[str], None]) -> None:
        self._options = options
        self._say = say
        self._catalogue: Catalogue = load_catalogue(options.catalogue)
        self._store = Store(options.cache, looking=options.check)
        self._keys = Keys(self._catalogue)
        self._processes = Processes()
        self._go = GoBuilder(self._catalogue, self._store, self._keys, self._processes, os.environ)
        self._names = _names(self._catalogue, options)

    def ensure(self) -> Outcome:
        """Builds what is missing. Raises ArtifactError; what was finished before a failure stays."""
        if self._options.check:
            plan = self._plan()
            return self._outcome(plan, {})
        self._store.root.mkdir(parents=True, exist_ok=True)
        with exclusive(self._store.root / "lock", self._say, self._options.wanted):
            plan = self._plan()
            seconds = self._build(plan) if plan.needs else {}
            return self._outcome(plan, seconds)

    def _plan(self) -> Plan:
        planner = Planner(self._catalogue, self._store, self._keys, self._go.has_toolchain(), self._options.verify)
        return planner.plan(self._names)

    def _build(self, plan: Plan) -> dict[str, float]:
        check_host(plan, self._catalogue)
        check_disk(plan, self._options.cache)
        self._store.prepare()
        self._clean_leftovers()
        for warning in plan.warnings:
            self._say(f"warning: {warning}")
        builder = Builder(
            self._catalogue,
            self._store,
            self._keys,
            self._processes,
            self._go,
            keep_downloads=self._options.keep_downloads,
        )
        scheduler = Scheduler(self._options.jobs, self._say, self._processes.cancel, self._options.wanted)
        scheduler.run(builder.tasks(plan))
        self._prune()
        return {id_: round(seconds, 1) for id_, seconds in scheduler.seconds.items()}

    def _clean_leftovers(self) -> None:
        unmount_below(self._store.build)
        for entry in (self._store.build / "tmp").iterdir():
            if entry.is_dir():
                remove_tree(entry)
            else:
                entry.unlink()

    def _prune(self) -> None:
        """Drops what nothing of the present catalogue needs, and everything that served only for building.

        An artefact that this run was not asked for and whose recipe changed stays in its old form until it is built.
        """
        keep: set[str] = set()
        unbuilt: dict[str, tuple[str, ...]] = {}
        images: dict[str, Stored] = {}
        for artifact in self._catalogue.artifacts.values():
            keep |= (
                {self._keys.layer(layer.name) for layer in self._catalogue.chain(artifact.layer)}
                if artifact.layer
                else set()
            )
            keep.add(self._keys.artifact(artifact))
            record = self._store.read(self._keys.artifact(artifact))
            if record is None:
                unbuilt[artifact.name] = artifact.images
            else:
                images.update(dict.fromkeys(artifact.images, record.main))
        oci.publish(self._store, images, keep={ref for refs in unbuilt.values() for ref in refs})
        self._store.prune(keep, set(self._catalogue.artifacts), set(unbuilt))
        if not self._options.keep_downloads:
            for name in ("gocache", "gomodules", "downloads"):
                remove_tree(self._store.build / name)
        for name in ("roots", "commands", "mount-points"):
            remove_tree(self._store.build / name)
        self._go.drop_old_toolchains()

    def _outcome(self, plan: Plan, seconds: dict[str, float]) -> Outcome:
        images: dict[str, dict[str, t.Any]] = {}
        files: dict[str, dict[str, t.Any]] = {}
        for name in self._names:
            artifact = self._catalogue.artifacts[name]
            key = self._keys.artifact(artifact)
            # In a check, what would be built is announced without a digest: nobody can know it yet.
            record = None if self._options.check and name in plan.artifacts else self._store.read(key)
            if artifact.images:
                digest = f"sha256:{record.main.sha256}" if record else ""
                size = sum(stored.size for stored in record.stored) if record else 0
                images[name] = {
                    "ref": artifact.images[0],
                    "refs": list(artifact.images),
                    "digest": digest,
                    "size": size,
                }
            else:
                files[name] = {"path": str(self._store.file(name, key)), "sha256": record.main.sha256 if record else ""}
        return Outcome(plan.artifacts, str(self._store.oci), images, files, seconds, plan.warnings)


def check_host(plan: Plan, catalogue: Catalogue) -> None:
    """Raises ArtifactError when this machine cannot build what the plan asks for."""
    if platform.machine() != "x86_64":
        raise ArtifactError(f"Artefacts are built for amd64 only; this machine is {platform.machine()}.")
    if os.geteuid() != 0:
        raise ArtifactError(
            "Building artefacts needs root (chroot and overlayfs); become root or use ready-made images."
        )
    tools = list(_TOOLS)
    layers = [catalogue.layers[id_.removeprefix("layer:")] for id_ in plan.needs if id_.startswith("layer:")]
    if any(step.kind == "debian" for layer in layers for step in layer.steps):
        tools.append("mmdebstrap")
    if any(catalogue.go_sets[name].cgo for name in plan.commands):
        tools.append(COMPILER)
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise ArtifactError(
            f"This machine lacks {', '.join(missing)}; the role inference.platform.artifacts installs them."
        )


def check_disk(plan: Plan, cache: pathlib.Path) -> None:
    """Raises ArtifactError when the disk of the cache is too small for what the plan builds."""
    if any(mark in str(cache) for mark in ":,\\"):
        raise ArtifactError(f"{cache}: the path of the cache may hold no colon, comma or backslash (overlayfs).")
    needed = min(plan.disk + DISK_RESERVE, DISK_CEILING)
    free = shutil.disk_usage(cache).free / 1e9
    if free < needed:
        names = ", ".join(plan.artifacts)
        raise ArtifactError(f"Building {names} needs {needed:.1f} GB below {cache}, where only {free:.1f} GB are free.")


def _names(catalogue: Catalogue, options: Options) -> list[str]:
    """The wanted names in the catalogue's order. Raises ArtifactError for one that is not there."""
    unknown = [name for name in options.names if name not in catalogue.artifacts]
    if unknown:
        raise ArtifactError(f"There is no artefact {', '.join(unknown)}; known are {', '.join(catalogue.artifacts)}.")
    groups = {artifact.group for artifact in catalogue.artifacts.values()}
    strange = sorted(set(options.groups) - groups)
    if strange:
        raise ArtifactError(f"There is no group {', '.join(strange)}; known are {', '.join(sorted(groups - {''}))}.")
    wanted = options.names or [one.name for one in catalogue.artifacts.values() if one.group in ("", *options.groups)]
    found = [name for name in catalogue.artifacts if name in wanted]
    if options.select == "all":
        return found
    return [name for name in found if bool(catalogue.artifacts[name].images) == (options.select == "images")]
