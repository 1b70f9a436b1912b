#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: node_drain
short_description: Take a node out of service without losing a request
version_added: "0.1.0"
description:
  - Lets no new pods onto the node, takes its engines out of rotation, waits until their requests have ended, and evicts all pods but those
    of DaemonSets and those that the kubelet runs from files. Returns when they are gone.
  - An engine out of rotation gets no new requests and finishes those it has (C(vllm:num_requests_running) and C(vllm:num_requests_waiting)
    of its metrics, read through the API server). One engine of a model goes at a time, and only when its disruption budget allows it.
  - Pods go by the Eviction API, so PodDisruptionBudgets are respected. At the deadline the task fails and names the budget that blocks.
    Engines that could not go are in rotation again then; the node stays closed.
  - After an interrupted run the next one goes on.
options:
  node:
    description: Name of the node.
    type: str
    required: true
  state:
    description:
      - V(drained) empties the node.
      - V(schedulable) lets it take pods again, and puts engines that an interrupted drain left on it back into rotation.
      - V(absent) empties the node and then deletes its object. Do this before or after its host goes away for good; a kubelet that still
        runs registers again. The node of the only control plane is refused.
    type: str
    choices: [drained, schedulable, absent]
    default: drained
  immovable:
    description:
      - What becomes of pods that would lose something elsewhere, because no controller makes them anew or because their data lies in a
        folder of the node.
      - V(refuse) changes nothing and names them, V(stay) leaves them on the node, V(evict) evicts them like the others.
    type: str
    choices: [refuse, stay, evict]
    default: refuse
  request_timeout:
    description: Seconds that the requests of an engine get. Afterwards it is told to go, and those that still run have its termination
      time left.
    type: int
    default: 300
  timeout:
    description: Seconds for all of it.
    type: int
    default: 900
extends_documentation_fragment:
  - inference.platform.cluster
attributes:
  check_mode:
    description: Names what would be evicted, and asks the API server by a dry run which budgets would block at this moment.
    support: full
  diff_mode:
    description: Shows whether the node takes pods, and the pods that leave.
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
- name: Empty a node before its driver is replaced
  inference.platform.node_drain:
    kubeconfig: "{{ platform.kubeconfig }}"
    node: node-2

- name: Let it take pods again
  inference.platform.node_drain:
    kubeconfig: "{{ platform.kubeconfig }}"
    node: node-2
    state: schedulable
"""

RETURN = r"""
evicted:
  description: Pods that left, or in check mode would leave, as namespace/name.
  returned: success
  type: list
  elements: str
  sample: [serving/vllm-coder-chat-6f9c7-abcde]
stayed:
  description: Pods that were left on the node because they cannot be moved.
  returned: success
  type: list
  elements: str
  sample: []
returned:
  description: Engines that were put back into rotation, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: []
blocked:
  description: In check mode, for each pod that the API server would not let go now, the reason.
  returned: success
  type: dict
  sample: {}
engines:
  description: For each engine how many C(seconds) its requests were waited for, and how many C(requests) it had when it was told to go;
    none of them when that was not known.
  returned: success
  type: dict
  sample: {serving/vllm-coder-chat-6f9c7-abcde: {seconds: 14.2, requests: 0}}
"""
