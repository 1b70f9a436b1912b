#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Label a node with its acceptance, and keep work away from one that is refused."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_acceptance
short_description: Label a node with its acceptance, and keep work away from one that is refused
version_added: "0.1.0"
description:
  - Writes what M(inference.platform.gpu_acceptance) found on the node of the cluster. The label C(inference.platform/gpu-acceptance) is
    C(passed) or C(failed).
  - A node that is refused has the reason in the annotation C(inference.platform/gpu-acceptance-reason) and a taint with the label's name,
    value C(failed) and effect C(NoSchedule), so that new pods go elsewhere. Pods that run stay.
  - A node that is accepted again loses both. Taints of others are left alone, also when they are written at the same time.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
options:
  node:
    description:
      - Name of the node.
    type: str
    required: true
  accepted:
    description:
      - Whether it may take work.
    type: bool
    required: true
  reason:
    description:
      - Why it may not. Required with O(accepted=false).
    type: str
    default: ""
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Write down what the acceptance found
  inference.platform.node_acceptance:
    kubeconfig: "{{ platform.kubeconfig }}"
    node: node-1
    accepted: "{{ judged.acceptance.accepted }}"
    reason: "{{ judged.acceptance.reason }}"
  delegate_to: localhost
"""

RETURN = r"""
label:
  description: Value of the label.
  returned: success
  type: str
  sample: passed
reason:
  description: The reason on the node, empty when it is accepted.
  returned: success
  type: str
failure:
  description: What a program can read from a failure, for example C(status), C(reason), C(message), C(cure).
  returned: failure
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.gpu.node import FAILED, PASSED, write
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach


def ensure(module: AnsibleModule) -> dict[str, t.Any]:
    """Result of the module. Raises KubeError."""
    params = module.params
    reason = "" if params["accepted"] else params["reason"]
    cluster, _why = reach(params["kubeconfig"], params["context"], check=module.check_mode)
    if cluster is None:
        return {"changed": True, "label": PASSED if params["accepted"] else FAILED, "reason": reason}
    before, after = write(
        Client(cluster), params["node"], accepted=params["accepted"], reason=reason, check=module.check_mode
    )
    return {
        "changed": before != after,
        "label": after["label"],
        "reason": after["reason"],
        "diff": {"before": before, "after": after},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **CLUSTER,
            "node": {"type": "str", "required": True},
            "accepted": {"type": "bool", "required": True},
            "reason": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    if not module.params["accepted"] and not module.params["reason"]:
        module.fail_json(msg="A node that is refused needs a reason, which people read on it: give reason.")
    try:
        result = ensure(module)
    except KubeError as error:
        module.fail_json(
            msg=f"Node {module.params['node']}: {error} {cure(error)}".strip(),
            failure={**error.failure, "cure": cure(error)},
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
