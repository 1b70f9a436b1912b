# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin C(inference.platform.artifacts)."""

from __future__ import annotations

DOCUMENTATION = r"""
module: artifacts
short_description: Builds container images and host programs from package registries
version_added: "0.1.0"
description:
  - Makes every image and host file of the catalogue from Go modules, Python, npm and Debian packages, without a container
    registry, and puts them into a cache on the controller.
  - The images lie in one OCI image layout that shares layers. Every input is pinned by a hash or a signature of its
    registry, and the same inputs give the same digests.
  - An artefact is built again only when its recipe or one of its input files changed, or when the cache lost or damaged it.
  - A run that is interrupted, however that happens, leaves nothing half-made. The next run goes on where it stopped.
  - Two runs never build into one cache at once. The second says that it waits.
  - Progress is shown while it builds, at least every 10 seconds.
options:
  cache_dir:
    description:
      - The folder of the cache. It is made when it is missing.
      - While everything is being built it needs up to 30 GB, afterwards less than 15 GB.
    type: path
    required: true
  catalogue:
    description:
      - The catalogue file that says how artefacts are made. Its input files lie beside it.
      - By default the catalogue of this collection.
    type: path
  names:
    description: Names of the artefacts to make. An empty list means all that O(select) and O(groups) allow.
    type: list
    elements: str
    default: []
  groups:
    description:
      - Groups of artefacts to make, too, which only some platforms need. The catalogue says which artefact is in one.
      - An artefact that O(names) names is made whatever its group.
    type: list
    elements: str
    default: []
  select:
    description: Which kind of artefact to make. Host files are needed even where nodes pull their images.
    type: str
    choices: [all, images, files]
    default: all
  jobs:
    description: How many builds run at a time. Compilations take all cores, so only one of these runs beside other work.
    type: int
    choices: [1, 2]
    default: 2
  verify:
    description:
      - Read all files of the cache and compare them with their checksums, even when their sizes and times are as they were.
      - What is damaged is reported as a warning and built again.
    type: bool
    default: false
  keep_downloads:
    description: Keep downloaded modules and compiler caches for the next build. This takes many GB.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode, says then what would be built, and builds and writes nothing.
    support: full
  diff_mode:
    description: Shows differences in diff mode.
    support: none
requirements:
  - root on the controller, because file systems are assembled with chroot and overlayfs
  - an amd64 controller with mmdebstrap and python3 with pip (the role P(inference.platform.artifacts#role) installs both)
  - gcc on the controller, for Go commands with C code in them, which are those for GPUs (the role installs it with their group)
author:
  - inference.platform maintainers (@inference-platform)
"""

EXAMPLES = r"""
- name: Build every image and host program
  inference.platform.artifacts:
    cache_dir: ~/.cache/inference-platform
  register: __artifacts

- name: Build the host programs only
  inference.platform.artifacts:
    cache_dir: ~/.cache/inference-platform
    select: files

- name: Check every file of the cache against its checksum
  inference.platform.artifacts:
    cache_dir: ~/.cache/inference-platform
    verify: true
"""

RETURN = r"""
built:
  description: Names of the artefacts that were built, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [pause, kubelet]
layout:
  description: The folder of the OCI image layout that holds all images.
  returned: success
  type: str
  sample: ~/.cache/inference-platform/oci
images:
  description: The images by artefact. In check mode the digest is empty, and the size 0, of those that would be built.
  returned: success
  type: dict
  contains:
    ref:
      description: The upstream reference that the image stands for.
      type: str
      sample: registry.k8s.io/pause:3.10.1
    refs:
      description: All references of the image.
      type: list
      elements: str
    digest:
      description: Digest of the image's manifest.
      type: str
      sample: sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945
    size:
      description: Size of manifest, configuration and layers in bytes. Layers may be shared with other images.
      type: int
files:
  description: The host files by artefact. In check mode the checksum is empty of those that would be built.
  returned: success
  type: dict
  contains:
    path:
      description: Path on the controller.
      type: str
      sample: ~/.cache/inference-platform/files/kubelet-0f1e2d3c4b5a6978
    sha256:
      description: SHA-256 of the content.
      type: str
seconds:
  description: How long each step took, by Go set, layer and artefact. Empty when nothing was built.
  returned: success
  type: dict
  sample: {"go:kubernetes": 318.2, "layer:trixie": 17.0, "artifact:pause": 0.1}
warnings:
  description: What was wrong in the cache and was built again.
  returned: success
  type: list
  elements: str
"""
