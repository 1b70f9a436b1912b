#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

DOCUMENTATION = r"""
module: machine_info
short_description: List local machines, and what this host lacks to run them
version_added: "0.1.0"
description:
  - Lists the machines of a platform that M(inference.platform.machine) made on this host.
  - Names the Debian packages that the host lacks to run machines.
author:
  - inference.platform maintainers
extends_documentation_fragment:
  - inference.platform.reading
options:
  platform:
    description: Name of the platform that owns the machines.
    type: str
    required: true
  directory:
    description: Folder of the machines' file systems.
    type: path
    required: true
seealso:
  - module: inference.platform.machine
"""

EXAMPLES = r"""
- name: See which machines there are
  inference.platform.machine_info:
    platform: demo
    directory: ~/.local/state/inference-platform/demo/machines
  register: local_machines
"""

RETURN = r"""
machines:
  description: The platform's machines; empty when the folder does not exist.
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
    systemd: {description: Always empty here; the machine is not asked., type: str, returned: success, sample: ""}
    failed_units: {description: Always empty here; the machine is not asked., type: list, elements: str, returned: success, sample: []}
missing_packages:
  description: Debian packages that have to be installed before a machine can run.
  returned: success
  type: list
  elements: str
  sample: [systemd-container]
"""

import pathlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.machine import manage, tree
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host, MachineError
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import build

# Listing needs none of these; a specification needs them all.
UNUSED: dict[str, t.Any] = {
    "state": "absent",
    "machines": [],
    "image": None,
    "bridge": None,
    "address": "10.203.0.1/24",
    "binds": [],
    "forwards": [],
    "timeout": 0,
    "stop_timeout": 0,
}


def main() -> None:
    """Run the module."""
    arguments = {"platform": {"type": "str", "required": True}, "directory": {"type": "path", "required": True}}
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    host = Host()
    directory = str(pathlib.Path(module.params["directory"]))
    try:
        spec = build({**UNUSED, **module.params, "ssh_directory": directory})
        tree.check_owner(spec)
        machines = manage.describe(host, spec, {})
    except MachineError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, machines=machines, missing_packages=manage.missing_packages(host))


if __name__ == "__main__":
    main()
