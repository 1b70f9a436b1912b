#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: vast_ssh_key
short_description: Manage ssh keys of a Vast account
version_added: "0.1.0"
description:
  - Puts a public key on the account or takes it away. A virtual machine takes the account's keys when it is rented, so the key has to be there
    before; taking it away later does not close machines that have it.
  - A key is found by its type and its content. Its comment does not matter.
options:
  public_key:
    description: The public key as one line in OpenSSH's form. A private key is refused.
    type: str
    required: true
  name:
    description:
      - What the key is called on the account, as its comment, for example C(inference-platform/<owner>/<platform>), so that a bill audit can tell
        whose it is. The comment of O(public_key) when it is not given.
      - A key that is there under another name is left as it is.
    type: str
  state:
    description: Whether the key is on the account.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - inference.platform.vast
  - inference.platform.vast.attributes
seealso:
  - module: inference.platform.vast_instance
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Let machines that are rented from now on know the platform's key
  inference.platform.vast_ssh_key:
    api_key_file: ~/.config/vastai/vast_api_key
    public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    name: inference-platform/alice@desk/demo
"""

RETURN = r"""
key:
  description: The key as it is on the account, or would be; empty when it is not there.
  returned: success
  type: dict
  sample:
    id: 7100003
    public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG7v0zZ1lH2m inference-platform/alice@desk/demo
    name: inference-platform/alice@desk/demo
"""

import dataclasses
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.vast import ssh_keys, task
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client

OPTIONS: task.Spec = {
    "public_key": {"type": "str", "required": True, "no_log": False},
    "name": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], *, check: bool) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The key before and after, empty where it is not on the account. Raises RestError."""
    key = ssh_keys.checked(params["public_key"], "public_key")
    if params["name"]:
        key = dataclasses.replace(key, comment=ssh_keys.checked_name(params["name"]))
    found = ssh_keys.find(client, key)
    before = ssh_keys.view(found[0]) if found else {}
    if params["state"] == "absent":
        for account in found if not check else []:
            ssh_keys.remove(client, account)
        return before, {}
    if found:
        return before, before
    if check:
        return {}, {"public_key": key.line, "name": key.comment}
    return {}, ssh_keys.view(ssh_keys.add(client, key))


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module) as client:
        before, after = run(client, module.params, check=module.check_mode)
    module.exit_json(changed=before != after, key=after, diff={"before": before, "after": after})


if __name__ == "__main__":
    main()
