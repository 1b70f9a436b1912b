#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Make or remove a bootstrap token on the control plane."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_token
short_description: Make a short-lived bootstrap token for a joining host, or remove it
version_added: "0.1.0"
description:
  - Runs on a control-plane host. With O(state=present) it always makes a new token, so use it only when a host really
    has to join, under C(no_log).
  - A Node object that carries the name of a host which has to join is a remainder of an interrupted join; it is removed,
    as kubeadm would refuse to join under its name.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Says that a token would be made or removed and does neither.
  diff_mode:
    support: none
    description: A token is a secret.
options:
  state:
    description: Whether to make a token or to remove one.
    type: str
    choices: [present, absent]
    default: present
  ttl:
    description: How long the new token is valid, in the notation of Go, for example V(15m).
    type: str
    default: 15m
  nodes:
    description: Names of the nodes that are about to join with the new token.
    type: list
    elements: str
    default: []
  token:
    description: The token to remove. Required with O(state=absent).
    type: str
seealso:
  - module: inference.platform.kubeadm_node
"""

EXAMPLES = r"""
- name: Make a token for the joining hosts
  inference.platform.kubeadm_token:
    nodes: [node-2]
  register: join
  no_log: true

- name: Remove the token
  inference.platform.kubeadm_token:
    state: absent
    token: "{{ join.discovery.token }}"
  no_log: true
"""

RETURN = r"""
discovery:
  description: What the joining host needs; goes into C(discovery) of M(inference.platform.kubeadm_node). Holds the token.
  returned: with O(state=present), not in check mode
  type: dict
  sample: {"endpoint": "10.203.0.11:6443", "token": "abcdef.0123456789abcdef", "ca_hash": "sha256:..."}
removed_nodes:
  description: Names of the Node objects that were removed.
  returned: with O(state=present), not in check mode
  type: list
  elements: str
  sample: []
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kubeadm.cli import ADMIN, CommandError, kubectl, run

ARGUMENTS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "ttl": {"type": "str", "default": "15m"},
    "nodes": {"type": "list", "elements": "str", "default": []},
    "token": {"type": "str", "no_log": True},
}


def parse_join_command(line: str) -> dict[str, str]:
    """Read ``kubeadm join ENDPOINT --token T --discovery-token-ca-cert-hash H``. Raises CommandError for anything else."""
    words = line.split()
    try:
        return {
            "endpoint": words[words.index("join") + 1],
            "token": words[words.index("--token") + 1],
            "ca_hash": words[words.index("--discovery-token-ca-cert-hash") + 1],
        }
    except (ValueError, IndexError):
        raise CommandError(
            "kubeadm token create printed no join command; is this kubeadm of a known version?"
        ) from None


def make_token(ttl: str, nodes: list[str]) -> dict[str, t.Any]:
    """Remove stale Node objects, make a token and return both. Raises CommandError."""
    removed = []
    for node in nodes:
        if kubectl("delete", "node", node, "--ignore-not-found").strip():
            removed.append(node)
    argv = ["kubeadm", "--kubeconfig", ADMIN, "token", "create", "--ttl", ttl, "--print-join-command"]
    return {"discovery": parse_join_command(run(argv, secret=True)), "removed_nodes": removed}


def remove_token(token: str) -> bool:
    """Remove a token and return whether it was still there. Only its public half appears on a command line."""
    identifier = token.partition(".")[0]
    name = f"secret/bootstrap-token-{identifier}"
    return bool(kubectl("--namespace", "kube-system", "delete", name, "--ignore-not-found").strip())


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, supports_check_mode=True, required_if=[("state", "absent", ["token"])]
    )
    parameters = module.params
    if module.check_mode:
        module.exit_json(changed=True)
    try:
        if parameters["state"] == "absent":
            module.exit_json(changed=remove_token(parameters["token"]))
        module.exit_json(changed=True, **make_token(parameters["ttl"], parameters["nodes"]))
    except CommandError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
