# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The name of a store stands for exactly what is in it."""

from __future__ import annotations

import copy

from ansible_collections.inference.platform.plugins.filter.image_store import image_store

ARTIFACTS = {
    "images": {"a": {"ref": "example/a:1", "digest": "sha256:1"}, "b": {"ref": "example/b:1", "digest": "sha256:2"}},
    "files": {"machine": {"sha256": "3"}},
}


def test_the_order_of_the_images_does_not_matter_and_their_content_does() -> None:
    turned = {**ARTIFACTS, "images": dict(reversed(ARTIFACTS["images"].items()))}
    assert image_store(turned, "/cache") == image_store(ARTIFACTS, "/cache")
    for change in (("images", "a", "digest"), ("images", "b", "ref"), ("files", "machine", "sha256")):
        other = copy.deepcopy(ARTIFACTS)
        other[change[0]][change[1]][change[2]] = "other"
        assert image_store(other, "/cache") != image_store(ARTIFACTS, "/cache")


def test_it_lies_in_the_cache() -> None:
    assert image_store({"images": {}, "files": {}}, "/cache").startswith("/cache/containerd/")
