# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""An image layout with two images that share a layer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import ImageRef


class Layout:
    """A layout on disk that tests add blobs and images to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "blobs" / "sha256").mkdir(parents=True)

    def blob(self, content: bytes) -> dict[str, object]:
        """Store a blob and return its descriptor."""
        value = hashlib.sha256(content).hexdigest()
        (self.path / "blobs" / "sha256" / value).write_bytes(content)
        return {"digest": f"sha256:{value}", "size": len(content)}

    def image(self, ref: str, *layers: bytes) -> ImageRef:
        """Store an image of these layers and return what a caller would ask for."""
        config = self.blob(json.dumps({"ref": ref}).encode())
        manifest = {"schemaVersion": 2, "config": config, "layers": [self.blob(layer) for layer in layers]}
        return ImageRef(ref, str(self.blob(json.dumps(manifest).encode())["digest"]))

    def file(self, content: bytes) -> Path:
        """Return where a blob of that content lies."""
        return self.path / "blobs" / "sha256" / hashlib.sha256(content).hexdigest()


SHARED = b"shared layer" * 1000


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty layout."""
    return Layout(tmp_path / "oci")
