# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model in an image of an OCI layout: its files are read out of the layers, and nothing is unpacked."""

from __future__ import annotations

import pathlib
import tarfile

from ansible_collections.inference.platform.plugins.module_utils.artifacts.oci import published
from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import (
    ImageRef,
    LayoutError,
    blob_path,
    read_image,
)

from .errors import FitError

# Smaller files are kept whole, so that no layer is read twice for them.
_SMALL = 64 << 20


class ImageFolder:
    """A folder in an image, as sources.Files. Later layers hide files of earlier ones; removals in a layer are not heeded."""

    def __init__(self, layout: pathlib.Path, image: ImageRef, folder: str) -> None:
        self.where = f"{folder} of image {image.ref}"
        self._folder = folder.strip("/")
        try:
            blobs = read_image(layout, image).blobs
            self._layers = [path for blob in blobs if (path := blob_path(layout, blob.digest)) and _is_layer(path)]
        except LayoutError as error:
            raise FitError(str(error)) from error
        self._places: dict[str, tuple[pathlib.Path, str, int]] = {}
        for layer in self._layers:
            self._note(layer)

    def _note(self, layer: pathlib.Path) -> None:
        with tarfile.open(layer) as archive:
            for member in archive:
                folder, _, name = member.name.strip("./").rpartition("/")
                if member.isfile() and folder == self._folder:
                    self._places[name] = (layer, member.name, member.size)

    def read(self, name: str) -> bytes | None:
        """See sources.Files."""
        if name not in self._places:
            return None
        return self.part(name, 0, _SMALL)

    def weight_files(self) -> list[str]:
        """See sources.Files."""
        return sorted(name for name in self._places if name.endswith(".safetensors"))

    def part(self, name: str, offset: int, size: int) -> bytes:
        """See sources.Files."""
        layer, member, _size = self._places[name]
        with tarfile.open(layer) as archive:
            stream = archive.extractfile(member)
            if stream is None:
                raise FitError(f"{name} in {self.where} is no file.")
            stream.seek(offset)
            return stream.read(size)

    def size(self, name: str) -> int:
        """See sources.Files."""
        return self._places[name][2]


def image_named(layout: pathlib.Path, ref: str, folder: str) -> ImageFolder:
    """The folder in the image that a layout's index names so. Raises FitError when it names none."""
    digest = published(layout).get(ref)
    if digest is None:
        raise FitError(f"The image layout {layout} names no image {ref}; make or load it first.")
    return ImageFolder(layout, ImageRef(ref, digest), folder)


def _is_layer(path: pathlib.Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except OSError:
        return False


__all__ = ("ImageFolder", "image_named")
