# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The archive that containerd gets."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import LayoutError, read_image
from ansible_collections.inference.platform.plugins.module_utils.oci_layout.stream import write_archive

from .conftest import SHARED, Layout


def archive(layout: Layout, *names: str) -> tuple[int, dict[str, bytes], list[str]]:
    """Write an archive of images that share a layer; return its byte count, contents and member names."""
    images = [read_image(layout.path, layout.image(name, SHARED, name.encode())) for name in names]
    out = io.BytesIO()
    count = write_archive(out, layout.path, images)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        members = tar.getmembers()
        contents = {member.name: stream.read() for member in members if (stream := tar.extractfile(member))}
    return count, contents, [member.name for member in members]


def test_a_shared_blob_is_in_the_archive_once(layout: Layout) -> None:
    count, contents, members = archive(layout, "registry/one:1", "registry/two:1")
    assert len(members) == len(set(members)) == 2 + 2 * 3 + 1
    assert contents[f"blobs/sha256/{layout.file(SHARED).name}"] == SHARED
    assert count == sum(len(content) for name, content in contents.items() if name.startswith("blobs/"))


def test_the_index_gives_containerd_the_names(layout: Layout) -> None:
    _, contents, _ = archive(layout, "registry/one:1", "registry/two:1")
    manifests = json.loads(contents["index.json"])["manifests"]
    names = [manifest["annotations"]["io.containerd.image.name"] for manifest in manifests]
    assert names == ["registry/one:1", "registry/two:1"]
    for manifest in manifests:
        assert len(contents["blobs/sha256/" + manifest["digest"].partition(":")[2]]) == manifest["size"]


def test_a_blob_of_the_right_size_and_wrong_content_stops_the_archive(layout: Layout) -> None:
    image = read_image(layout.path, layout.image("registry/one:1", b"good"))
    layout.file(b"good").write_bytes(b"evil")
    out = io.BytesIO()
    with pytest.raises(LayoutError, match=rf"sha256:{layout.file(b'good').name} of image registry/one:1 .* is corrupt"):
        write_archive(out, layout.path, [image])
    assert not out.getvalue().endswith(bytes(1024)), "the end of a tar would make the half archive whole"
