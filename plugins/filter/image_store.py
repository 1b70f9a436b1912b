# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where the unpacked images of a set of artefacts are kept."""

from __future__ import annotations

import hashlib
import json
import typing as t

DOCUMENTATION = r"""
name: image_store
short_description: Where the unpacked images of a set of artefacts are kept
version_added: "0.1.0"
description:
  - Names the folder in which M(inference.platform.machine_images) keeps what containerd unpacked. The name stands for the images and
    for the machines' root file system, which brings containerd.
positional: cache_dir
options:
  _input:
    description: The artefacts, as M(inference.platform.artifacts) returns them.
    type: dict
    required: true
  cache_dir:
    description: Folder of the artefact cache.
    type: str
    required: true
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show where the unpacked images are
  ansible.builtin.debug:
    msg: "{{ artifacts | inference.platform.image_store(platform.cache_dir) }}"
"""

RETURN = r"""
_value:
  description: Path of the folder.
  type: str
"""


def image_store(artifacts: dict[str, t.Any], cache_dir: str) -> str:
    """See DOCUMENTATION."""
    images = sorted([image["ref"], image["digest"]] for image in artifacts["images"].values())
    machine = artifacts["files"].get("machine", {}).get("sha256", "")
    digest = hashlib.sha256(json.dumps([images, machine]).encode()).hexdigest()
    return f"{cache_dir}/containerd/{digest[:16]}"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters by name."""
        return {"image_store": image_store}
