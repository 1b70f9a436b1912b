# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Read the dynamic symbols of ELF shared objects, and write small ones without a compiler.

Formats: System V ABI (gABI) chapters 4 and 5 and its AMD64 supplement; symbol versions as in the Linux Standard Base
core specification. Little-endian 64-bit files only.
"""

from __future__ import annotations

import mmap
import struct
import typing as t
from dataclasses import dataclass
from pathlib import Path

DT_NEEDED = 1
SHT_DYNAMIC = 6
SHT_DYNSYM = 11
SHT_VERNEED = 0x6FFFFFFE
SHT_VERSYM = 0x6FFFFFFF
STB_GLOBAL = 1
STB_WEAK = 2
VERSYM_INDEX = 0x7FFF
PAGE = 0x1000
_SEGMENTS = 5

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_DYNAMIC = struct.Struct("<qQ")
_PROGRAM = struct.Struct("<IIQQQQQQ")


class ElfError(ValueError):
    """The file is not a shared object of the expected kind."""


@dataclass(frozen=True)
class Library:
    """What a shared object asks for and offers."""

    needed: tuple[str, ...]  # sonames it names as NEEDED
    defined: frozenset[str]  # symbols it offers
    undefined: dict[str, str | None]  # strong symbols it lacks -> soname their version names, None without a version


@dataclass(frozen=True)
class _Section:
    kind: int
    offset: int
    size: int
    link: int
    info: int


def read_library(path: Path) -> Library:
    """Read the dynamic part of the shared object at *path*.

    :raises ElfError: when the file is not a little-endian 64-bit ELF file with section headers.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:6] != b"\x7fELF\x02\x01":
            raise ElfError(f"{path}: not a 64-bit little-endian ELF file")
        sections = _sections(data)
        if not any(section.kind == SHT_DYNSYM for section in sections):
            raise ElfError(f"{path}: no dynamic symbol table")
        defined, undefined = _symbols(data, sections)
        return Library(needed=_needed(data, sections), defined=defined, undefined=undefined)


def _sections(data: mmap.mmap) -> list[_Section]:
    start = struct.unpack_from("<Q", data, 0x28)[0]
    size, count = struct.unpack_from("<HH", data, 0x3A)
    found = []
    for index in range(count):
        _name, kind, _flags, _addr, offset, length, link, info, _align, _entry = _SECTION.unpack_from(
            data, start + index * size
        )
        found.append(_Section(kind, offset, length, link, info))
    return found


def _of_kind(sections: t.Iterable[_Section], kind: int) -> _Section | None:
    return next((section for section in sections if section.kind == kind), None)


def _text(data: mmap.mmap, offset: int) -> str:
    return data[offset : data.find(b"\0", offset)].decode("ascii")


def _needed(data: mmap.mmap, sections: list[_Section]) -> tuple[str, ...]:
    dynamic = _of_kind(sections, SHT_DYNAMIC)
    if dynamic is None:
        return ()
    strings = sections[dynamic.link].offset
    entries = _DYNAMIC.iter_unpack(data[dynamic.offset : dynamic.offset + dynamic.size])
    return tuple(_text(data, strings + value) for tag, value in entries if tag == DT_NEEDED)


def _version_files(data: mmap.mmap, sections: list[_Section]) -> dict[int, str]:
    """Version index -> soname of the library that version belongs to (.gnu.version_r)."""
    section = _of_kind(sections, SHT_VERNEED)
    if section is None:
        return {}
    strings, at = sections[section.link].offset, section.offset
    files: dict[int, str] = {}
    for _ in range(section.info):
        _version, count, file, aux, following = struct.unpack_from("<HHIII", data, at)
        entry = at + aux
        for _ in range(count):
            _hash, _flags, index, _name, more = struct.unpack_from("<IHHII", data, entry)
            files[index] = _text(data, strings + file)
            entry += more
        at += following
    return files


def _symbols(data: mmap.mmap, sections: list[_Section]) -> tuple[frozenset[str], dict[str, str | None]]:
    table = t.cast(_Section, _of_kind(sections, SHT_DYNSYM))
    strings = sections[table.link].offset
    versions = _of_kind(sections, SHT_VERSYM)
    files = _version_files(data, sections)
    defined: set[str] = set()
    undefined: dict[str, str | None] = {}
    for index, entry in enumerate(_SYMBOL.iter_unpack(data[table.offset : table.offset + table.size])):
        name, info, _other, section = entry[:4]
        if not name:
            continue
        if section:
            defined.add(_text(data, strings + name))
        elif info >> 4 != STB_WEAK:
            at = struct.unpack_from("<H", data, versions.offset + 2 * index)[0] & VERSYM_INDEX if versions else 0
            undefined[_text(data, strings + name)] = files.get(at)
    return frozenset(defined), undefined


