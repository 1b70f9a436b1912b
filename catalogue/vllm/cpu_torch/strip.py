# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Take out of shared objects what no running program reads: debug information, full symbol tables, section headers.

``python -m cpu_torch.strip SITE_PACKAGES``, after ``stubs``, which reads section headers. A loader looks at segments
alone; these keep their addresses and content and only move together in the file. binutils' strip lays segments out
anew, which breaks libraries that were edited by patchelf, as those in wheels are.
"""

from __future__ import annotations

import struct
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .elf import ElfError

PT_NULL = 0
PT_LOAD = 1
# below this size there is nothing worth the reading
SMALLEST = 1 << 20

_PROGRAM = struct.Struct("<IIQQQQQQ")


@dataclass(frozen=True)
class _Piece:
    """A stretch of the file that is loaded, and where it goes."""

    start: int
    end: int
    target: int

    def holds(self, offset: int, size: int) -> bool:
        return self.start <= offset and offset + size <= self.end

    def moved(self, offset: int) -> int:
        return offset - self.start + self.target


def stripped(image: bytes) -> bytes:
    """The shared object *image* with nothing in it but its segments.

    :raises ElfError: when it is no 64-bit little-endian ELF file, or its segments overlap in the file.
    """
    if image[:6] != b"\x7fELF\x02\x01":
        raise ElfError("not a 64-bit little-endian ELF file")
    table = struct.unpack_from("<Q", image, 0x20)[0]
    size, count = struct.unpack_from("<HH", image, 0x36)
    headers = [list(_PROGRAM.unpack_from(image, table + index * size)) for index in range(count)]
    pieces = _pieces(headers)
    home = _home(pieces, table, count * size)
    if home is None or not _home(pieces, 0, 64):
        raise ElfError("its headers are in no segment")
    done = bytearray(max(piece.target + piece.end - piece.start for piece in pieces))
    for piece in pieces:
        done[piece.target : piece.target + piece.end - piece.start] = image[piece.start : piece.end]
    for index, header in enumerate(headers):
        _PROGRAM.pack_into(done, home.moved(table) + index * size, *_relocated(header, pieces))
    struct.pack_into("<QQ", done, 0x20, home.moved(table), 0)
    struct.pack_into("<HH", done, 0x3C, 0, 0)
    return bytes(done)


def _pieces(headers: t.Iterable[t.Sequence[int]]) -> list[_Piece]:
    """The loaded stretches in the order of the file, moved as close together as their alignment allows."""
    loads = sorted((header[2], header[5], header[7]) for header in headers if header[0] == PT_LOAD and header[5])
    pieces: list[_Piece] = []
    before = end = 0
    for offset, size, align in loads:
        if offset < before:
            raise ElfError("two of its segments overlap")
        target = end + (offset - end) % max(align, 1)
        pieces.append(_Piece(offset, offset + size, target))
        before, end = offset + size, target + size
    return pieces


def _home(pieces: t.Iterable[_Piece], offset: int, size: int) -> _Piece | None:
    return next((piece for piece in pieces if piece.holds(offset, size)), None)


def _relocated(header: t.Sequence[int], pieces: t.Sequence[_Piece]) -> tuple[int, ...]:
    kind, flags, offset, *middle, align = header
    if not header[5]:
        # nothing of it is in the file; a loader wants the offset to fit the address all the same
        return (kind, flags, header[3] % max(align, 1) if kind == PT_LOAD else 0, *middle, align)
    home = _home(pieces, offset, header[5])
    if home is None:
        return (PT_NULL, flags, 0, *middle, align)
    return (kind, flags, home.moved(offset), *middle, align)


def strip_folder(folder: Path) -> int:
    """Strip every large shared object below *folder*; returns how many bytes that saved."""
    saved = 0
    for path in sorted(folder.rglob("*.so*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size < SMALLEST:
            continue
        image = path.read_bytes()
        try:
            smaller = stripped(image)
        except ElfError as error:
            raise ElfError(f"{path}: {error}") from error
        path.write_bytes(smaller)
        saved += len(image) - len(smaller)
    return saved


def main(arguments: t.Sequence[str]) -> None:
    sys.stdout.write(f"{strip_folder(Path(arguments[0])) >> 20} MiB of symbols and debug information removed\n")


if __name__ == "__main__":
    main(sys.argv[1:])
