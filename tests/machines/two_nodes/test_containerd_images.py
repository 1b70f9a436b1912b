# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Images of a layout and a real containerd."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterator

import pytest
from playbook_run import Run

from .site import CONTROL_PLANE, Site

IMAGE = "docker.io/library/python:3.13-slim"
LAYOUT, DAMAGED = "/var/lib/inference-platform/oci", "/root/damaged"
DAMAGE = """
import json, pathlib, shutil, sys
source, target, digest = (pathlib.Path(word) for word in sys.argv[1:])
blobs = target / "blobs/sha256"
blobs.mkdir(parents=True)
manifest = json.loads((source / "blobs/sha256" / digest.name).read_text())
names = [digest.name] + [entry["digest"].partition(":")[2] for entry in [manifest["config"], *manifest["layers"]]]
for name in names:
    shutil.copy(source / "blobs/sha256" / name, blobs / name)
last = blobs / names[-1]
last.chmod(0o644)
with last.open("r+b") as stream:
    stream.seek(-1000, 2)
    stream.write(b"damage")
print(names[-1])
"""


def present(site: Site) -> bool:
    """Whether the control plane's containerd has the image."""
    return IMAGE in site.on(CONTROL_PLANE, "ctr", "--namespace", "k8s.io", "images", "ls", "--quiet").split()


def load(site: Site, *more: str, **variables: t.Any) -> Run:
    """Run the role node_base alone, on the control plane alone."""
    return site.run("hosts.yml", "--limit=localhost,control_plane", "--tags=always,node_base", *more, **variables)


@pytest.fixture(scope="module")
def without_image(two_nodes: Site) -> Iterator[Site]:
    """The platform whose control plane has lost an image until a test loads it; it is whole again afterwards."""
    two_nodes.on(CONTROL_PLANE, "ctr", "--namespace", "k8s.io", "images", "rm", "--sync", IMAGE)
    yield two_nodes
    if not present(two_nodes):
        assert load(two_nodes).rc == 0


def test_check_mode_tells_of_a_missing_image_and_loads_none(without_image: Site) -> None:
    done = load(without_image, "--check", "--diff")
    assert (done.rc, done.changed) == (0, 1), done.output
    assert IMAGE in done.output
    assert not present(without_image)


def test_a_corrupt_blob_is_named_and_nothing_is_loaded(without_image: Site) -> None:
    index = json.loads(without_image.on(CONTROL_PLANE, "cat", f"{LAYOUT}/index.json"))
    (digest,) = (
        entry["digest"] for entry in index["manifests"] if entry["annotations"]["io.containerd.image.name"] == IMAGE
    )
    argv = ("python3", "-", LAYOUT, DAMAGED, digest.partition(":")[2])
    blob = without_image.on(CONTROL_PLANE, *argv, stdin=DAMAGE).strip()
    done = load(without_image, node_base_layout=DAMAGED)
    without_image.on(CONTROL_PLANE, "rm", "-r", DAMAGED)
    assert done.rc != 0
    assert f"Blob sha256:{blob} of image {IMAGE} in {DAMAGED} is corrupt" in done.message()
    assert not present(without_image)


def test_only_the_missing_image_is_loaded(without_image: Site) -> None:
    done = load(without_image, "-v")
    assert done.changed == 1
    assert present(without_image)
    assert f"loaded: - {IMAGE} missing:" in done.message()
