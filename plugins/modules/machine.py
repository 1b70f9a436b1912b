#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

DOCUMENTATION = r"""
module: machine
short_description: Run local machines under systemd-nspawn
version_added: "0.1.0"
description:
  - Makes, starts, stops and removes machines on this host - booted Debian systems with systemd and sshd, in which containers and Kubernetes run.
  - All machines of a platform hang on one bridge, reach the outside by address translation, and are reached over ssh with
    a generated key and pinned host keys. A TCP port of the host can lead to a port of a machine.
  - Works on hosts without systemd and with cgroup v1, v2 or both; where systemd is PID 1, each machine runs in a unit
    C(inference-platform-<platform>-<digest>-<machine>.service) of its own.
  - One task handles all machines of a platform. Everything is checked before anything is changed, and what belongs to another
    platform or to nobody we know is refused.
  - Machines live on when the task ends. A machine whose process died is started again by the next run, a half-made one is made anew.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Reports what would change and writes nothing. It needs no image yet.
  diff_mode:
    support: full
    description: A line per thing that changes.
requirements:
  - Linux, root.
  - The programs C(systemd-nspawn), C(ip), C(iptables), C(ssh), C(ssh-keygen) and C(tar).
options:
  platform:
    description: Name of the platform that owns the machines.
    type: str
    required: true
  state:
    description:
      - V(started) makes what is missing and returns when every machine answers over ssh and has started its services.
      - V(stopped) powers machines off; with the last of them go the bridge, the rules and the settings, the files stay.
      - V(absent) powers machines off and removes them; with the last of them goes everything.
    type: str
    choices: [started, stopped, absent]
    default: started
  machines:
    description:
      - The machines. A machine that exists and is not named here is left as it is.
      - For O(state=stopped) and O(state=absent), no machine named means all machines of the platform.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Host name.
        type: str
        required: true
      address:
        description: IPv4 address in the network of O(address). A machine whose address changes is restarted.
        type: str
        required: true
  directory:
    description: Folder of the machines' file systems. It belongs to this platform alone.
    type: path
    required: true
  ssh_directory:
    description: Folder of C(id_ed25519), made once, and of C(known_hosts) with the pinned keys of all machines.
    type: path
    required: true
  keep_ssh:
    description: With O(state=absent), leave O(ssh_directory) as it is.
    type: bool
    default: false
  image:
    description:
      - Tar of a root file system with systemd, openssh-server and iproute2. Only read when a machine is made.
      - A machine that exists is not made anew when the image changes.
    type: path
  images:
    description:
      - Folder of containerd's unpacked images, as M(inference.platform.machine_images) keeps it. A machine that is made gets them as
        hard links, so that it need not unpack them again and they take no further space.
      - Not used where the folder does not exist or lies on another file system than O(directory).
    type: path
  bridge:
    description:
      - Name of the bridge.
      - Defaults to C(ipl-<platform>), shortened where it has more than 15 characters.
    type: str
  address:
    description: Address of the host on the bridge with the prefix length of the network.
    type: str
    default: 10.203.0.1/24
  internal_networks:
    description:
      - Networks that exist inside the machines only, for example those of pods and Services.
      - Packets to them are refused instead of being sent to whoever has such an address outside.
    type: list
    elements: str
    default: []
  binds:
    description: Folders or files of the host that every machine sees. Machines are restarted when this changes.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description: Absolute path on the host.
        type: str
        required: true
      target:
        description: Absolute path in the machines.
        type: str
        required: true
      read_only:
        description: Whether machines can only read it.
        type: bool
        default: true
  forwards:
    description: TCP ports of the host that lead to ports of machines.
    type: list
    elements: dict
    default: []
    suboptions:
      host_address:
        description: IPv4 address of the host; V(0.0.0.0) means all of its addresses.
        type: str
        default: 127.0.0.1
      host_port:
        description: Port of the host.
        type: int
        required: true
      machine:
        description: Name of the machine.
        type: str
        required: true
      port:
        description: Port of the machine.
        type: int
        required: true
  timeout:
    description: Seconds that the machines have to come up.
    type: int
    default: 120
  stop_timeout:
    description: Seconds that machines have to power off before they are killed. With O(state=absent) they are ended at once.
    type: int
    default: 25
seealso:
  - module: inference.platform.machine_info
  - module: inference.platform.machine_images
"""

EXAMPLES = r"""
- name: Two machines on one bridge
  inference.platform.machine:
    platform: demo
    machines:
      - {name: node1, address: 10.203.0.11}
      - {name: node2, address: 10.203.0.12}
    directory: ~/.local/state/inference-platform/demo/machines
    ssh_directory: ~/.local/state/inference-platform/demo/ssh
    image: ~/.cache/inference-platform/files/machine.tar
    forwards:
      - {host_port: 4000, machine: node1, port: 30400}

- name: Nothing of them is left
  inference.platform.machine:
    platform: demo
    state: absent
    directory: ~/.local/state/inference-platform/demo/machines
    ssh_directory: ~/.local/state/inference-platform/demo/ssh
"""

