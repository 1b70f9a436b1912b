# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The cache on disk: blobs, host files, records of what was built, and the scratch space of builds.

Everything appears under its final name by a rename, a record last of all, so what a record names is whole. Folders:
C(oci) (an OCI image layout), C(files), C(sbom), C(records), and C(build), which nobody needs between two runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import typing as t

# The time stamp (ns) of every finished file: the same for all, because two records may name one blob.
SETTLED = 1_000_000_000 * 10**9


@dataclasses.dataclass(frozen=True)
class Stored:
    """A file of the cache (C(path) relative to it) as it was when it was written. C(mtime) is in nanoseconds."""

    path: str
    sha256: str
    size: int
    mtime: int


@dataclasses.dataclass(frozen=True)
class Record:
    """What is known of a finished layer, image or file. C(components) are CycloneDX components."""

    key: str
    name: str
    stored: tuple[Stored, ...]
    seconds: float
    components: tuple[dict[str, t.Any], ...]
    below: str = ""  # of a layer: the sha256 of the layer that it was made on

    @property
    def main(self) -> Stored:
        """The first file: a layer's tar, an image's manifest, the host file."""
        return self.stored[0]


class Store:
    """Paths in the cache and everything that reads or writes it. C(looking) says that nothing at all may be written."""

    def __init__(self, root: pathlib.Path, looking: bool = False) -> None:
        self.root = root
        self._looking = looking
        self.oci = root / "oci"
        self.blobs = root / "oci/blobs/sha256"
        self.files = root / "files"
        self.sbom = root / "sbom"
        self.records = root / "records"
        self.build = root / "build"
        self.logs = root / "build/logs"
        self._verified: set[str] = set()

    def prepare(self) -> None:
        """Makes the folders."""
        for folder in (self.blobs, self.files, self.sbom, self.records, self.logs, self.build / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.oci / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')

    def layer_root(self, key: str) -> pathlib.Path:
        """Where a layer lies unpacked; it exists only whole."""
        return self.build / "roots" / key

    def command(self, key: str) -> pathlib.Path:
        """Where a Go command lies that was built; it exists only whole."""
        return self.build / "commands" / key

    def file(self, name: str, key: str) -> pathlib.Path:
        """The path of a host file."""
        return self.files / f"{name}-{key[:16]}"

    def blob(self, digest: str) -> pathlib.Path:
        """The path of a blob by its hex digest."""
        return self.blobs / digest

    def read(self, key: str) -> Record | None:
        """The record of a key, when there is one that can be read."""
        try:
            data = json.loads((self.records / f"{key}.json").read_text(encoding="utf-8"))
            stored = tuple(Stored(**item) for item in data["stored"])
            return Record(key, data["name"], stored, float(data["seconds"]), tuple(data["components"]), data["below"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, record: Record) -> None:
        """Files a record: from here on the thing counts as built."""
        write_atomically(self.records / f"{record.key}.json", json.dumps(dataclasses.asdict(record), indent=1).encode())

    def forget(self, key: str) -> None:
        """Takes a record away, so that the thing is built again."""
        (self.records / f"{key}.json").unlink(missing_ok=True)

    def fault(self, stored: Stored, verify: bool) -> str:
        """What is wrong with a file of the cache, or nothing. Its content is read only when its size or time moved, or on demand."""
        path = self.root / stored.path
        try:
            info = path.stat()
        except OSError:
            return "is missing"
        untouched = (info.st_size, info.st_mtime_ns) == (stored.size, stored.mtime)
        if (untouched and not verify) or stored.path in self._verified:
            return ""
        if sha256_of(path) != stored.sha256:
            return "is corrupt (its content is not what was built)"
        # The content is right whatever its time says: put that back, so that the next run need not read it again.
        if not self._looking:
            os.utime(path, ns=(stored.mtime, stored.mtime))
        self._verified.add(stored.path)
        return ""

    def stored(self, path: pathlib.Path, sha256: str) -> Stored:
        """Describes a file that was just written, and gives it the time stamp by which a later write is noticed."""
        os.utime(path, ns=(SETTLED, SETTLED))
        info = path.stat()
        return Stored(str(path.relative_to(self.root)), sha256, info.st_size, info.st_mtime_ns)

    def put(self, content: bytes) -> Stored:
        """Stores a small blob."""
        digest = hashlib.sha256(content).hexdigest()
        write_atomically(self.blob(digest), content)
        return self.stored(self.blob(digest), digest)

    def prune(self, keys: t.Collection[str], names: t.Collection[str], unbuilt: t.Collection[str] = ()) -> None:
        """Deletes every record but these and those of C(unbuilt) names, and every file that no record left names."""
        used = set()
        for path in self.records.glob("*.json"):
            record = self.read(path.stem)
            if record is None or (path.stem not in keys and record.name not in unbuilt):
                path.unlink()
                continue
            used |= {stored.path for stored in record.stored}
        for folder in (self.blobs, self.files):
            for path in folder.iterdir():
                if str(path.relative_to(self.root)) not in used:
                    path.unlink()
        for path in self.sbom.glob("*.json"):
            if path.stem not in names:
                path.unlink()

    @contextlib.contextmanager
    def temporary(self) -> t.Iterator[pathlib.Path]:
        """A folder that is gone afterwards."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.build / "tmp"))
        try:
            yield folder
        finally:
            remove_tree(folder)


def write_atomically(path: pathlib.Path, content: bytes) -> None:
    """Writes a file so that it is either the old or the new one, never half of it."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def sha256_of(path: pathlib.Path) -> str:
    """The sha256 (hex) of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def remove_tree(folder: pathlib.Path) -> None:
    """Deletes a folder, read-only ones (Go's module cache) included; silent when there is none."""
    if folder.exists():
        shutil.rmtree(folder)
