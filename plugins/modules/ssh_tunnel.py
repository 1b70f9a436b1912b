#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_tunnel
short_description: Lead ports of this machine through ssh to a host
version_added: "0.1.0"
description:
  - Holds an ssh process that forwards ports of 127.0.0.1 to a host elsewhere, and to what that host reaches. Nothing has to be opened at the host.
  - The process lives on when the task ends. One that died, for example with a restart of this machine, is started again by the next run.
  - A tunnel is known by its file of pinned host keys. One with other ports or another host takes the place of the old one.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Reports what would change and starts nothing.
  diff_mode:
    support: full
    description: The command of the tunnel, before and after.
requirements:
  - The programs C(ssh) and C(ps).
options:
  state:
    description: V(present) has the tunnel, V(absent) ends it.
    type: str
    choices: [present, absent]
    default: present
  known_hosts:
    description: File with the pinned keys of the host; tunnels of different platforms have different ones.
    type: path
    required: true
  host:
    description: Address of the host. Required with O(state=present).
    type: str
  port:
    description: Port at which its ssh server answers.
    type: int
    default: 22
  user:
    description: User at the host.
    type: str
    default: root
  private_key_file:
    description: Key that the host lets in. Required with O(state=present).
    type: path
  forwards:
    description: The ports. Required with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      host_port:
        description: Port of 127.0.0.1 on this machine.
        type: int
        required: true
      address:
        description: Address that it leads to, as the host sees it.
        type: str
        default: 127.0.0.1
      port:
        description: Port of that address.
        type: int
        required: true
  log:
    description: File for what ssh says. Defaults to C(tunnel.log) beside O(known_hosts).
    type: path
  timeout:
    description: Seconds until the ports have to answer.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Reach the platform's endpoint and its Kubernetes API
  inference.platform.ssh_tunnel:
    host: 192.0.2.45
    port: 40022
    private_key_file: ~/.local/state/inference-platform/demo/ssh/id_ed25519
    known_hosts: ~/.local/state/inference-platform/demo/ssh/known_hosts
    forwards:
      - {host_port: 4000, port: 30400}
      - {host_port: 16443, port: 6443}

- name: End it
  inference.platform.ssh_tunnel:
    state: absent
    known_hosts: ~/.local/state/inference-platform/demo/ssh/known_hosts
"""

RETURN = r"""
pid:
  description: Process of the tunnel; 0 when there is none.
  returned: success
  type: int
  sample: 4711
command:
  description: Its command line.
  returned: O(state=present)
  type: list
  elements: str
  sample: [ssh, -N, "-L", "127.0.0.1:4000:127.0.0.1:30400", root@192.0.2.45]
"""

import pathlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

FORWARD = {
    "host_port": {"type": "int", "required": True},
    "address": {"type": "str", "default": "127.0.0.1"},
    "port": {"type": "int", "required": True},
}
ARGUMENTS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "known_hosts": {"type": "path", "required": True},
    "host": {"type": "str"},
    "port": {"type": "int", "default": 22},
    "user": {"type": "str", "default": "root"},
    "private_key_file": {"type": "path"},
    "forwards": {"type": "list", "elements": "dict", "default": [], "options": FORWARD},
    "log": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
}


def wanted(params: t.Mapping[str, t.Any]) -> ssh.Tunnel:
    """The tunnel that the options describe."""
    forwards = tuple(ssh.Forward(one["host_port"], one["address"], one["port"]) for one in params["forwards"])
    return ssh.Tunnel(
        host=params["host"],
        port=params["port"],
        user=params["user"],
        key=params["private_key_file"],
        known_hosts=params["known_hosts"],
        forwards=forwards,
    )


def ended(params: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """End every tunnel of the platform and return the module's result."""
    found = ssh.running(params["known_hosts"])
    if not check_mode:
        ssh.end(found)
    before = "".join(f"{command}\n" for command in found.values())
    return {"changed": bool(found), "pid": 0, "diff": {"before": before, "after": ""}}


def held(params: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Have the tunnel and return the module's result."""
    tunnel = wanted(params)
    command = " ".join(tunnel.argv())
    found = ssh.running(params["known_hosts"])
    same = [number for number, line in found.items() if line == command]
    others = [number for number in found if number not in same[:1]]
    changed = bool(others) or not same
    pid = same[0] if same else 0
    if changed and not check_mode:
        ssh.end(others)
        log = pathlib.Path(params["log"] or pathlib.Path(params["known_hosts"]).with_name("tunnel.log"))
        pid = pid or ssh.begin(tunnel, log, params["timeout"])
    before = "".join(f"{line}\n" for line in found.values())
    return {
        "changed": changed,
        "pid": pid,
        "command": tunnel.argv(),
        "diff": {"before": before, "after": f"{command}\n"},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        required_if=[("state", "present", ["host", "private_key_file", "forwards"])],
    )
    work = held if module.params["state"] == "present" else ended
    try:
        result = work(module.params, module.check_mode)
    except ssh.TunnelError as error:
        module.fail_json(msg=f"No tunnel to {module.params['host']}: {error}.")
    except OSError as error:
        module.fail_json(msg=f"No tunnel: {error}. It needs the programs ssh and ps.")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