RETURN = r"""
machines:
  description: The platform's machines as they are after the run; in check mode as they are before it.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Host name., type: str, returned: success, sample: node1}
    address: {description: IPv4 address., type: str, returned: success, sample: 10.203.0.11}
    host_key: {description: Pinned public host key., type: str, returned: success, sample: ssh-ed25519 AAAA...}
    image: {description: File name of the image it was made from., type: str, returned: success, sample: machine.tar}
    root: {description: Folder of its root file system., type: str, returned: success, sample: /srv/demo/machines/node1/root}
    console: {description: File with what it printed since it was started., type: str, returned: success, sample: /srv/demo/machines/node1/console.log}
    state: {description: V(started) or V(stopped)., type: str, returned: success, sample: started}
    pid: {description: Process of its supervisor; 0 when it is stopped., type: int, returned: success, sample: 4711}
    systemd: {description: What systemd inside says; empty when it was not asked., type: str, returned: success, sample: running}
    failed_units: {description: Units that failed inside., type: list, elements: str, returned: success, sample: []}
steps:
  description: What was changed, or would be in check mode, a line each.
  returned: success
  type: list
  elements: str
  sample: ["machine node1: absent -> created at 10.203.0.11"]
ssh:
  description: What reaches the machines.
  returned: success
  type: dict
  contains:
    key: {description: Private key of root., type: str, returned: success, sample: /srv/demo/ssh/id_ed25519}
    known_hosts: {description: Pinned host keys., type: str, returned: success, sample: /srv/demo/ssh/known_hosts}
bridge:
  description: Name of the bridge.
  returned: success
  type: str
  sample: ipl-demo
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.machine import boot, keys, manage, plan
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host, MachineError
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

MACHINE = {"name": {"type": "str", "required": True}, "address": {"type": "str", "required": True}}
BIND = {
    "source": {"type": "str", "required": True},
    "target": {"type": "str", "required": True},
    "read_only": {"type": "bool", "default": True},
}
FORWARD = {
    "host_address": {"type": "str", "default": "127.0.0.1"},
    "host_port": {"type": "int", "required": True},
    "machine": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
}
ARGUMENTS: dict[str, t.Any] = {
    "platform": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["started", "stopped", "absent"], "default": "started"},
    "machines": {"type": "list", "elements": "dict", "default": [], "options": MACHINE},
    "directory": {"type": "path", "required": True},
    "ssh_directory": {"type": "path", "required": True},
    "keep_ssh": {"type": "bool", "default": False, "no_log": False},
    "image": {"type": "path"},
    "images": {"type": "path"},
    "bridge": {"type": "str"},
    "address": {"type": "str", "default": "10.203.0.1/24"},
    "binds": {"type": "list", "elements": "dict", "default": [], "options": BIND},
    "forwards": {"type": "list", "elements": "dict", "default": [], "options": FORWARD},
    "internal_networks": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 120},
    "stop_timeout": {"type": "int", "default": 25},
}


def make_plan(host: Host, spec: Spec, params: t.Mapping[str, t.Any], check_mode: bool) -> list[plan.Step]:
    """Return what has to change for the wanted state."""
    manage.refuse_foreign(host, spec)
    if params["state"] == "started":
        return manage.plan_started(host, spec, check_mode)
    if params["state"] == "stopped":
        return manage.plan_stopped(host, spec)
    return manage.plan_absent(host, spec, params["keep_ssh"])


def work(host: Host, spec: Spec, params: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Bring the machines to the wanted state and return the module's result."""
    if os.geteuid() != 0:
        raise MachineError("machines need root: run the play as root, or with become")
    statuses: dict[str, boot.Status] = {}
    if check_mode:
        steps = make_plan(host, spec, params, check_mode)
    else:
        with manage.locked(host, spec, create=params["state"] == "started"):
            steps = make_plan(host, spec, params, check_mode)
            for step in steps:
                step.apply()
            if params["state"] == "started":
                statuses = boot.wait_all(boot.Waiter(host, spec), spec.machines)
    return {
        "changed": bool(steps),
        "steps": [str(step) for step in steps],
        "diff": plan.diff(steps),
        "machines": manage.describe(host, spec, statuses),
        "ssh": {"key": str(spec.ssh_directory / keys.KEY), "known_hosts": str(spec.ssh_directory / keys.KNOWN_HOSTS)},
        "bridge": spec.bridge,
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, supports_check_mode=True, required_if=[("state", "started", ["machines"])]
    )
    host = Host()
    try:
        result = work(host, build(module.params), module.params, module.check_mode)
    except MachineError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"platform {module.params['platform']!r}: {error.strerror}: {error.filename}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
