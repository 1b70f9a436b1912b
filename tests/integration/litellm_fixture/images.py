# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Images of the artefact cache, unpacked and run: one process in a mount namespace of its own, as a container runs it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import typing as t

import yaml

COLLECTION = pathlib.Path(__file__).resolve().parents[3]


def cache() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(os.environ.get("INFERENCE_PLATFORM_CACHE") or os.path.join(base, "inference-platform"))


@dataclasses.dataclass(frozen=True)
class Bind:
    """A folder of this machine inside the root; read-only unless it is said."""

    source: pathlib.Path
    target: str
    writable: bool = False


@dataclasses.dataclass(frozen=True)
class Image:
    """An unpacked image and what its configuration says about running it."""

    root: pathlib.Path
    env: dict[str, str]
    entrypoint: tuple[str, ...]
    user: str
    workdir: str

    def command(
        self, argv: t.Sequence[str], env: t.Mapping[str, str], binds: t.Sequence[Bind], workdir: str
    ) -> list[str]:
        """argv for this machine: a read-only root, /tmp and /dev/shm in memory, nothing of this machine's environment."""
        root = shlex.quote(str(self.root))
        lines = [f"mount --bind {root} {root}", f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        lines += [f"mount -t tmpfs -o mode=1777 tmpfs {root}{place}" for place in ("/tmp", "/run")]
        for bind in binds:
            place = shlex.quote(f"{self.root}{bind.target}")
            lines += [f"mkdir -p {place}", f"mount --bind {shlex.quote(str(bind.source))} {place}"]
            lines += [] if bind.writable else [f"mount -o remount,bind,ro {place}"]
        lines += [f"mount -o remount,bind,ro {root}"]
        variables = [f"{name}={value}" for name, value in {**self.env, "HOME": "/tmp", **env}.items()]
        inside = ["sh", "-c", f'cd {shlex.quote(workdir or self.workdir or "/")} && exec "$@"', "sh", *argv]
        program = ["chroot", f"--userspec={self.user}", str(self.root), "env", "-i", *variables, *inside]
        script = " && ".join([*lines, f"exec {shlex.join(program)}"])
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]

    def start(
        self,
        argv: t.Sequence[str],
        *,
        env: t.Mapping[str, str] | None = None,
        binds: t.Sequence[Bind] = (),
        log: pathlib.Path,
        workdir: str = "",
    ) -> subprocess.Popen[bytes]:
        """The process is the program itself: signals reach it."""
        with log.open("ab") as file:
            return subprocess.Popen(
                self.command(argv, env or {}, binds, workdir), stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )

    def run(
        self, argv: t.Sequence[str], *, env: t.Mapping[str, str] | None = None, binds: t.Sequence[Bind] = ()
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(argv, env or {}, binds, ""),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def unpack(artifact: str, target: pathlib.Path) -> Image:
    """The image of an artefact of the catalogue, unpacked below ``target``. Raises RuntimeError when it was not built."""
    catalogue = yaml.safe_load((COLLECTION / "catalogue" / "catalogue.yml").read_text(encoding="utf-8"))
    return unpack_from(cache() / "oci", catalogue["artifacts"][artifact]["image"], target)


def unpack_from(layout: pathlib.Path, reference: str, target: pathlib.Path) -> Image:
    """The image of that name in a layout, unpacked below ``target``. Raises RuntimeError when it is not there."""
    manifest = _manifest(layout, reference)
    target.mkdir(parents=True)
    for layer in manifest["layers"]:
        subprocess.run(["tar", "-C", str(target), "-xf", str(_blob(layout, layer["digest"]))], check=True)
        _apply_whiteouts(target)
    for folder in ("proc", "dev", "tmp", "run"):
        (target / folder).mkdir(exist_ok=True)
    # a container's runtime writes this file
    (target / "etc" / "hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
    config = json.loads(_blob(layout, manifest["config"]["digest"]).read_text(encoding="utf-8"))["config"]
    return Image(
        root=target,
        env=dict(entry.split("=", 1) for entry in config.get("Env") or []),
        entrypoint=tuple(config.get("Entrypoint") or ()),
        user=config.get("User") or "0:0",
        workdir=config.get("WorkingDir") or "/",
    )


def _manifest(layout: pathlib.Path, reference: str) -> dict[str, t.Any]:
    index = layout / "index.json"
    entries = json.loads(index.read_text(encoding="utf-8"))["manifests"] if index.exists() else []
    for entry in entries:
        if reference in (entry.get("annotations") or {}).values():
            found: dict[str, t.Any] = json.loads(_blob(layout, entry["digest"]).read_text(encoding="utf-8"))
            return found
    raise RuntimeError(
        f"{reference} is not in {layout}. Build the artefacts first: ansible-playbook -i inventories/local playbooks/artifacts.yml"
    )


def _blob(layout: pathlib.Path, digest: str) -> pathlib.Path:
    algorithm, value = digest.split(":", 1)
    return layout / "blobs" / algorithm / value


def _apply_whiteouts(root: pathlib.Path) -> None:
    """Files named .wh.X say that X of a layer below is gone."""
    listed = subprocess.run(["find", str(root), "-name", ".wh.*"], capture_output=True, text=True, check=True)
    for marker in map(pathlib.Path, listed.stdout.splitlines()):
        gone = marker.with_name(marker.name.removeprefix(".wh."))
        if gone.is_dir() and not gone.is_symlink():
            shutil.rmtree(gone)
        else:
            gone.unlink(missing_ok=True)
        marker.unlink()
