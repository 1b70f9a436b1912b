#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who reconciles the platform: the playbooks, or Argo CD."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reconciler_info
short_description: Tell who reconciles the platform
version_added: "0.1.0"
description:
  - Reads Argo CD's root Application. Where it exists, Argo CD reconciles the platform, and changes go through Git.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.reading
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: See who reconciles the platform
  inference.platform.reconciler_info:
    kubeconfig: "{{ platform.kubeconfig }}"
  register: reconciler
"""

RETURN = r"""
reconciler:
  description: V(playbooks) or V(argocd).
  returned: success
  type: str
  sample: argocd
applications:
  description: Every Application with C(name), C(sync), C(health), C(revision) and C(message). Empty before the handover.
  returned: success
  type: list
  elements: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.argocd import cluster as argocd
from ansible_collections.inference.platform.plugins.module_utils.argocd.status import judge
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach


def look(client: Client) -> dict[str, t.Any]:
    """Result of the module. Raises KubeError."""
    if argocd.root(client) is None:
        return {"reconciler": "playbooks", "applications": []}
    found = argocd.applications(client)
    judged = [judge(app, name).result() for name, app in sorted(found.items())]
    return {"reconciler": "argocd", "applications": judged}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=dict(CLUSTER), supports_check_mode=True)
    result: dict[str, t.Any] = {"reconciler": "playbooks", "applications": []}
    try:
        cluster, _why = reach(module.params["kubeconfig"], module.params["context"], check=module.check_mode)
        if cluster is not None:
            result = look(Client(cluster))
    except KubeError as error:
        module.fail_json(msg=str(error), failure=error.failure)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
