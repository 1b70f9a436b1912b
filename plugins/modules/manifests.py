#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Apply or delete many Kubernetes objects at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifests
short_description: Apply many Kubernetes objects with server-side apply
version_added: "0.1.0"
description:
  - Applies objects as field manager C(argocd-controller) with force, many at once, namespaces and CRDs first.
  - Reads the live objects with one LIST per kind and namespace and compares them, so that an object that is already so costs
    no request of its own and is never written. Fields that were removed from the object are removed in the cluster, changes
    of others to fields of the object are put back.
  - Repeats what the API server asks to be repeated (429, 5xx, webhooks that are not up yet, a server that restarts).
  - One task should get all objects. A loop over this module costs a process for each.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
  - inference.platform.cluster.removal
options:
  objects:
    description:
      - Objects to apply. Lists are opened.
    type: list
    elements: dict
    default: []
  src:
    description:
      - YAML file, or folder of which every C(*.yaml), C(*.yml) and C(*.json) at any depth is read. Nothing is templated.
    type: path
  namespace:
    description:
      - Namespace of the objects that name none.
    type: str
    default: default
  component:
    description:
      - Name of the component the objects belong to. They get the tracking annotation and are listed in an inventory in the
        cluster. Without it nothing is annotated and nothing can be pruned.
    type: str
  prune:
    description:
      - Delete objects that an earlier run applied for O(component) and that are not given any more.
      - Only objects that carry the component's tracking annotation are deleted.
    type: bool
    default: false
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Apply a folder of manifests and wait until they are up
  inference.platform.manifests:
    kubeconfig: "{{ platform.kubeconfig }}"
    src: /srv/manifests/monitoring
    component: monitoring
    namespace: monitoring
    prune: true
    wait: {timeout: 300}

- name: Make a queue
  inference.platform.manifests:
    kubeconfig: "{{ platform.kubeconfig }}"
    objects:
      - apiVersion: kueue.x-k8s.io/v1beta2
        kind: LocalQueue
        metadata: {name: research, namespace: research}
        spec: {clusterQueue: shared}

- name: Delete everything of a component, its namespaces too
  inference.platform.manifests:
    kubeconfig: "{{ platform.kubeconfig }}"
    component: monitoring
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
      description: What was done, or in check mode would be done.
      type: str
      sample: created, configured, replaced, unchanged, pruned or kept
    fields:
      description: Paths of the fields that changed, at most 50.
      type: list
      elements: str
  sample:
    - {kind: ConfigMap, namespace: research, name: settings, action: unchanged, fields: []}
requests:
  description: Number of requests by verb. C(DRY-RUN) are server-side apply requests that write nothing.
  returned: success
  type: dict
  sample: {GET: 6, LIST: 4, DRY-RUN: 1, PATCH: 1}
seconds:
  description: How long it took.
  returned: success
  type: float
progress:
  description: What was waited for, as it was said every 10 seconds.
  returned: success
  type: list
  elements: str
failure:
  description: What a program can read from a failure, for example C(objects), C(status), C(reason), C(message), C(cure), C(applied).
  returned: failure
  type: dict
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import (
    CLUSTER,
    REMOVAL,
)
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import Object, flatten
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, predicted, run
from ansible_collections.inference.platform.plugins.module_utils.kube.yaml_text import load_all

_ENDINGS = (".yaml", ".yml", ".json")


def read_source(path: str) -> list[Object]:
    """Objects of a file or of all files of a folder, in the order of their paths. Raises KubeError."""
    if not os.path.isdir(path):
        return _read_file(path)
    names = sorted(
        os.path.join(root, name) for root, _folders, files in os.walk(path) for name in files if name.endswith(_ENDINGS)
    )
    return [item for name in names for item in _read_file(name)]


def _read_file(path: str) -> list[Object]:
    try:
        with open(path, encoding="utf-8") as file:
            return flatten(load_all(file.read(), path), path)
    except OSError as error:
        raise KubeError(f"Cannot read {path}: {error.strerror}.") from error


def wish(module: AnsibleModule) -> Wish:
    """The parameters as the engine takes them."""
    params = module.params
    objects = flatten(params["objects"], "objects")
    if params["src"]:
        objects += read_source(params["src"])
    wait = params["wait"] or {}
    return Wish(
        objects=objects,
        component=params["component"] or "",
        namespace=params["namespace"],
        absent=params["state"] == "absent",
        prune=params["prune"],
        prune_also=frozenset(params["prune_also"]),
        inventory_namespace=params["inventory_namespace"],
        force_replace=params["force_replace"],
        wait=float(wait.get("timeout") or 0),
        endpoints=bool(wait.get("endpoints")),
        check=module.check_mode,
        diff=bool(module._diff),
    )


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **CLUSTER,
            **REMOVAL,
            "objects": {"type": "list", "elements": "dict", "default": []},
            "src": {"type": "path"},
            "namespace": {"type": "str", "default": "default"},
            "component": {"type": "str"},
            "prune": {"type": "bool", "default": False},
        },
        required_one_of=[("objects", "src", "component")],
        required_if=[("prune", True, ("component",))],
        supports_check_mode=True,
    )
    progress: list[str] = []
    try:
        wanted = wish(module)
        cluster, why = reach(module.params["kubeconfig"], module.params["context"], check=module.check_mode)
        result = run(cluster, wanted, progress.append) if cluster else {**predicted(wanted), "warnings": [why]}
    except KubeError as error:
        changed = bool(error.failure.get("applied")) and not module.check_mode
        module.fail_json(msg=str(error), failure=error.failure, progress=progress, changed=changed)
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(**result, progress=progress)


if __name__ == "__main__":
    main()
