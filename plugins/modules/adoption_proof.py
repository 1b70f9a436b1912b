#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Proves that a handover of reconciliation wrote and restarted nothing; the work is done in module_utils/adoption."""

from __future__ import annotations

DOCUMENTATION = r"""
module: adoption_proof
short_description: Prove that a handover of reconciliation moved no object and restarted no pod
version_added: "0.1.0"
description:
  - Takes a snapshot of every object of the tree and of the pods that run for it, and later compares the cluster with it.
  - Meant for the moment in which Argo CD takes over objects that are there already, and for the way back.
  - The proof holds when every object has the same uid, generation, content and owners of fields, no container restarted, no pod was
    replaced, the API server's audit log shows no write request by Argo CD on these objects, and every Application is Synced and Healthy.
    Otherwise the module fails, and names each object, the field, and the manager that wrote it.
  - A new status is no finding, since controllers write it at any time. Such objects are counted in RV(status_only).
  - Writes nothing to the cluster. Returns C(changed=false) always; the snapshot is its output, written anew each time, and not a state.
options:
  state:
    description:
      - V(snapshot) writes the snapshot to O(path), V(compared) compares the cluster with it.
    type: str
    choices: [snapshot, compared]
    required: true
  path:
    description: File of the snapshot on the machine that runs the task. It is readable by its owner alone.
    type: path
    required: true
  tree:
    description:
      - Folder of the rendered manifests, with one folder C(<wave>-<component>) per component.
      - Objects that are in the tree only since the snapshot have to exist, and are listed as C(added) in RV(report), without being judged.
    type: path
    required: true
  exclude:
    description:
      - Components of the tree that the handover brings itself. Neither their objects nor their pods are part of the proof.
    type: list
    elements: str
    default: []
  audit:
    description:
      - Audit logs of all API servers as JSON lines of level C(Metadata) or more, on the machine that runs the task. Wildcards are
        allowed, so that rotated files are read too. Used with O(state=compared).
      - The snapshot's own request has to stand in them, and they must not end before the comparison. Otherwise they prove nothing and
        the module fails.
      - Without it no requests are counted.
    type: list
    elements: path
    default: []
  argocd_users:
    description: Names under which Argo CD speaks to the API server.
    type: list
    elements: str
    default: ["system:serviceaccount:argocd:argocd-application-controller"]
  applications:
    description:
      - Whether there have to be Applications, all of them Synced and Healthy. Used with O(state=compared).
      - Set it to V(false) for the way back, after which Argo CD is gone.
    type: bool
    default: true
  argocd_namespace:
    description: Namespace of the Applications.
    type: str
    default: argocd
extends_documentation_fragment:
  - inference.platform.cluster
attributes:
  check_mode:
    description: Can run in check mode without writing anything.
    support: partial
    details: O(state=snapshot) reads and writes no file. O(state=compared) tells its findings as warnings and does not fail, since nothing was
      handed over. Without a cluster or a snapshot there is nothing to compare, which it says.
  diff_mode:
    description: Shows what has changed.
    support: none
  action_group:
    description: Use C(group/inference.platform.cluster) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - inference.platform.cluster
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Remember everything before Argo CD takes over
  inference.platform.adoption_proof:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    path: "{{ platform.state_dir }}/adoption/before.json"
    exclude: [argocd-applications]
    state: snapshot

- name: Prove that nothing moved
  inference.platform.adoption_proof:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    path: "{{ platform.state_dir }}/adoption/before.json"
    exclude: [argocd-applications]
    audit: ["/var/log/kubernetes/audit*.log"]
    state: compared
  register: proof

- name: Prove the same after Argo CD was removed
  inference.platform.adoption_proof:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    path: "{{ platform.state_dir }}/adoption/before-revert.json"
    exclude: [argocd, argocd-applications]
    applications: false
    state: compared
"""

