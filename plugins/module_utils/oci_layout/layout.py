# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Read images out of an OCI image layout directory.

Implements the reading half of the OCI Image Layout and Image Manifest specifications (image-spec 1.1):
https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md. Only the standard library is used, because
this runs on managed hosts.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# A manifest is a page of JSON; anything much larger is not one and must not be read into memory.
MANIFEST_LIMIT = 8 << 20


class LayoutError(Exception):
    """An image cannot be read from the layout; the text says which image, which blob and what to do."""


@dataclass(frozen=True)
class ImageRef:
    """What a caller wants: the image reference and the digest of its manifest (or index)."""

    ref: str
    digest: str


@dataclass(frozen=True)
class Blob:
    """One content-addressed file of the layout; size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Image:
    """An image with everything it needs: its own descriptor and all blobs, manifests first, layers last."""

    ref: str
    digest: str
    media_type: str
    size: int
    blobs: tuple[Blob, ...]


def blob_path(layout: Path, digest: str) -> Path:
    """Return where the layout keeps a blob. Raises LayoutError for a digest that is not ``sha256:<64 hex digits>``."""
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise LayoutError(f"{digest!r} is not a digest of the form sha256:<64 hexadecimal digits>.")
    return layout / "blobs" / "sha256" / value


def read_image(layout: Path, wanted: ImageRef) -> Image:
    """Collect the blobs of an image by walking from its digest. Raises LayoutError when a blob is absent or unreadable."""
    document, size = _read_json(layout, wanted.digest, wanted.ref)
    blobs: dict[str, Blob] = {wanted.digest: Blob(wanted.digest, size)}
    _collect(layout, document, wanted.ref, blobs)
    return Image(wanted.ref, wanted.digest, _media_type(document), size, tuple(blobs.values()))


def _collect(layout: Path, document: dict[str, t.Any], ref: str, blobs: dict[str, Blob]) -> None:
    if _media_type(document) in INDEX_TYPES:
        for descriptor in document.get("manifests", []):
            child, size = _read_json(layout, descriptor["digest"], ref)
            blobs[descriptor["digest"]] = Blob(descriptor["digest"], size)
            _collect(layout, child, ref, blobs)
        return
    for descriptor in [document["config"], *document.get("layers", [])]:
        blob = Blob(descriptor["digest"], int(descriptor["size"]))
        _check_present(layout, blob, ref)
        blobs[blob.digest] = blob


def _media_type(document: dict[str, t.Any]) -> str:
    # mediaType is optional in an OCI manifest; an index is known by its list of manifests.
    default = INDEX_TYPES[0] if "manifests" in document else MANIFEST_TYPE
    return str(document.get("mediaType", default))


def _read_json(layout: Path, digest: str, ref: str) -> tuple[dict[str, t.Any], int]:
    path = blob_path(layout, digest)
    try:
        with path.open("rb") as stream:
            content = stream.read(MANIFEST_LIMIT)
        document = json.loads(content)
        if not isinstance(document, dict) or not ("config" in document or "manifests" in document):
            raise ValueError("neither an image manifest nor an image index")
    except FileNotFoundError as error:
        raise LayoutError(missing_text(layout, digest, ref)) from error
    except (OSError, ValueError) as error:
        raise LayoutError(f"Manifest {digest} of image {ref} in {layout} cannot be read: {error}. {REPAIR}") from error
    return document, len(content)


def _check_present(layout: Path, blob: Blob, ref: str) -> None:
    try:
        found = blob_path(layout, blob.digest).stat().st_size
    except FileNotFoundError as error:
        raise LayoutError(missing_text(layout, blob.digest, ref)) from error
    if found != blob.size:
        raise LayoutError(
            f"Blob {blob.digest} of image {ref} in {layout} has {found} bytes where the manifest says {blob.size}. {REPAIR}"
        )


REPAIR = "Remove that blob from the artefact cache of the controller (its folder oci/blobs/sha256) and run again: it is made anew."


def missing_text(layout: Path, digest: str, ref: str) -> str:
    """Say that a blob is absent and what to do about it."""
    return f"Blob {digest} of image {ref} is not in the image layout {layout}. {REPAIR}"


__all__ = ("REPAIR", "Blob", "Image", "ImageRef", "LayoutError", "blob_path", "missing_text", "read_image")
