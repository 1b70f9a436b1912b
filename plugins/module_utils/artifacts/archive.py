# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Archives that are the same for the same contents."""

from __future__ import annotations

import gzip
import pathlib
import tarfile


def pack_folder(folder: pathlib.Path, target: pathlib.Path, epoch: int) -> None:
    """Writes a folder as a tar.gz that depends on nothing but the names and contents of its files; modes are 0644."""
    with (
        open(target, "wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
            entry.size, entry.mtime = path.stat().st_size, epoch
            with open(path, "rb") as content:
                tar.addfile(entry, content)


__all__ = ("pack_folder",)
