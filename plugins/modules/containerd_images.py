#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Load images of an OCI image layout into a host's containerd."""

from __future__ import annotations

DOCUMENTATION = r"""
module: containerd_images
short_description: Load images of an OCI image layout into containerd
version_added: "0.1.0"
description:
  - Compares the wanted images with what containerd has and streams only the missing ones, as one OCI archive, into
    C(ctr images import). A blob that several images share is sent once.
  - Every blob is checked against its SHA-256 digest while it is read. At the first wrong one the import is cut off,
    so that no image is made of wrong content.
  - The layout is either a directory of the managed host (O(source=mounted)) or one of the controller
    (O(source=copy)). With the latter only the blobs that missing images need are copied, those that an interrupted run
    already copied are not copied again, and all are removed once containerd has them.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Says which images would be loaded and loads none.
  diff_mode:
    support: full
    description: Shows reference and digest of the images before and after.
options:
  images:
    description: The images to have.
    type: list
    elements: dict
    required: true
    suboptions:
      ref:
        description: Full image reference as the cluster uses it, for example V(registry.k8s.io/pause:3.10.1).
        type: str
        required: true
      digest:
        description: Digest of the image's manifest or index.
        type: str
        required: true
      refs:
        description: All references under which to have the image, where it has several; O(images[].ref) is among them.
        type: list
        elements: str
      size:
        description: Bytes of the image, as M(inference.platform.artifacts) returns them; not used.
        type: int
  layout:
    description: Image layout directory; on the managed host or, with O(source=copy), on the controller.
    type: path
    default: /var/lib/inference-platform/oci
  source:
    description:
      - V(mounted) reads O(layout) on the managed host.
      - V(copy) copies the needed blobs from O(layout) on the controller into O(staging) first.
    type: str
    choices: [mounted, copy]
    default: mounted
  staging:
    description: Directory on the managed host that takes the copied blobs. Only used with O(source=copy).
    type: path
    default: /var/lib/inference-platform/staging
  namespace:
    description: The containerd namespace; the kubelet uses V(k8s.io).
    type: str
    default: k8s.io
  address:
    description: Socket of containerd.
    type: path
    default: /run/containerd/containerd.sock
  ctr:
    description: The command C(ctr), by name or path.
    type: str
    default: ctr
requirements:
  - containerd 1.6 or later with its command C(ctr) on the managed host
"""

EXAMPLES = r"""
- name: Load the images from the mounted layout
  inference.platform.containerd_images:
    images:
      - ref: registry.k8s.io/pause:3.10.1
        digest: sha256:0b8524063daf4921054f20caf97472fe90ea19e21d2db92fa7b04cf52a16e836

- name: Load the images of the controller's artefact cache into a remote host
  inference.platform.containerd_images:
    source: copy
    layout: "{{ artifacts.layout }}"
    images: "{{ artifacts.images.values() | list }}"
"""

RETURN = r"""
loaded:
  description: References of the images that were loaded, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: ["registry.k8s.io/pause:3.10.1"]
missing:
  description: The images that containerd did not have, with their digests.
  returned: success
  type: list
  elements: dict
  sample: [{"ref": "registry.k8s.io/pause:3.10.1", "digest": "sha256:0b85..."}]
present:
  description: How many of the wanted images containerd had already.
  returned: success
  type: int
  sample: 16
bytes:
  description: Size of the blobs that were streamed into containerd.
  returned: success
  type: int
  sample: 737280000
seconds:
  description: How long the import took.
  returned: success
  type: float
  sample: 11.4
"""

import time
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.oci_layout.containerd import (
    ContainerdError,
    Ctr,
    missing_images,
)
from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import (
    ImageRef,
    LayoutError,
    read_image,
)

ARGUMENTS: dict[str, t.Any] = {
    "images": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "ref": {"type": "str", "required": True},
            "digest": {"type": "str", "required": True},
            "refs": {"type": "list", "elements": "str"},
            "size": {"type": "int"},
        },
    },
    "layout": {"type": "path", "default": "/var/lib/inference-platform/oci"},
    "source": {"type": "str", "choices": ["mounted", "copy"], "default": "mounted"},
    "staging": {"type": "path", "default": "/var/lib/inference-platform/staging"},
    "namespace": {"type": "str", "default": "k8s.io"},
    "address": {"type": "path", "default": "/run/containerd/containerd.sock"},
    "ctr": {"type": "str", "default": "ctr"},
}


def ensure_images(ctr: Ctr, layout: Path, wanted: list[ImageRef], check_mode: bool) -> dict[str, t.Any]:
    """Load what is missing and return the module's result. Raises LayoutError or ContainerdError."""
    began = time.monotonic()
    present = ctr.images()
    missing = missing_images(wanted, present)
    count = 0
    if missing and not check_mode:
        count = ctr.load(layout, [read_image(layout, image) for image in missing])
        if absent := missing_images(wanted, ctr.images()):
            refs = ", ".join(image.ref for image in absent)
            raise ContainerdError(
                f"containerd took the archive but does not list these images with their digests: {refs}."
            )
    return {
        "changed": bool(missing),
        "loaded": [image.ref for image in missing],
        "missing": [{"ref": image.ref, "digest": image.digest} for image in missing],
        "present": len(wanted) - len(missing),
        "bytes": count,
        "seconds": round(time.monotonic() - began, 2),
        "diff": {
            "before": {image.ref: present.get(image.ref, "") for image in missing},
            "after": {image.ref: image.digest for image in missing},
        },
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    parameters = module.params
    wanted = [
        ImageRef(ref, image["digest"]) for image in parameters["images"] for ref in image["refs"] or [image["ref"]]
    ]
    ctr = Ctr(parameters["ctr"], parameters["namespace"], parameters["address"])
    # The action plugin has copied the blobs by now, and a check needs none.
    layout = Path(parameters["staging" if parameters["source"] == "copy" else "layout"])
    try:
        result = ensure_images(ctr, layout, wanted, module.check_mode)
    except (LayoutError, ContainerdError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
