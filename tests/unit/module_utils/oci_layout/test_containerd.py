# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Talking to ctr. The ctr of these tests is a script that stores what it gets, as the real one reads it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from ansible_collections.inference.platform.plugins.module_utils.oci_layout.containerd import (
    ContainerdError,
    Ctr,
    missing_images,
    parse_images,
)
from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import (
    ImageRef,
    LayoutError,
    read_image,
)

from .conftest import Layout

LISTING = """\
REF                           TYPE                                       DIGEST                SIZE      PLATFORMS   LABELS
registry.k8s.io/pause:3.10.1  application/vnd.oci.image.manifest.v1+json sha256:aa             746.0 KiB linux/amd64 io.cri-containerd.image=managed
sha256:bb                     application/vnd.oci.image.manifest.v1+json sha256:bb             746.0 KiB linux/amd64 -
"""


def script(tmp_path: Path, body: str) -> Ctr:
    """A ctr that runs a line of shell."""
    path = tmp_path / "ctr"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return Ctr(str(path), "k8s.io", "/run/containerd/containerd.sock")


def test_the_listing_is_read_as_reference_and_digest() -> None:
    assert parse_images(LISTING) == {"registry.k8s.io/pause:3.10.1": "sha256:aa", "sha256:bb": "sha256:bb"}


def test_an_image_of_another_digest_is_missing() -> None:
    same, other, absent = ImageRef("a", "sha256:1"), ImageRef("b", "sha256:2"), ImageRef("c", "sha256:3")
    assert missing_images([same, other, absent], {"a": "sha256:1", "b": "sha256:9"}) == [other, absent]


def test_what_containerd_gets_is_a_whole_archive(layout: Layout, tmp_path: Path) -> None:
    ctr = script(tmp_path, f"echo $* > {tmp_path}/argv; cat > {tmp_path}/archive")
    wanted = layout.image("registry/one:1", b"layer")
    assert ctr.load(layout.path, [read_image(layout.path, wanted)]) > 0
    argv = "--address /run/containerd/containerd.sock --namespace k8s.io images import -"
    assert (tmp_path / "argv").read_text().strip() == argv
    with tarfile.open(tmp_path / "archive") as tar:
        assert "index.json" in tar.getnames()


def test_a_corrupt_blob_kills_the_import_before_its_input_ends(layout: Layout, tmp_path: Path) -> None:
    ctr = script(tmp_path, f"cat > /dev/null; touch {tmp_path}/imported")
    image = read_image(layout.path, layout.image("registry/one:1", b"good"))
    layout.file(b"good").write_bytes(b"evil")
    with pytest.raises(LayoutError, match="is corrupt"):
        ctr.load(layout.path, [image])
    assert not (tmp_path / "imported").exists()


def test_containerds_refusal_is_repeated(layout: Layout, tmp_path: Path) -> None:
    ctr = script(tmp_path, "echo no space left on device >&2; exit 1")
    image = read_image(layout.path, layout.image("registry/one:1", b"x" * 4_000_000))
    with pytest.raises(ContainerdError, match="images import - failed with 1: no space left on device"):
        ctr.load(layout.path, [image])


def test_a_stopped_containerd_is_asked_about(tmp_path: Path) -> None:
    ctr = script(tmp_path, "echo connection refused >&2; exit 1")
    with pytest.raises(ContainerdError, match=r"connection refused\. Is containerd running\?"):
        ctr.images()


def test_an_absent_ctr_is_explained() -> None:
    with pytest.raises(ContainerdError, match="Is containerd installed"):
        Ctr("/nowhere/ctr", "k8s.io", "/x").images()
