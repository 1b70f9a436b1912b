# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin component; the code runs on the controller and lies in plugins/action."""

from __future__ import annotations

DOCUMENTATION = r"""
module: component
short_description: Render a component into the tree and bring it up in the cluster
version_added: "0.1.0"
description:
  - Renders templates, pinned upstream manifests or a Helm chart, writes one file per object into the tree, applies the objects with
    server-side apply, prunes what left the component and waits until everything is up.
  - After the handover (the Application V(root) exists) nothing is applied. The files are written, and
    M(inference.platform.reconcile) at the end of the play commits all components at once and waits for Argo CD. Only a component
    that brings a new Namespace is committed and waited for at once, because later tasks put Secrets into it.
  - A change of a field that cannot be changed on a living object is refused before its file is written, with the API server's words.
    With O(force_replace) it is written, and M(inference.platform.reconcile), which needs its own O(force_replace) too, has the object
    made anew. RV(objects) then names it as V(replaced).
  - Runs on the controller, in the process of the task. Nothing runs on a host.
  - Only objects that differ are written. A run without changes sends no request that writes.
  - Every object gets Argo CD's tracking annotation (not CRDs) and the labels C(app.kubernetes.io/part-of) and
    C(app.kubernetes.io/managed-by) where it has none, so that Argo CD can adopt it later without a write.
  - An object of kind Secret with data is refused, because the tree goes to Git. Use M(inference.platform.generated_secret).
  - In check mode before the cluster exists, everything that renders is reported as created.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
  - inference.platform.cluster.removal
options:
  name:
    description:
      - Name of the component. It becomes the name of the Argo CD Application and stands in the tracking annotation.
    type: str
    required: true
  namespace:
    description:
      - Namespace of the objects that name none, and destination namespace of the tracking annotation.
      - It is not made by itself. Render a Namespace object.
    type: str
    required: true
  wave:
    description:
      - Place of the component in the order of application, 0 to 99. It leads the name of the component's folder in the tree.
    type: int
    required: true
  tree:
    description:
      - Folder of the tree. The component's objects go to C(<tree>/<wave>-<name>/<kind>-<namespace>-<name>.yaml).
      - Files of objects that left the component are removed, other files are rewritten only when their object changed.
    type: path
    required: true
  render_to:
    description:
      - Folder that gets the component's files instead of O(tree), as C(<render_to>/<wave>-<name>/<kind>-<namespace>-<name>.yaml).
      - Nothing is applied, pruned or waited for, and O(tree) stays as it is. The cluster, where there is one, is only asked which
        kinds live in a namespace. With O(state=absent) the component's files leave the folder.
      - The folder is nobody's state. So it is written in check mode too, and the task never reports a change. It is meant for
        looking at what an inventory would render, for example through C(module_defaults) with M(inference.platform.drift_info).
    type: path
  templates:
    description:
      - Folders whose C(*.yaml.j2) files, at any depth, are rendered with the variables of the task. A file may hold several
        documents.
      - Blocks are trimmed as M(ansible.builtin.template) does with O(ansible.builtin.template#module:lstrip_blocks=true).
        Write C({%+ include ... %}) to keep the indentation before a block.
    type: list
    elements: path
    default: []
  variables:
    description:
      - Extra variables for the templates. They win over the variables of the task.
    type: dict
    default: {}
  manifest:
    description:
      - YAML files of others, taken as they are and pinned by checksum.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path of the file on the controller.
        type: path
        required: true
      checksum:
        description: Its SHA-256, with or without the prefix C(sha256:).
        type: str
        required: true
  chart:
    description:
      - Helm charts that are rendered with C(helm template). Hooks are left out.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Folder of the chart, or its C(.tgz) archive.
        type: path
        required: true
      checksum:
        description: SHA-256 of the archive. Required for archives that were downloaded.
        type: str
      release:
        description: Name of the release. The name of the component when not given.
        type: str
      values:
        description: Values of the chart.
        type: dict
        default: {}
      helm:
        description: Path of the helm program, for example C({{ artifacts.files.helm.path }}).
        type: path
        default: helm
      crds:
        description: Whether the chart's C(crds) folder is rendered too.
        type: bool
        default: true
  prune:
    description:
      - Delete objects of earlier runs that are not rendered any more.
    type: bool
    default: true
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Bring up the engines
  inference.platform.component:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    name: vllm
    namespace: serving
    wave: 30
    templates: "{{ role_path }}/templates"
    wait: {timeout: 600}

- name: Install metrics-server from the manifest of its release
  inference.platform.component:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    name: metrics-server
    namespace: kube-system
    wave: 10
    manifest:
      - path: /var/cache/metrics-server/components.yaml
        checksum: sha256:0f4a0a1bd5c0f6b7a4f5ad3e9f3f6e3f1e8d6c8c8a6d57fb2f2b9d4df1c5a001
    wait: {timeout: 120}

- name: Look at what the inventory would render, without touching anything else
  inference.platform.component:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    render_to: /tmp/rendered
    name: vllm
    namespace: serving
    wave: 30
    templates: "{{ role_path }}/templates"

- name: Remove the isolation probe and wait until it is gone
  inference.platform.component:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    name: isolation-probe
    namespace: verify
    wave: 90
    state: absent
    prune_also: [Namespace]
"""

RETURN = r"""
objects:
  description: One entry per object.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the object.
      type: str
    namespace:
      description: Namespace, empty for cluster-wide objects.
      type: str
    name:
      description: Name of the object.
      type: str
    action:
      description:
        - What was done, or in check mode would be done. V(kept) are objects that left the component and were not deleted,
          because their kind is protected or they do not carry the component's tracking annotation.
      type: str
      sample: created, configured, replaced, unchanged, pruned or kept
    fields:
      description: Paths of the fields that changed, at most 50.
      type: list
      elements: str
  sample:
    - {kind: Deployment, namespace: serving, name: vllm-coder-chat, action: configured, fields: ["spec.replicas"]}
staged:
  description: Files that were written or removed for the next commit, each with C(file) and C(action).
  returned: success and Argo CD reconciles the platform
  type: list
  elements: dict
commit:
  description: The commit that made a new Namespace.
  returned: when there was one
  type: str
requests:
  description: Number of requests by verb. C(DRY-RUN) are server-side apply requests that write nothing.
  returned: success
  type: dict
  sample: {GET: 6, LIST: 4, DRY-RUN: 1, PATCH: 1}
seconds:
  description: How long applying, pruning and waiting took.
  returned: success
  type: float
files:
  description: What was done to the tree, or to the folder that O(render_to) names.
  returned: success and the cluster exists, or O(render_to) is given
  type: dict
  contains:
    folder:
      description: Folder of the component.
      type: str
    written:
      description: Names of the files that were written.
      type: list
      elements: str
    removed:
      description: Names of the files that were removed.
      type: list
      elements: str
failure:
  description: What a program can read from a failure, for example C(objects), C(status), C(reason), C(message), C(cure), C(applied).
  returned: failure
  type: dict
"""