def _hash(name: bytes) -> int:
    """The symbol hash of the System V ABI."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high
    return value


def _strings(texts: t.Iterable[str]) -> tuple[bytes, dict[str, int]]:
    table, offsets = bytearray(b"\0"), {}
    for text in texts:
        offsets[text] = len(table)
        table += text.encode("ascii") + b"\0"
    return bytes(table), offsets


def _hash_table(names: t.Sequence[str]) -> bytes:
    buckets, chains = [0] * max(1, len(names) // 2), [0] * (len(names) + 1)
    for index, name in enumerate(names, start=1):
        bucket = _hash(name.encode("ascii")) % len(buckets)
        chains[index], buckets[bucket] = buckets[bucket], index
    return struct.pack(f"<II{len(buckets)}I{len(chains)}I", len(buckets), len(chains), *buckets, *chains)


def _align(value: int, to: int) -> int:
    return -(-value // to) * to


def shared_object(soname: str, functions: t.Mapping[str, int], code: bytes, rodata: bytes = b"") -> bytes:
    """The bytes of an x86-64 shared object that offers *functions* (name -> offset in *code*).

    It needs no relocation. Read-only data, code and the dynamic section are three segments; *rodata* stands
    :func:`rodata_distance` bytes before *code*, so that the code can reach it relative to its own address.
    """
    names = sorted(functions)
    strings, at = _strings([soname, *names])
    hashes = _hash_table(names)
    symbols_at = 64 + _SEGMENTS * _PROGRAM.size
    hash_at = symbols_at + _SYMBOL.size * (len(names) + 1)
    strings_at = hash_at + len(hashes)
    rodata_at = _align(strings_at + len(strings), PAGE)
    code_at = rodata_at + rodata_distance(rodata)
    dynamic_at = _align(code_at + len(code), PAGE)
    symbols = bytes(_SYMBOL.size) + b"".join(
        _SYMBOL.pack(at[name], STB_GLOBAL << 4 | 2, 0, 1, code_at + functions[name], 0) for name in names
    )
    dynamic = b"".join(
        _DYNAMIC.pack(tag, value)
        for tag, value in (
            (14, at[soname]),  # DT_SONAME
            (4, hash_at),  # DT_HASH
            (5, strings_at),  # DT_STRTAB
            (6, symbols_at),  # DT_SYMTAB
            (10, len(strings)),  # DT_STRSZ
            (11, _SYMBOL.size),  # DT_SYMENT
            (0, 0),
        )
    )
    image = bytearray(dynamic_at + len(dynamic))
    headers = _headers(rodata_at + len(rodata), (code_at, len(code)), (dynamic_at, len(dynamic)))
    parts = ((0, headers), (symbols_at, symbols), (hash_at, hashes), (strings_at, strings))
    for offset, part in (*parts, (rodata_at, rodata), (code_at, code), (dynamic_at, dynamic)):
        image[offset : offset + len(part)] = part
    return bytes(image)


def rodata_distance(rodata: bytes) -> int:
    """How many bytes before the code the read-only data of :func:`shared_object` begins."""
    return _align(len(rodata), PAGE)


def _headers(read_only: int, code: tuple[int, int], dynamic: tuple[int, int]) -> bytes:
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, _PROGRAM.size, _SEGMENTS, 64, 0, 0)
    load, dyn, stack, read, write, execute = 1, 2, 0x6474E551, 4, 2, 1

    def segment(kind: int, flags: int, at: int, size: int, align: int) -> bytes:
        return _PROGRAM.pack(kind, flags, at, at, at, size, size, align)

    return header + b"".join(
        (
            segment(load, read, 0, read_only, PAGE),
            segment(load, read | execute, *code, PAGE),
            segment(load, read | write, *dynamic, PAGE),
            segment(dyn, read | write, *dynamic, 8),
            segment(stack, read | write, 0, 0, 16),  # without it the loader wants an executable stack
        )
    )