RETURN = r"""
objects:
  description: Number of adopted objects, that is of the objects in the snapshot.
  returned: always
  type: int
  sample: 96
missing:
  description: Objects of the tree that do not exist in the cluster.
  returned: when there is a cluster
  type: list
  elements: str
  sample: []
passed:
  description: Whether the proof holds.
  returned: when state is compared and there is a snapshot
  type: bool
writes:
  description: Write requests by Argo CD on adopted objects, without dry runs and writes of the status. Empty without O(audit).
  returned: when state is compared and there is a snapshot
  type: list
  elements: dict
  contains:
    object:
      description: The object, for example C(Service serving/inference-gateway).
      type: str
    verb:
      description: C(create), C(update), C(patch), C(delete) or C(deletecollection).
      type: str
    subresource:
      description: Subresource that was written, for example C(scale); empty for the object itself.
      type: str
    user:
      description: Name under which the request was sent.
      type: str
    time:
      description: When the API server received it.
      type: str
    code:
      description: HTTP status of the answer. A refused request counts too.
      type: int
  sample: []
moved:
  description: Objects that are not as they were.
  returned: when state is compared and there is a snapshot
  type: list
  elements: dict
  contains:
    object:
      description: The object.
      type: str
    what:
      description: What happened to it.
      type: str
      sample: changed
    fields:
      description: Paths of the fields, at most 20. Empty for an object that is gone.
      type: list
      elements: str
      sample: [spec.replicas]
    manager:
      description: Field manager that wrote, several joined by C(or) when it cannot be told; empty when unknown.
      type: str
      sample: argocd-controller
  sample: []
restarts:
  description: Containers that restarted and pods that were replaced, are gone, have failed or are new. Pods of Jobs may come and go.
  returned: when state is compared and there is a snapshot
  type: list
  elements: dict
  contains:
    pod:
      description: Namespace and name of the pod.
      type: str
    workload:
      description: What the pod belongs to, for example C(Deployment vllm-coder-chat).
      type: str
    container:
      description: The container; empty when the whole pod is meant.
      type: str
    what:
      description: What happened to it.
      type: str
    before:
      description: Restarts of the container at the snapshot.
      type: int
    after:
      description: Restarts of the container now.
      type: int
  sample: []
status_only:
  description: Number of objects of which only the status was written.
  returned: when state is compared and there is a snapshot
  type: int
  sample: 3
applications:
  description: The Applications. Empty with O(applications=false).
  returned: when state is compared and there is a snapshot
  type: list
  elements: dict
  contains:
    name:
      description: Name of the Application.
      type: str
    sync:
      description: C(Synced), C(OutOfSync) or C(Unknown).
      type: str
    health:
      description: C(Healthy), C(Progressing), C(Degraded), C(Suspended), C(Missing) or C(Unknown).
      type: str
    revision:
      description: Commit it was compared with.
      type: str
  sample:
    - {name: vllm, sync: Synced, health: Healthy, revision: 2f1c0e0}
report:
  description:
    - Everything for a report. The API server's clock at both moments (C(from), C(until)), C(counts) of everything found, the number of
      objects by component, C(added) objects, C(problems) as sentences, the C(audit) logs that were read, and the C(applications).
  returned: when state is compared and there is a snapshot
  type: dict
time:
  description: The API server's clock when the module began to read, in UTC.
  returned: when there is a cluster
  type: str
  sample: "2026-01-31T10:00:00Z"
seconds:
  description: How long it took.
  returned: always
  type: float
  sample: 0.4
failure:
  description: What a program can read from a failure to read the cluster, for example C(status), C(reason), C(message).
  returned: when the cluster, the tree or a file could not be read
  type: dict
"""

import os
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.adoption import (
    applications,
    audit,
    objects,
    pods,
    store,
)
from ansible_collections.inference.platform.plugins.module_utils.adoption.take import StampedClient, take
from ansible_collections.inference.platform.plugins.module_utils.adoption.tree import adopted, unadopted
from ansible_collections.inference.platform.plugins.module_utils.adoption.verdict import Proof, message
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach

CONTROLLER = "system:serviceaccount:argocd:argocd-application-controller"


def argument_spec() -> dict[str, t.Any]:
    """The module's options."""
    return {
        **CLUSTER,
        "state": {"type": "str", "choices": ["snapshot", "compared"], "required": True},
        "path": {"type": "path", "required": True},
        "tree": {"type": "path", "required": True},
        "exclude": {"type": "list", "elements": "str", "default": []},
        "audit": {"type": "list", "elements": "path", "default": []},
        "argocd_users": {"type": "list", "elements": "str", "default": [CONTROLLER]},
        "applications": {"type": "bool", "default": True},
        "argocd_namespace": {"type": "str", "default": "argocd"},
    }


def snapshot(client: StampedClient, params: dict[str, t.Any], *, check: bool) -> dict[str, t.Any]:
    """Take the snapshot and, unless in check mode, write it. Raises KubeError."""
    taken = take(client, adopted(params["tree"], params["exclude"]))
    if not check:
        store.save(params["path"], taken)
    missing = [str(target.key) for target in taken.missing]
    return {"objects": len(taken.objects), "missing": missing, "time": taken.mark.time}


def compared(client: StampedClient, params: dict[str, t.Any]) -> Proof:
    """Compare the cluster with the snapshot. Raises KubeError."""
    before = store.load(params["path"])
    wanted = adopted(params["tree"], params["exclude"])
    logs = audit.files_of(params["audit"])
    targets = [*(entry.target for entry in before.objects), *before.missing]
    after = take(client, wanted, targets, before.namespaces)
    return Proof(
        before=before,
        after=after,
        movement=objects.compare(before, after),
        restarts=tuple(pods.compare(before, after, unadopted(before, wanted))),
        trail=audit.scan(logs, params["argocd_users"], targets, before.mark) if logs else None,
        applications=tuple(applications.read(client, params["argocd_namespace"])) if params["applications"] else None,
    )


def execute(module: AnsibleModule) -> tuple[dict[str, t.Any], list[str]]:
    """What the module returns, and the problems that were found. Raises KubeError."""
    params, check = module.params, module.check_mode
    cluster, why = reach(params["kubeconfig"], params["context"], check=check)
    if cluster is None:
        module.warn(f"{why}: nothing could be read.")
        return {"objects": 0}, []
    client = StampedClient(cluster)
    try:
        if params["state"] == "snapshot":
            return snapshot(client, params, check=check), []
        if check and not os.path.exists(params["path"]):
            module.warn(f"There is no snapshot {params['path']} yet: nothing was compared.")
            return {"objects": 0}, []
        proof = compared(client, params)
    finally:
        client.close()
    return {**proof.as_result(), "time": proof.after.mark.time}, proof.problems()


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    began = time.monotonic()
    try:
        result, problems = execute(module)
    except KubeError as error:
        module.fail_json(msg=f"{error} {cure(error)}".strip(), failure=error.failure)
    result["seconds"] = round(time.monotonic() - began, 3)
    if problems and not module.check_mode:
        module.fail_json(msg=message(problems), changed=False, **result)
    for problem in problems:
        module.warn(problem)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
