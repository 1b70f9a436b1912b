# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin reconcile; the code runs on the controller and lies in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reconcile
short_description: Commit and push the tree, and wait until Argo CD runs it
version_added: "0.1.0"
description:
  - Does nothing before the handover (the Application V(root) does not exist), unless O(begin) is set.
  - Writes the Applications of the components that are in the tree, commits what differs as one commit whose message names the
    components and files, pushes, asks Argo CD to refresh what is behind, step by step, and waits until every Application is Synced
    and Healthy at that commit.
  - A push that the remote rejects because it moved is merged and tried again; a conflict fails and names the files. Nothing is
    force-pushed.
  - Jobs that failed for good are deleted, so that Argo CD makes them anew. With O(force_replace) so are objects with a field that cannot
    be changed while they live. Nothing else is deleted directly.
  - A failing sync fails the task with Argo CD's own words. The next run goes on from what Git and the cluster have.
  - Runs on the controller, in the process of the task.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
options:
  tree:
    description: Folder of the tree, a clone made by M(inference.platform.git_tree).
    type: path
    required: true
  source:
    description: Where Argo CD reads. As the root Application says when not given.
    type: dict
    suboptions:
      url:
        description: Address of the repository as Argo CD reaches it.
        type: str
        required: true
      branch:
        description: The branch.
        type: str
        default: main
      manual:
        description: Components that a person syncs by hand, for example because they cost GPU money.
        type: list
        elements: str
        default: []
  begin:
    description: Make the project and the root Application when they do not exist. This is the handover.
    type: bool
    default: false
  force_replace:
    description:
      - Delete an object that the API server does not change into what Git has, because a field cannot be changed on a living object,
        once Argo CD looks at the commit. Argo CD then makes it anew. Its pods stop first, volume claims of a StatefulSet stay.
      - Namespaces, CustomResourceDefinitions, volumes, volume claims and StatefulSets whose claims would go with them are never deleted,
        and nothing of a component that a person syncs.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for Argo CD in all.
    type: int
    default: 600
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Commit what changed and wait until Argo CD runs it
  inference.platform.reconcile:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
"""

RETURN = r"""
reconciler:
  description: Who applies the tree.
  returned: success
  type: str
  sample: playbooks or argocd
commit:
  description: The tree's commit.
  returned: success
  type: str
committed:
  description: Files of the new commit, in check mode of the would-be commit, each with C(file) and C(status) (C(A), C(M) or C(D)).
  returned: success
  type: list
  elements: dict
pushed:
  description: Whether commits were (in check mode would be) pushed.
  returned: success
  type: bool
begun:
  description: Whether the root Application was made.
  returned: success
  type: bool
replaced:
  description: Objects that were deleted, and that Argo CD made anew.
  returned: success
  type: list
  elements: str
  sample: [Deployment serving/vllm-coder-chat]
applications:
  description: Every Application with C(name), C(sync), C(health), C(revision) and C(message).
  returned: success
  type: list
  elements: dict
failure:
  description: What a program can read from a failure, for example C(applications).
  returned: failure
  type: dict
"""
