#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tell what decides how a node must be set up."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_info
short_description: Tell what a host is, as far as a container runtime and a kubelet care
version_added: "0.1.0"
description:
  - Reads the cgroup version, capabilities, kernel settings, swap, address, missing commands and checksums of installed
    files in one call, where full fact gathering would take many times as long and still not know most of it.
author:
  - inference.platform maintainers
extends_documentation_fragment:
  - inference.platform.reading
options:
  kernel_settings:
    description: Names of kernel settings (sysctl) whose values to return.
    type: list
    elements: str
    default: []
  commands:
    description: Commands to look for.
    type: list
    elements: str
    default: []
  files:
    description: Files whose SHA-256 to return.
    type: list
    elements: path
    default: []
  services:
    description:
      - Services to look at, each with the files that it reads when it starts. It counts as stale when it was started
        before one of them was last written, as after an interrupted run.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Look at the host
  inference.platform.node_info:
    kernel_settings: [net.ipv4.ip_forward]
    commands: [containerd, runc]
    files: [/usr/local/bin/kubelet]
  register: node
"""

RETURN = r"""
node:
  description: What was found.
  returned: success
  type: dict
  contains:
    address:
      description: IPv4 address from which the host reaches others; empty without a default route.
      type: str
    architecture:
      description: Machine architecture as the kernel names it.
      type: str
    cap_sys_resource:
      description: Whether processes of this host can hold CAP_SYS_RESOURCE, which lowering an OOM score needs.
      type: bool
    cgroup_version:
      description: V(2) for the unified hierarchy, else V(1).
      type: int
    checksums:
      description: SHA-256 of each of the asked files that exists.
      type: dict
    cni_folder:
      description: Folder with the reference CNI plugins, empty when there is none.
      type: str
    container:
      description: Container manager that the host runs under, empty for a machine of its own.
      type: str
    hostname:
      description: The host's own name.
      type: str
    kernel_settings:
      description: Value of each of the asked settings that the kernel has.
      type: dict
    kubernetes:
      description:
        - C(cluster) is the platform that made this host a node, empty without one. C(traces) lists what a Kubernetes,
          whoever made it, left on the host.
      type: dict
    memory_bytes:
      description: Memory in bytes.
      type: int
    missing_commands:
      description: Those of the asked commands that the host lacks.
      type: list
      elements: str
    stale_services:
      description: Those of the asked services that run with an older state of their files.
      type: list
      elements: str
    swap:
      description: Active swap devices and files.
      type: list
      elements: str
    systemd:
      description: Whether systemd runs the host.
      type: bool
  sample: {"address": "10.203.0.11", "cgroup_version": 2, "container": "systemd-nspawn", "swap": []}
"""

import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.hosts.node import Questions, describe
from ansible_collections.inference.platform.plugins.module_utils.kubeadm.state import StateError

ARGUMENTS: dict[str, t.Any] = {
    "kernel_settings": {"type": "list", "elements": "str", "default": []},
    "commands": {"type": "list", "elements": "str", "default": []},
    "files": {"type": "list", "elements": "path", "default": []},
    "services": {"type": "dict", "default": {}},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        node = describe(Path("/"), Questions(**module.params))
    except StateError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, node=node)


if __name__ == "__main__":
    main()
