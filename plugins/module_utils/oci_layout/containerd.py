# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ask containerd which images it has and hand it more, through its own command ``ctr``."""

from __future__ import annotations

import subprocess
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .layout import Image, ImageRef, LayoutError
from .stream import write_archive


class ContainerdError(Exception):
    """containerd refused; the text carries the command and what it answered."""


@dataclass(frozen=True)
class Ctr:
    """The command ``ctr`` for one containerd namespace."""

    path: str
    namespace: str
    address: str

    def argv(self, *arguments: str) -> list[str]:
        """Return the argument vector of a ctr call."""
        return [self.path, "--address", self.address, "--namespace", self.namespace, *arguments]

    def images(self) -> dict[str, str]:
        """Return reference -> manifest digest of every image that containerd has. Raises ContainerdError."""
        argv = self.argv("images", "ls")
        done = _run(argv)
        if done.returncode != 0:
            raise ContainerdError(
                f"{' '.join(argv)} failed with {done.returncode}: {done.stderr.strip()}. Is containerd running?"
            )
        return parse_images(done.stdout)

    def load(self, layout: Path, images: t.Sequence[Image]) -> int:
        """Stream images into containerd; return the bytes of their blobs. Raises LayoutError or ContainerdError."""
        argv = self.argv("images", "import", "-")
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
            try:
                count = _feed(process, layout, images)
            except LayoutError:
                # Killed before its input ends: a half archive must never become an image.
                process.kill()
                process.wait()
                raise
            status = process.wait()
            if status != 0 or count is None:
                log.seek(0)
                answer = log.read().decode(errors="replace").strip()[-2000:]
                raise ContainerdError(f"{' '.join(argv)} failed with {status}: {answer}")
        return count


def parse_images(listing: str) -> dict[str, str]:
    """Read the table of ``ctr images ls`` (columns REF TYPE DIGEST ...) as reference -> digest."""
    found: dict[str, str] = {}
    for line in listing.splitlines():
        columns = line.split()
        if len(columns) >= 3 and columns[2].startswith("sha256:"):
            found[columns[0]] = columns[2]
    return found


def missing_images(wanted: t.Sequence[ImageRef], present: t.Mapping[str, str]) -> list[ImageRef]:
    """Return the wanted images that containerd lacks or has under another digest, in the wanted order."""
    return [image for image in wanted if present.get(image.ref) != image.digest]


def _feed(process: subprocess.Popen[bytes], layout: Path, images: t.Sequence[Image]) -> int | None:
    """Write the archive into the process; None when it stopped reading before the end."""
    if process.stdin is None:
        return None
    try:
        count = write_archive(process.stdin, layout, images)
        process.stdin.close()
    except BrokenPipeError:
        return None
    return count


def _run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ContainerdError(f"{argv[0]} cannot be run: {error}. Is containerd installed on this host?") from error


__all__ = ("ContainerdError", "Ctr", "missing_images", "parse_images")
