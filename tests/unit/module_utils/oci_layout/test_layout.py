# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reading images out of a layout."""

from __future__ import annotations

import json

import pytest

from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import (
    ImageRef,
    LayoutError,
    blob_path,
    read_image,
)

from .conftest import Layout


def test_an_image_names_its_manifest_config_and_layers(layout: Layout) -> None:
    wanted = layout.image("registry/one:1", b"a", b"b")
    image = read_image(layout.path, wanted)
    assert [blob.size for blob in image.blobs][2:] == [1, 1]
    assert image.blobs[0].digest == image.digest == wanted.digest
    assert image.size == image.blobs[0].size
    assert image.media_type == "application/vnd.oci.image.manifest.v1+json"


def test_an_index_brings_the_blobs_of_all_its_manifests(layout: Layout) -> None:
    one, two = layout.image("a", b"a"), layout.image("b", b"b")
    manifests = [{"digest": image.digest, "size": 1} for image in (one, two)]
    index = layout.blob(json.dumps({"manifests": manifests}).encode())
    image = read_image(layout.path, ImageRef("both", str(index["digest"])))
    assert len(image.blobs) == 1 + 2 * 3
    assert image.media_type == "application/vnd.oci.image.index.v1+json"


@pytest.mark.parametrize("content", [b"layer", None], ids=["layer", "manifest"])
def test_an_absent_blob_is_named_with_its_image_and_a_way_out(layout: Layout, content: bytes | None) -> None:
    wanted = layout.image("registry/one:1", b"layer")
    gone = blob_path(layout.path, wanted.digest) if content is None else layout.file(content)
    gone.unlink()
    with pytest.raises(LayoutError, match=rf"sha256:{gone.name} of image registry/one:1 is not in .* run again"):
        read_image(layout.path, wanted)


def test_a_cut_off_layer_is_seen_by_its_size(layout: Layout) -> None:
    wanted = layout.image("registry/one:1", b"layer")
    layout.file(b"layer").write_bytes(b"lay")
    with pytest.raises(LayoutError, match="has 3 bytes where the manifest says 5"):
        read_image(layout.path, wanted)


def test_a_manifest_that_is_no_manifest_is_refused(layout: Layout) -> None:
    descriptor = layout.blob(b"[]")
    with pytest.raises(LayoutError, match="neither an image manifest nor an image index"):
        read_image(layout.path, ImageRef("x", str(descriptor["digest"])))


@pytest.mark.parametrize("digest", ["", "sha256:../../etc/passwd", "md5:0", "sha256:" + "A" * 64])
def test_a_digest_cannot_lead_out_of_the_layout(layout: Layout, digest: str) -> None:
    with pytest.raises(LayoutError, match="is not a digest"):
        blob_path(layout.path, digest)
