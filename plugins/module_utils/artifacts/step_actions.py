# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Does the steps of a layer to the root file system that is being made."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import stat
import subprocess
import threading
import typing as t

from . import steps
from .errors import ArtifactError, CommandError
from .failures import name_by_hash
from .process import Runner
from .recipes import Catalogue
from .sandbox import CACHES, INPUTS, Bind, Root, Sandbox, base_environment

# Documentation other than licences, and translations, stay out of every root.
_DPKG_OPTIONS = (
    *(
        "path-exclude=/usr/share/doc/*",
        "path-include=/usr/share/doc/*/copyright",
        "path-include=/usr/share/doc/*/copyright.*",
    ),
    *("path-exclude=/usr/share/man/*", "path-exclude=/usr/share/info/*", "path-exclude=/usr/share/locale/*"),
)
_PIP_INSTALL = (
    "install",
    "--require-hashes",
    "--no-deps",
    "--no-compile",
    "--progress-bar",
    "off",
    "--only-binary",
    ":all:",
)
# apt's own sandbox user could not write to the folders of this host that are shown to it.
_APT = ("apt-get", "-q", "-y", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0")


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What steps need from the builder: shared caches, and where Go commands and other layers lie."""

    catalogue: Catalogue
    runner: Runner
    caches: pathlib.Path
    apt_lock: threading.Lock
    apt_updated: set[str]
    command: t.Callable[[str, str], pathlib.Path]
    layer: t.Callable[[str], pathlib.Path]


class LayerSteps:
    """Does steps to one layer. C(bottom) is the key of the lowest layer: layers of one Debian share their package lists."""

    def __init__(self, around: Surroundings, root: Root, sandbox: Sandbox, bottom: str) -> None:
        self._around = around
        self._root = root
        self._sandbox = sandbox
        self._bottom = bottom
        self._venvs: list[str] = []

    def do(self, step: steps.Step) -> None:
        """Does one step. Raises ArtifactError."""
        action: t.Callable[[t.Any], None] = getattr(self, f"_{step.kind}")
        action(step)

    def finish(self) -> None:
        """What is done once, after the last step: byte code for the environments that were made."""
        self._compile_paths(self._venvs)

    def _debian(self, step: steps.Debian) -> None:
        argv = ["mmdebstrap", "--mode=root", "--format=directory", f"--variant={step.variant}", "--components=main"]
        argv += [f"--dpkgopt={option}" for option in _DPKG_OPTIONS]
        argv += ['--aptopt=Acquire::Languages "none"', '--aptopt=Acquire::Retries "3"']
        argv += [f"--include={','.join(step.packages)}"] if step.packages else []
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        environment = {
            **proxies,
            **base_environment(self._around.catalogue.epoch),
            "TMPDIR": str(self._sandbox.scratch),
        }
        self._sandbox.scratch.mkdir(parents=True, exist_ok=True)
        # mmdebstrap cannot go on where it was stopped, so each attempt starts with an empty folder.
        for attempt in (1, 2, 3):
            shutil.rmtree(self._root.upper, ignore_errors=True)
            try:
                self._around.runner.run(
                    [*argv, step.suite, str(self._root.upper)], env=environment, log=self._sandbox.log
                )
                return
            except ArtifactError as error:
                if attempt == 3 or not error.message.startswith("there was no answer"):
                    raise

    def _apt(self, step: steps.Apt) -> None:
        lists = self._around.caches / "apt" / self._bottom / "lists"
        archives = self._around.caches / "apt" / self._bottom / "archives"
        for folder in (lists / "partial", archives / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        binds = (Bind(lists, "/var/lib/apt/lists", True), Bind(archives, "/var/cache/apt/archives", True))
        with self._around.apt_lock:
            if self._bottom not in self._around.apt_updated:
                self._sandbox.run([*_APT, "update", "--error-on=any"], binds=binds, network=True, attempts=3)
                self._around.apt_updated.add(self._bottom)
            install = [*_APT, "install", "--no-install-recommends", *step.packages]
            self._sandbox.run(install, binds=binds, network=True, attempts=3)

    def _go(self, step: steps.Go) -> None:
        target = self._target(step.to)
        shutil.copyfile(self._around.command(step.set, step.name), target)
        target.chmod(0o755)

    def _python(self, step: steps.Python) -> None:
        self._venvs.append(step.venv)
        sources = [word for name in step.sdists for word in ("--no-binary", name)]
        binds = [self._input(step.requirements), self._cache("pip")]
        pip = [f"{step.venv}/bin/python", "-m", "pip", "--cache-dir", f"{CACHES}/pip"]
        self._sandbox.run(["python3", "-m", "venv", step.venv])
        requirements = f"{INPUTS}/{step.requirements}"
        self._sandbox.run([*pip, *_PIP_INSTALL, *sources, "-r", requirements], binds=binds, network=True, attempts=3)

    def _npm(self, step: steps.Npm) -> None:
        self._copy(steps.Copy(step.source, step.to, None))
        argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress"]
        argv += [f"--omit={group}" for group in step.omit] + ["--cache", f"{CACHES}/npm", "--logs-max=0"]
        try:
            self._sandbox.run(argv, workdir=step.to, binds=[self._cache("npm")], network=True, attempts=3)
        except CommandError as error:
            # npm names a corrupt package by its hash only.
            lock = self._around.catalogue.root / step.source / "package-lock.json"
            raise CommandError(name_by_hash(error.message, lock), error.lines) from error

    def _run(self, step: steps.Run) -> None:
        binds = [self._input(path) for path in step.sources]
        self._sandbox.run(step.argv, env=dict(step.env), workdir=step.workdir, binds=binds, network=step.network)

    def _compile(self, step: steps.Compile) -> None:
        self._compile_paths(step.paths)

    def _compile_paths(self, paths: t.Sequence[str]) -> None:
        # Byte code that does not look at time stamps is the same in every build and stays valid in an image.
        for path in paths:
            self._sandbox.run(["find", path, "-name", "__pycache__", "-prune", "-exec", "rm", "-rf", "{}", "+"])
            compiler = f"{path}/bin/python" if self._exists(f"{path}/bin/python") else "python3"
            # -S and -f: what .pth files import is written as time-stamped byte code, which compileall would leave alone.
            # Some distributions ship files for other Pythons, which do not compile: that is no error.
            line = '"$1" -S -m compileall -q -f --invalidation-mode unchecked-hash "$2" || true'
            self._sandbox.run(["sh", "-c", line, "sh", compiler, path], env={"PYTHONDONTWRITEBYTECODE": ""})

    def _remove(self, step: steps.Remove) -> None:
        # Unquoted on purpose: the shell of the root expands the patterns over all layers.
        self._sandbox.run(["sh", "-c", 'for pattern in "$@"; do rm -rf -- $pattern; done', "sh", *step.paths])

    def _copy(self, step: steps.Copy) -> None:
        source = self._around.catalogue.root / step.source
        if source.is_file():
            _copy_file(source, self._target(step.to), step.mode)
            return
        for path in sorted(source.rglob("*")):
            relative = path.relative_to(source)
            if "__pycache__" in relative.parts:
                continue
            to = str(pathlib.PurePosixPath(step.to) / relative)
            if path.is_dir() and not path.is_symlink():
                self._target(f"{to}/.")
            else:
                _copy_file(path, self._target(to), None)

    def _copy_from(self, step: steps.CopyFrom) -> None:
        source = self._around.layer(step.layer) / step.path.lstrip("/")
        if not os.path.lexists(source):
            raise ArtifactError(f"the layer {step.layer} did not make {step.path}.")
        subprocess.run(
            ["cp", "-a", "--no-preserve=xattr", "-T", "--", str(source), str(self._target(step.to))], check=True
        )

    def _write(self, step: steps.Write) -> None:
        target = self._target(step.to)
        target.write_text(step.content, encoding="utf-8")
        target.chmod(step.mode)

    def _link(self, step: steps.Link) -> None:
        target = self._target(step.to)
        target.unlink(missing_ok=True)
        target.symlink_to(step.target)

    def _input(self, path: str) -> Bind:
        return Bind(self._around.catalogue.root / path, f"{INPUTS}/{path}")

    def _cache(self, name: str) -> Bind:
        folder = self._around.caches / name
        folder.mkdir(parents=True, exist_ok=True)
        return Bind(folder, f"{CACHES}/{name}", True)

    def _exists(self, path: str) -> bool:
        return any(os.path.lexists(layer / path.lstrip("/")) for layer in (self._root.upper, *self._root.lowers))

    def _target(self, path: str) -> pathlib.Path:
        """Where C(path) lies in this layer's own folder, its parents made like those of the layers below."""
        here = self._root.upper
        here.mkdir(parents=True, exist_ok=True)
        *parents, name = path.strip("/").split("/")
        for part in parents:
            here = self._enter(here / part, path)
        return here / name

    def _enter(self, folder: pathlib.Path, path: str) -> pathlib.Path:
        relative = folder.relative_to(self._root.upper)
        for layer in (self._root.upper, *self._root.lowers):
            found = layer / relative
            if not os.path.lexists(found):
                continue
            info = found.lstat()
            if stat.S_ISLNK(info.st_mode):
                # Making a folder here would hide the link, and with it everything below it, from the image.
                raise ArtifactError(
                    f"/{relative} is a symbolic link to {found.readlink()} in a layer below; write {path} through that."
                )
            if not folder.exists():
                folder.mkdir()
                os.chown(folder, info.st_uid, info.st_gid)
                folder.chmod(stat.S_IMODE(info.st_mode))
            return folder
        folder.mkdir(mode=0o755)
        return folder


def _copy_file(source: pathlib.Path, target: pathlib.Path, mode: int | None) -> None:
    if os.path.lexists(target):
        target.unlink()
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    shutil.copyfile(source, target)
    executable = source.stat().st_mode & stat.S_IXUSR
    target.chmod(mode if mode is not None else (0o755 if executable else 0o644))
