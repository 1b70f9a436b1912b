#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Wait until a cluster's nodes and system workloads are up."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_ready
short_description: Wait until nodes are Ready and the system workloads are up
version_added: "0.1.0"
description:
  - Runs on a control-plane host. Returns as soon as all named nodes are Ready and all pods of the named workloads of the
    namespace C(kube-system) are. On a time-out it says what is missing and what the cluster itself gives as the reason.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Looks once, does not wait and does not fail.
  diff_mode:
    support: none
    description: The module changes nothing.
options:
  nodes:
    description: Names of the nodes.
    type: list
    elements: str
    required: true
  workloads:
    description: Deployments and DaemonSets of C(kube-system), written as V(Kind/name).
    type: list
    elements: str
    default: [DaemonSet/kube-proxy, Deployment/coredns]
  timeout:
    description: Seconds to wait at most.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Wait for the cluster
  inference.platform.kubeadm_ready:
    nodes: [node-1, node-2]
    workloads: [DaemonSet/kube-proxy, DaemonSet/kube-router, Deployment/coredns]
"""

RETURN = r"""
lacking:
  description: What is not up, one sentence each; empty when everything is.
  returned: always
  type: list
  elements: str
  sample: []
seconds:
  description: How long it took.
  returned: always
  type: float
  sample: 6.1
"""

import json
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kubeadm.cli import CommandError, kubectl
from ansible_collections.inference.platform.plugins.module_utils.kubeadm.readiness import Workload, lacking

ARGUMENTS: dict[str, t.Any] = {
    "nodes": {"type": "list", "elements": "str", "required": True},
    "workloads": {"type": "list", "elements": "str", "default": ["DaemonSet/kube-proxy", "Deployment/coredns"]},
    "timeout": {"type": "int", "default": 300},
}
INTERVAL = 0.5


def look(nodes: list[str], workloads: list[Workload]) -> list[str]:
    """Return what is lacking at this moment."""
    try:
        listing = kubectl("--namespace", "kube-system", "get", "nodes,pods,daemonsets,deployments", "--output", "json")
    except CommandError as error:
        return [f"The API server does not answer: {error}"]
    return lacking(json.loads(listing)["items"], nodes, workloads)


def warnings() -> str:
    """Return the last warning events of kube-system, as the cluster's own explanation."""
    try:
        argv = ["get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp", "--no-headers"]
        lines = kubectl("--namespace", "kube-system", *argv).splitlines()[-5:]
    except CommandError:
        return ""
    return "".join(f"\n  {line}" for line in lines)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    parameters = module.params
    workloads = [Workload(*text.split("/", 1)) for text in parameters["workloads"] if "/" in text]
    if len(workloads) != len(parameters["workloads"]):
        module.fail_json(msg="Each of 'workloads' is written Kind/name, for example Deployment/coredns.")
    began = time.monotonic()
    missing = look(parameters["nodes"], workloads)
    while missing and not module.check_mode and time.monotonic() - began < parameters["timeout"]:
        time.sleep(INTERVAL)
        missing = look(parameters["nodes"], workloads)
    result: dict[str, t.Any] = {"changed": False, "lacking": missing, "seconds": round(time.monotonic() - began, 2)}
    if missing and not module.check_mode:
        text = "".join(f"\n- {sentence}." for sentence in missing)
        module.fail_json(msg=f"Not up after {parameters['timeout']} s:{text}\nLast warnings:{warnings()}", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
