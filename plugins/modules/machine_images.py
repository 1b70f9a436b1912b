#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keep the images that a machine's containerd has unpacked, for the next machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: machine_images
short_description: Keep the images that a machine's containerd has unpacked
version_added: "0.1.0"
description:
  - Keeps what containerd of a machine on this host has unpacked, as hard links, so that machines which
    M(inference.platform.machine) makes later begin with these images.
  - Does nothing when the store exists. Its name stands for the images, so another set of images is another store; then the old
    one is removed.
  - containerd of the machine has to be stopped, and no pod may have run on it.
  - Blobs that the image layout has as well are taken from there. So the store takes the space of the unpacked layers only.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Says whether the images would be kept and keeps none.
  diff_mode:
    support: none
    description: There is nothing to show but that the images are kept.
options:
  containerd:
    description: Folder of the machine's containerd as this host sees it.
    type: path
    required: true
  store:
    description: Folder to keep the images in. Nothing but stores may lie beside it.
    type: path
    required: true
  layout:
    description: Image layout that the images were loaded from.
    type: path
    required: true
seealso:
  - module: inference.platform.machine
"""

EXAMPLES = r"""
- name: Keep the unpacked images for the next machine
  inference.platform.machine_images:
    containerd: ~/.local/state/inference-platform/demo/machines/node-1/root/var/lib/containerd
    store: ~/.cache/inference-platform/containerd/4f1d2c3b5a697887
    layout: ~/.cache/inference-platform/oci
"""

RETURN = r"""
kept:
  description: Whether the images are kept after the run. They are not where store and machine lie on different file systems.
  returned: success
  type: bool
  sample: true
"""

import pathlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.machine import links
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host, MachineError

ARGUMENTS: dict[str, t.Any] = {
    "containerd": {"type": "path", "required": True},
    "store": {"type": "path", "required": True},
    "layout": {"type": "path", "required": True},
}


def work(containerd: pathlib.Path, store: pathlib.Path, layout: pathlib.Path, check_mode: bool) -> dict[str, t.Any]:
    """Return the module's result. Raises MachineError or OSError."""
    if store.exists():
        return {"changed": False, "kept": True}
    if not links.can_link(containerd, store):
        return {"changed": False, "kept": False}
    if not check_mode:
        links.keep(Host(), containerd, store, layout)
    return {"changed": True, "kept": not check_mode}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    containerd, store, layout = (pathlib.Path(module.params[name]) for name in ("containerd", "store", "layout"))
    try:
        result = work(containerd, store, layout, module.check_mode)
    except MachineError as error:
        module.fail_json(msg=f"The images of {containerd} could not be kept in {store}: {error}")
    except OSError as error:
        module.fail_json(msg=f"The images of {containerd} could not be kept: {error.strerror}: {error.filename}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
