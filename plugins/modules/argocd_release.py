#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Make Argo CD let go of every object it reconciles."""

from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_release
short_description: Remove all Applications of Argo CD and leave their objects untouched
version_added: "0.1.0"
description:
  - Stops Argo CD's application controller, takes the finalizers off all Applications in namespace C(argocd) and deletes these.
    Nothing that they stand for is deleted or written.
  - After that the playbooks apply the tree again. Remove Argo CD itself with M(inference.platform.component).
extends_documentation_fragment:
  - inference.platform.cluster
attributes:
  check_mode:
    support: full
    description: Names the Applications that would be removed.
  diff_mode:
    support: none
    description: The result names the Applications.
options:
  timeout:
    description: Seconds to wait until the controller has stopped.
    type: int
    default: 120
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Let go of every object
  inference.platform.argocd_release:
    kubeconfig: "{{ platform.kubeconfig }}"
"""

RETURN = r"""
applications:
  description: Names of the Applications that were (in check mode would be) removed.
  returned: success
  type: list
  elements: str
  sample: [litellm, root, vllm]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.argocd.release import release
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach


def main() -> None:
    """Run the module."""
    spec: dict[str, t.Any] = {**CLUSTER, "timeout": {"type": "int", "default": 120}}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        cluster, _why = reach(module.params["kubeconfig"], module.params["context"], check=module.check_mode)
        if cluster is None:
            module.exit_json(changed=False, applications=[])
        client = Client(cluster)
        names = release(client, check=module.check_mode, seconds=module.params["timeout"], notify=lambda _text: None)
    except KubeError as error:
        module.fail_json(msg=str(error), failure=error.failure)
    module.exit_json(changed=bool(names), applications=names)


if __name__ == "__main__":
    main()
