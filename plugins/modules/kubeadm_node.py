#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Make a host a node of a cluster with kubeadm."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_node
short_description: Make a host the control plane or a node of a cluster with kubeadm
version_added: "0.1.0"
description:
  - Runs C(kubeadm init) or C(kubeadm join) once. A record on the host (C(/var/lib/inference-platform/kubeadm.json))
    says whose cluster it is, what kubeadm was told and whether it came to its end.
  - A host on which an earlier run was interrupted is reset and started again. A host that carries a Kubernetes of
    someone else is refused, and so are changed settings, as kubeadm cannot apply them to a running cluster.
  - With O(phase=init) it returns when the API server is ready, on a host that was just booted as well.
  - The configuration reaches kubeadm in a file that only root can read and that is removed afterwards, never on the
    command line.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Says whether kubeadm would run, and refuses what a real run would refuse.
  diff_mode:
    support: none
    description: Nothing but the fact that kubeadm runs could be shown.
options:
  cluster:
    description: Name of the platform that the cluster belongs to.
    type: str
    required: true
  phase:
    description: Whether this host starts the cluster or joins it.
    type: str
    choices: [init, join]
    required: true
  documents:
    description:
      - kubeadm's configuration documents (C(kubeadm.k8s.io/v1beta4) and component configurations).
      - They are kept in the record, so they must hold no secret; what a join needs is given in O(discovery).
    type: list
    elements: dict
    required: true
  discovery:
    description: How a joining host finds and trusts the control plane. Needed when O(phase=join) really joins.
    type: dict
    suboptions:
      endpoint:
        description: Address and port of the API server.
        type: str
        required: true
      token:
        description: Bootstrap token.
        type: str
        required: true
      ca_hash:
        description: Hash of the cluster's CA, as C(sha256:...).
        type: str
        required: true
  ignored_checks:
    description: Preflight checks of kubeadm whose failure is to be ignored.
    type: list
    elements: str
    default: []
seealso:
  - module: inference.platform.kubeadm_token
  - module: inference.platform.kubeadm_ready
"""

EXAMPLES = r"""
- name: Start the cluster
  inference.platform.kubeadm_node:
    cluster: demo
    phase: init
    documents: "{{ lookup('ansible.builtin.template', 'init.yaml.j2') | from_yaml_all | list }}"
"""

RETURN = r"""
needed:
  description: Whether kubeadm had (or would have) to run on this host.
  returned: success
  type: bool
  sample: true
reset:
  description: Whether remains of an interrupted run were (or would be) removed first.
  returned: success
  type: bool
  sample: false
seconds:
  description: How long kubeadm ran.
  returned: success
  type: float
  sample: 18.2
"""

import time
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kubeadm.cli import (
    CommandError,
    apply_documents,
    exclusive,
    kubelet_journal,
    reset,
    wait_for_api,
)
from ansible_collections.inference.platform.plugins.module_utils.kubeadm.state import (
    Documents,
    Record,
    StateError,
    plan,
    write_record,
)

ARGUMENTS: dict[str, t.Any] = {
    "cluster": {"type": "str", "required": True},
    "phase": {"type": "str", "choices": ["init", "join"], "required": True},
    "documents": {"type": "list", "elements": "dict", "required": True},
    "discovery": {
        "type": "dict",
        "options": {
            "endpoint": {"type": "str", "required": True},
            "token": {"type": "str", "required": True, "no_log": True},
            "ca_hash": {"type": "str", "required": True},
        },
    },
    "ignored_checks": {"type": "list", "elements": "str", "default": []},
}
ROOT = Path("/")


def with_discovery(documents: Documents, discovery: dict[str, str]) -> Documents:
    """Return the documents with the bootstrap token in the JoinConfiguration."""
    bootstrap = {
        "apiServerEndpoint": discovery["endpoint"],
        "token": discovery["token"],
        "caCertHashes": [discovery["ca_hash"]],
    }
    return [
        {**document, "discovery": {"bootstrapToken": bootstrap}}
        if document.get("kind") == "JoinConfiguration"
        else document
        for document in documents
    ]


def ensure_node(parameters: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Bring the host to where it should be and return the module's result. Raises StateError or CommandError."""
    cluster, phase, documents = parameters["cluster"], parameters["phase"], parameters["documents"]
    todo = plan(ROOT, cluster, phase, documents)
    if check_mode or not todo.run:
        return {"changed": todo.run, "needed": todo.run, "reset": todo.reset, "seconds": 0.0}
    began = time.monotonic()
    with exclusive() as lock:
        # An earlier kubeadm may have been at work until this moment; its record never says more than it knew.
        todo = plan(ROOT, cluster, phase, documents)
        if not todo.run:
            return {"changed": False, "needed": False, "reset": False, "seconds": 0.0}
        told = documents
        if phase == "join":
            if parameters["discovery"] is None:
                raise StateError("This host has to join, and no discovery (endpoint, token, ca_hash) was given.")
            told = with_discovery(documents, parameters["discovery"])
        if todo.reset:
            reset(lock)
        write_record(ROOT, Record(cluster, phase, "started", documents))
        apply_documents(phase, told, parameters["ignored_checks"], lock)
        write_record(ROOT, Record(cluster, phase, "done", documents))
    return {"changed": True, "needed": True, "reset": todo.reset, "seconds": round(time.monotonic() - began, 2)}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = ensure_node(module.params, module.check_mode)
        if module.params["phase"] == "init" and not module.check_mode:
            wait_for_api()
    except StateError as error:
        module.fail_json(msg=str(error))
    except CommandError as error:
        module.fail_json(msg=f"{error}\nThe kubelet's last words:\n{kubelet_journal()}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
