# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin tree_ready; the code runs on the controller and lies in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tree_ready
short_description: Wait until every object of the tree is up
version_added: "0.1.0"
description:
  - Waits for all components of the tree at once, with one watch per kind and namespace. So slow components start side by side,
    where M(inference.platform.component) was told not to wait (a timeout of 0).
  - Fails at once, with the reason and the last lines of the container, when an object cannot come up any more, and at the timeout.
  - Reads only. Runs on the controller, in the process of the task. In check mode it does not wait.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
options:
  tree:
    description: Folder of the tree, as M(inference.platform.component) writes it.
    type: path
    required: true
  timeout:
    description: Seconds to wait in all.
    type: int
    default: 900
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Wait until every layer is up
  inference.platform.tree_ready:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
"""

RETURN = r"""
objects:
  description: How many objects the tree has.
  returned: success
  type: int
  sample: 72
seconds:
  description: How long the wait took.
  returned: success
  type: float
  sample: 12.3
failure:
  description: What a program can read from a failure, for example C(objects).
  returned: failure
  type: dict
"""
