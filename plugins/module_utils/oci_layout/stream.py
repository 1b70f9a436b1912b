# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Write images of a layout directory as one OCI archive (a tar) into a stream, checking every blob on the way.

The archive follows the OCI Image Layout specification; the annotation ``io.containerd.image.name`` gives containerd the
name under which it stores the image.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import typing as t
from pathlib import Path

from .layout import REPAIR, Blob, Image, LayoutError, blob_path

CHUNK = 1 << 20
BLOCK = 512


class Writer(t.Protocol):
    """The part of a binary stream that is needed here."""

    def write(self, data: bytes, /) -> t.Any: ...


def write_archive(out: Writer, layout: Path, images: t.Sequence[Image]) -> int:
    """Write an OCI archive of the images to ``out``, each blob once; return the number of blob bytes.

    Raises LayoutError as soon as a blob's content is not what its digest says. The archive is then incomplete, so
    that the reader at the other end must fail too.
    """
    _write_member(out, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
    _write_member(out, "index.json", _index(images))
    owners: dict[Blob, str] = {}
    for image in images:
        for blob in image.blobs:
            owners.setdefault(blob, image.ref)
    for blob, ref in owners.items():
        _write_blob(out, layout, blob, ref)
    out.write(bytes(2 * BLOCK))
    return sum(blob.size for blob in owners)


def _index(images: t.Sequence[Image]) -> bytes:
    manifests = [
        {
            "mediaType": image.media_type,
            "digest": image.digest,
            "size": image.size,
            "annotations": {"io.containerd.image.name": image.ref},
        }
        for image in images
    ]
    document = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
    return json.dumps(document).encode()


def _write_member(out: Writer, name: str, content: bytes) -> None:
    out.write(_header(name, len(content)))
    out.write(content)
    out.write(_padding(len(content)))


def _write_blob(out: Writer, layout: Path, blob: Blob, ref: str) -> None:
    path = blob_path(layout, blob.digest)
    digest = hashlib.sha256()
    left = blob.size
    out.write(_header(f"blobs/sha256/{path.name}", blob.size))
    try:
        with path.open("rb") as stream:
            while left and (chunk := stream.read(min(CHUNK, left))):
                digest.update(chunk)
                left -= len(chunk)
                out.write(chunk)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise LayoutError(f"Blob {blob.digest} of image {ref} in {layout} cannot be read: {error}. {REPAIR}") from error
    found = f"sha256:{digest.hexdigest()}"
    if left or found != blob.digest:
        raise LayoutError(
            f"Blob {blob.digest} of image {ref} in {layout} is corrupt: its content has {found}. {REPAIR}"
        )
    out.write(_padding(blob.size))


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o444
    return entry.tobuf(format=tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)


__all__ = ("Writer", "write_archive")
