# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Packs a layer's folder into a tar and back, always the same bytes for the same content.

The folder is an overlayfs upper directory; in the tar, things that are gone are marked as the OCI image
specification says (layer.md, "Whiteouts").
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import stat
import tarfile
import typing as t

from .normalise import is_whiteout

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_OPAQUE_XATTR = "trusted.overlay.opaque"
_CAPABILITY = "security.capability"
_PAX_CAPABILITY = "SCHILY.xattr.security.capability"


class HashingWriter:
    """A binary stream that knows the sha256 and the size of what went through it."""

    def __init__(self, out: t.BinaryIO) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Passes the bytes on."""
        self._hash.update(data)
        self.size += len(data)
        return self._out.write(data)

    @property
    def hexdigest(self) -> str:
        """The sha256 so far."""
        return self._hash.hexdigest()


def pack(root: pathlib.Path, out: t.BinaryIO, lowers: t.Sequence[pathlib.Path] = ()) -> tuple[str, int]:
    """Writes the layer as a tar; returns its sha256 (hex) and size in bytes. C(lowers) are the layers below it."""
    writer = HashingWriter(out)
    with tarfile.open(
        fileobj=t.cast("t.IO[bytes]", writer), mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20
    ) as tar:
        for relative in _walk(str(root)):
            _add(tar, root, relative, lowers)
    return writer.hexdigest, writer.size


def unpack(layer: t.BinaryIO, root: pathlib.Path) -> None:
    """The reverse of C(pack): makes the folder so that it can be an overlayfs layer again."""
    root.mkdir(parents=True)
    times: list[tuple[str, float]] = []
    with tarfile.open(fileobj=layer, mode="r|") as tar:
        for member in tar:
            path = root / member.name
            if path.name == _OPAQUE:
                os.setxattr(path.parent, _OPAQUE_XATTR, b"y")
            elif path.name.startswith(_WHITEOUT):
                os.mknod(path.with_name(path.name.removeprefix(_WHITEOUT)), stat.S_IFCHR, os.makedev(0, 0))
            else:
                _extract(tar, member, root)
            if member.isdir():
                times.append((str(path), member.mtime))
    for name, mtime in reversed(times):
        os.utime(name, (mtime, mtime))


def _walk(root: str, relative: str = "") -> t.Iterator[str]:
    for name in sorted(os.listdir(os.path.join(root, relative))):
        path = os.path.join(relative, name)
        yield path
        if stat.S_ISDIR(os.lstat(os.path.join(root, path)).st_mode):
            yield from _walk(root, path)


def _add(tar: tarfile.TarFile, root: pathlib.Path, relative: str, lowers: t.Sequence[pathlib.Path]) -> None:
    path = os.path.join(root, relative)
    info = os.lstat(path)
    if is_whiteout(info):
        folder, name = os.path.split(relative)
        tar.addfile(_marker(os.path.join(folder, _WHITEOUT + name)))
        return
    if stat.S_ISSOCK(info.st_mode) or stat.S_ISFIFO(info.st_mode):
        return
    member = tar.gettarinfo(path, arcname=relative)
    member.uname = member.gname = ""
    member.mtime = int(info.st_mtime)
    if member.isreg():
        capability = _xattr(path, _CAPABILITY)
        if capability:
            member.pax_headers = {_PAX_CAPABILITY: capability.decode("utf-8", "surrogateescape")}
        with open(path, "rb") as content:
            tar.addfile(member, content)
        return
    tar.addfile(member)
    if member.isdir() and _hides_something(path, relative, lowers):
        tar.addfile(_marker(os.path.join(relative, _OPAQUE)))


def _hides_something(path: str, relative: str, lowers: t.Sequence[pathlib.Path]) -> bool:
    # The kernel also marks folders as opaque that hide nothing, to save itself a look-up.
    return _xattr(path, _OPAQUE_XATTR) == b"y" and any((lower / relative).is_dir() for lower in lowers)


def _marker(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode = 0o644
    return member


def _xattr(path: str, name: str) -> bytes:
    try:
        return os.getxattr(path, name, follow_symlinks=False)
    except OSError:
        return b""


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, root: pathlib.Path) -> None:
    tar.extract(member, root, numeric_owner=True, filter="fully_trusted")
    if member.issym():  # tarfile leaves their times alone
        os.utime(root / member.name, (member.mtime, member.mtime), follow_symlinks=False)
    capability = member.pax_headers.get(_PAX_CAPABILITY)
    if capability:
        os.setxattr(root / member.name, _CAPABILITY, capability.encode("utf-8", "surrogateescape"))
