#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether inventory, Git and cluster agree; the work is done in module_utils/drift."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drift_info
short_description: Compare the cluster with Git and with the inventory
version_added: "0.1.0"
description:
  - Says of every object whether the inventory renders it as Git has it, and whether the cluster has it as Git has it. Finds live objects
    that Git does not know, and commits that Argo CD has not synced yet.
  - After the handover Git is the head of the branch from which Argo CD reconciles, fetched from the remote. Before it, the files of
    O(tree) stand for Git.
  - The cluster is asked with dry runs of server-side apply, as Argo CD does it. Defaults and what controllers write are no difference,
    and nothing is written to it. Of O(tree) only the folder C(.git) is written, by the fetch.
  - Unknown to Git are objects in the namespaces whose Namespace is in Git, and objects anywhere that carry this collection's label
    C(app.kubernetes.io/managed-by), of the kinds that Git has and of the built-in kinds that people make by hand. Not counted is what has
    an owner or comes with Kubernetes, StatefulSets or this collection (generated Secrets, lists of objects of a component), and what
    comes and goes by itself (pods, events, endpoints, leases).
options:
  tree:
    description:
      - Folder of the tree. After the handover it is the clone that M(inference.platform.git_tree) made.
    type: path
    required: true
  rendered:
    description:
      - Folder that holds what the inventory renders, made with the option C(render_to) of M(inference.platform.component).
      - Without it the inventory is not compared.
    type: path
  not_rendered:
    description:
      - Components that O(rendered) leaves out, so that their absence there is no difference.
    type: list
    elements: str
    default: []
  source:
    description:
      - The repository as the inventory has it, from which the Applications would be rendered. Used after the handover.
      - As the living root Application says when not given.
    type: dict
    suboptions:
      url:
        description: Address as Argo CD reaches it.
        type: str
        required: true
      branch:
        description: Branch.
        type: str
        default: main
      manual:
        description: Components that are synced by hand.
        type: list
        elements: str
        default: []
  diff:
    description:
      - Return RV(diff). The same as running with C(--diff).
    type: bool
    default: false
extends_documentation_fragment:
  - inference.platform.cluster
attributes:
  check_mode:
    description: Can run in check mode. The module only reads.
    support: full
  diff_mode:
    description: Returns what differs, object by object. Values of Secrets are never shown.
    support: full
  action_group:
    description: Use C(group/inference.platform.cluster) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - inference.platform.cluster
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Compare the cluster with Git
  inference.platform.drift_info:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
  register: drift

- name: Compare with what the inventory renders too, and show the differences
  inference.platform.drift_info:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    rendered: "{{ platform.state_dir }}/drift/tree"
    not_rendered: [serving-secrets]
    diff: true
  register: drift
"""

RETURN = r"""
agree:
  description: Whether inventory, Git and cluster agree on everything.
  returned: success
  type: bool
rows:
  description: One entry per object on which they do not agree.
  returned: success
  type: list
  elements: dict
  contains:
    component:
      description: Component that the object belongs to; empty when nobody knows.
      type: str
    object:
      description: Kind, namespace and name.
      type: str
      sample: Deployment serving/vllm-coder-chat
    inventory:
      description:
        - The inventory against Git. V(same), V(differs), V(absent) (Git has it, the inventory does not render it), V(new) (the inventory
          renders it, Git does not have it), V(not rendered), or V(-) for the state of an Application.
      type: str
    git:
      description: V(present), V(absent), or V(not yet synced) when Git has a newer version than Argo CD has looked at.
      type: str
    live:
      description: The cluster against Git. V(same), V(differs), V(missing) or V(unknown to Git).
      type: str
    detail:
      description: The fields, or the words of Argo CD or of the API server.
      type: str
  sample:
    - component: vllm
      object: Deployment serving/vllm-coder-chat
      inventory: same
      git: present
      live: differs
      detail: "live: spec.replicas"
counts:
  description: How many of what.
  returned: success
  type: dict
  contains:
    objects:
      description: Objects of Git.
      type: int
    agree:
      description: Objects of Git on which all sides agree.
      type: int
    inventory:
      description: Objects that Git does not have as the inventory renders them.
      type: int
    differs:
      description: Objects that the cluster has otherwise than Git.
      type: int
    missing:
      description: Objects of Git that the cluster does not have.
      type: int
    unknown:
      description: Objects of the cluster that Git does not know.
      type: int
    applications:
      description: Applications that are not Synced or have not looked at the newest commit of their folder.
      type: int
  sample: {objects: 96, agree: 95, inventory: 0, differs: 1, missing: 0, unknown: 0, applications: 1}
table:
  description: RV(rows) as aligned lines with a head. Empty when all agree.
  returned: success
  type: list
  elements: str
summary:
  description: One sentence.
  returned: success
  type: str
  sample: Inventory, Git (commit 5f0c7c1d5f) and cluster agree on 96 objects.
notes:
  description: Sentences about what lies in O(tree) and is not committed or not pushed. The next run takes it along; it is no disagreement.
  returned: success
  type: list
  elements: str
reconciler:
  description: V(playbooks) or V(argocd).
  returned: success
  type: str
commit:
  description: Head of the remote's branch. Empty before the handover.
  returned: success
  type: str
diff:
  description:
    - For every row the unified differences from the inventory to Git and from Git to the cluster, with C(object) and C(prepared) (the text).
  returned: when O(diff) is true or in diff mode
  type: list
  elements: dict
seconds:
  description: How long it took.
  returned: success
  type: float
failure:
  description: What a program can read from a failure, for example C(status), C(reason), C(message).
  returned: failure
  type: dict
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.argocd.applications import Source
from ansible_collections.inference.platform.plugins.module_utils.argocd.arguments import RECONCILE
from ansible_collections.inference.platform.plugins.module_utils.drift.look import Wish, look
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER, kubeconfig_path
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure


def argument_spec() -> dict[str, t.Any]:
    """The module's options."""
    return {
        **CLUSTER,
        "tree": {"type": "path", "required": True},
        "rendered": {"type": "path"},
        "not_rendered": {"type": "list", "elements": "str", "default": []},
        "source": RECONCILE["source"],
        "diff": {"type": "bool", "default": False},
    }


def wish(params: dict[str, t.Any], *, diff: bool) -> Wish:
    """What the options ask for."""
    given = params["source"]
    source = Source(given["url"], given["branch"], frozenset(given["manual"])) if given else None
    return Wish(params["tree"], params["rendered"] or "", frozenset(params["not_rendered"]), source, diff)


def execute(params: dict[str, t.Any], *, diff: bool) -> dict[str, t.Any]:
    """Result of the module. Raises KubeError; a cluster that is not there is an error in check mode too."""
    began = time.monotonic()
    client = Client(config.load(kubeconfig_path(params["kubeconfig"]), params["context"]))
    try:
        result = look(client, wish(params, diff=diff))
    finally:
        client.close()
    if not diff:
        result.pop("diff")
    return {**result, "seconds": round(time.monotonic() - began, 3)}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        result = execute(module.params, diff=bool(module.params["diff"] or module._diff))
    except KubeError as error:
        module.fail_json(msg=f"{error} {cure(error)}".strip(), failure=error.failure)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
