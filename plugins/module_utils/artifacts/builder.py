# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Builds everything that a plan names and files it in the store."""

from __future__ import annotations

import collections
import contextlib
import os
import pathlib
import shutil
import subprocess
import threading
import time
import typing as t

from . import oci, sbom
from .errors import ArtifactError, CancelledError
from .golang import GoBuilder
from .keys import Keys
from .layer_tar import pack, unpack
from .normalise import normalise
from .plan import TOOLCHAIN, Plan
from .process import Runner
from .recipes import Artifact, Catalogue, GoFile, Layer, LayerFile, ModuleFile
from .sandbox import Root, Sandbox, make_glue
from .schedule import Report, Task
from .step_actions import LayerSteps, Surroundings
from .store import Record, Store, Stored, sha256_of, write_atomically


class Builder:
    """Turns a plan into tasks and does them."""

    def __init__(
        self,
        catalogue: Catalogue,
        store: Store,
        keys: Keys,
        runner: Runner,
        go: GoBuilder,
        *,
        keep_downloads: bool,
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._keys = keys
        self._runner = runner
        self._go = go
        self._keep_downloads = keep_downloads
        self._go_sets_left: set[str] = set()
        self._unpacking: dict[str, threading.Lock] = collections.defaultdict(threading.Lock)
        self._publishing = threading.Lock()
        self._glue = store.build / "mount-points"
        self._around = Surroundings(
            catalogue=catalogue,
            runner=runner,
            caches=store.build / "downloads",
            apt_lock=threading.Lock(),
            apt_updated=set(),
            command=lambda set_name, name: store.command(keys.command(set_name, name)),
            layer=self._root_of,
        )

    def tasks(self, plan: Plan) -> list[Task]:
        """The tasks of a plan. A Go set becomes two, so that its downloads go on beside another's compilation."""
        make_glue(self._glue)
        self._go_sets_left = set(plan.commands)
        tasks: list[Task] = []
        for id_, needs in plan.needs.items():
            kind, _, name = id_.partition(":")
            if id_ == TOOLCHAIN:
                tasks.append(Task(id_, "Go toolchain", lambda _: self._go.fetch_toolchain(self._log("toolchain"))))
            elif kind == "go":
                tasks += self._go_tasks(name, plan.commands[name], frozenset(needs))
            elif kind == "layer":
                tasks.append(Task(id_, _layer_title(name), self._layer_run(name), frozenset(needs)))
            else:
                tasks.append(Task(id_, f"{name} (packing)", self._artifact_run(name), frozenset(needs)))
        return tasks

    def _go_tasks(self, name: str, commands: list[str], needs: frozenset[str]) -> list[Task]:
        go_set = self._catalogue.go_sets[name]
        log = self._log(f"go-{name}")

        def fetch(report: Report) -> None:
            report("downloading modules")
            with _naming(f"Go set {name}"):
                self._go.fetch(go_set, commands, log)

        def build(report: Report) -> None:
            report(f"compiling {', '.join(commands)}")
            with _naming(f"Go set {name}"):
                self._go.build(go_set, commands, log)
            self._go_sets_left.discard(name)
            # Gigabytes that nothing needs any more make room for what is built next.
            if not self._go_sets_left and not self._keep_downloads:
                self._go.drop_caches()

        fetching = Task(f"modules:{name}", f"{name} modules", fetch, needs)
        return [fetching, Task(f"go:{name}", f"{name} (go)", build, needs | {fetching.id}, compiles=True)]

    def _layer_run(self, name: str) -> t.Callable[[Report], None]:
        def run(report: Report) -> None:
            with _naming(_layer_title(name)):
                self._build_layer(self._catalogue.layers[name], report)

        return run

    def _build_layer(self, layer: Layer, report: Report) -> None:
        start = time.monotonic()
        key = self._keys.layer(layer.name)
        chain = self._catalogue.chain(layer.name)
        lowers = tuple(self._root_of(below.name) for below in reversed(chain[:-1]))
        with self._store.temporary() as folder:
            root = Root(lowers, folder / "upper", folder / "work")
            log = self._log(f"layer-{layer.name.replace(':', '-')}")
            sandbox = Sandbox(self._runner, root, self._glue, folder / "scratch", log, self._catalogue.epoch)
            steps = LayerSteps(self._around, root, sandbox, self._keys.layer(chain[0].name))
            for number, step in enumerate(layer.steps, 1):
                report(f"step {number} of {len(layer.steps)}: {step.kind}")
                steps.do(step)
            report("finishing")
            steps.finish()
            normalise(root.upper, self._catalogue.epoch)
            report("packing")
            blob = self._pack(root.upper, lowers)
            components = (*sbom.scan(root.upper), *self._command_components(layer))
            target = self._store.layer_root(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                shutil.rmtree(target)
            root.upper.rename(target)
        below = self._layer_record(layer.base).main.sha256 if layer.base else ""
        self._store.write(Record(key, layer.name, (blob,), time.monotonic() - start, components, below))

    def _pack(self, upper: pathlib.Path, lowers: tuple[pathlib.Path, ...]) -> Stored:
        part = self._store.build / "tmp" / f"{upper.parent.name}.tar"
        with part.open("wb") as out:
            digest, _ = pack(upper, out, lowers)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self._store.blob(digest))
        return self._store.stored(self._store.blob(digest), digest)

    def _command_components(self, layer: Layer) -> list[dict[str, t.Any]]:
        commands = [step.command() for step in layer.steps]
        found = []
        for command in filter(None, commands):
            found += self._go.components(self._around.command(*command))
        return found

    def _root_of(self, name: str) -> pathlib.Path:
        """The unpacked folder of a finished layer, made from its blob where it is not there any more."""
        key = self._keys.layer(name)
        folder = self._store.layer_root(key)
        with self._unpacking[key]:
            if not folder.exists():
                folder.parent.mkdir(parents=True, exist_ok=True)
                with self._store.temporary() as scratch:
                    with (self._store.root / self._layer_record(name).main.path).open("rb") as blob:
                        unpack(blob, scratch / "root")
                    (scratch / "root").rename(folder)
        return folder

    def _layer_record(self, name: str) -> Record:
        record = self._store.read(self._keys.layer(name))
        if record is None:
            raise ArtifactError(f"layer {name} has no record although it was built.")
        return record

    def _artifact_run(self, name: str) -> t.Callable[[Report], None]:
        artifact = self._catalogue.artifacts[name]

        def run(_: Report) -> None:
            with _naming(name):
                if artifact.file is None:
                    self._make_image(artifact)
                else:
                    self._make_file(artifact, artifact.file)

        return run

    def _make_image(self, artifact: Artifact) -> None:
        start = time.monotonic()
        records = [self._layer_record(layer.name) for layer in self._catalogue.chain(artifact.layer)]
        layers = [record.main for record in records]
        manifest, config = oci.write_image(self._store, artifact, layers, self._catalogue.epoch)
        components = sbom.merge([record.components for record in records])
        self._file(artifact, "container", (manifest, config, *layers), components, start)
        with self._publishing:
            others = set(oci.published(self._store.oci))
            oci.publish(self._store, dict.fromkeys(artifact.images, manifest), keep=others)

    def _make_file(self, artifact: Artifact, source: GoFile | LayerFile | ModuleFile) -> None:
        start = time.monotonic()
        target = self._store.file(artifact.name, self._keys.artifact(artifact))
        part = self._store.build / "tmp" / target.name
        part.unlink(missing_ok=True)
        if isinstance(source, GoFile):
            binary = self._around.command(source.set, source.command)
            components = self._go.components(binary)
            shutil.copyfile(binary, part)
            part.chmod(0o755)
        elif isinstance(source, ModuleFile):
            go_set = self._catalogue.go_sets[source.set]
            components = [self._go.module_file(go_set, source, part, self._log(f"go-{source.set}"))]
        else:
            record = self._layer_record(source.layer)
            components = list(record.components)
            shutil.copyfile(self._store.root / record.main.path, part)
        digest = sha256_of(part)
        part.replace(target)
        self._file(artifact, "file", (self._store.stored(target, digest),), sbom.merge([components]), start)

    def _file(
        self,
        artifact: Artifact,
        kind: str,
        stored: tuple[Stored, ...],
        components: list[dict[str, t.Any]],
        start: float,
    ) -> None:
        """Writes the SBOM and, last, the record of an artefact."""
        content = sbom.document(artifact.name, artifact.version, kind, stored[0].sha256, components)
        write_atomically(self._store.sbom / f"{artifact.name}.json", content)
        key = self._keys.artifact(artifact)
        self._store.write(Record(key, artifact.name, stored, time.monotonic() - start, ()))

    def _log(self, name: str) -> pathlib.Path:
        return self._store.logs / f"{name}.log"


def _layer_title(name: str) -> str:
    return name.removeprefix("artifact:") if name.startswith("artifact:") else f"layer {name}"


@contextlib.contextmanager
def _naming(what: str) -> t.Iterator[None]:
    """Puts in front of an error what was being built."""
    try:
        yield
    except CancelledError:
        raise
    except ArtifactError as error:
        raise ArtifactError(f"{what}: {error.message}", error.lines) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise ArtifactError(f"{what}: {error}") from error
