# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""OCI images from layers, and the index of the image layout (image-spec 1.1: config, manifest, image-layout)."""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

from .keys import ARCHITECTURE
from .recipes import Artifact
from .sandbox import PATH
from .store import Store, Stored, write_atomically

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
INDEX = "application/vnd.oci.image.index.v1+json"
# containerd reads the full name here; other tools read the tag in the second one.
FULL_NAME = "io.containerd.image.name"
REF_NAME = "org.opencontainers.image.ref.name"


def write_image(store: Store, artifact: Artifact, layers: t.Sequence[Stored], epoch: int) -> tuple[Stored, Stored]:
    """Writes configuration and manifest of an image; returns the manifest and the configuration as stored."""
    config = store.put(_json(_config(artifact, layers, epoch)))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, config),
        "layers": [_descriptor(LAYER, layer) for layer in layers],
    }
    return store.put(_json(manifest)), config


def publish(store: Store, images: t.Mapping[str, Stored], keep: t.Collection[str] = ()) -> bool:
    """Makes the index name these images (reference -> manifest), and of those it named before only C(keep).

    Returns whether it changed.
    """
    entries = {entry["annotations"][FULL_NAME]: entry for entry in _entries(store.oci)}
    entries = {ref: entry for ref, entry in entries.items() if ref in keep}
    entries.update({ref: _entry(ref, manifest) for ref, manifest in images.items()})
    content = _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entries[ref] for ref in sorted(entries)]})
    path = store.oci / "index.json"
    if path.is_file() and path.read_bytes() == content:
        return False
    write_atomically(path, content)
    return True


def published(layout: pathlib.Path) -> dict[str, str]:
    """The images that a layout names: reference -> digest of the manifest (C(sha256:...))."""
    return {entry["annotations"][FULL_NAME]: entry["digest"] for entry in _entries(layout)}


def _entries(layout: pathlib.Path) -> list[dict[str, t.Any]]:
    try:
        return list(json.loads((layout / "index.json").read_text(encoding="utf-8"))["manifests"])
    except (OSError, ValueError, KeyError):
        return []


def _config(artifact: Artifact, layers: t.Sequence[Stored], epoch: int) -> dict[str, t.Any]:
    config = artifact.config
    environment = {"PATH": PATH, **dict(config.env)}
    settings: dict[str, t.Any] = {
        "Env": [f"{key}={value}" for key, value in environment.items()],
        "WorkingDir": config.workdir,
        "Labels": {
            "org.opencontainers.image.title": artifact.name,
            "org.opencontainers.image.version": artifact.version,
        },
    }
    optional = {"Entrypoint": list(config.entrypoint), "Cmd": list(config.cmd), "User": config.user}
    settings.update({key: value for key, value in optional.items() if value})
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.sha256}" for layer in layers]},
    }


def _entry(ref: str, manifest: Stored) -> dict[str, t.Any]:
    return {
        **_descriptor(MANIFEST, manifest),
        "platform": {"architecture": ARCHITECTURE, "os": "linux"},
        "annotations": {FULL_NAME: ref, REF_NAME: ref.rsplit(":", 1)[-1]},
    }


def _descriptor(media_type: str, stored: Stored) -> dict[str, t.Any]:
    return {"mediaType": media_type, "digest": f"sha256:{stored.sha256}", "size": stored.size}


def _json(value: t.Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
