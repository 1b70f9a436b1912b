#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: tenant_secrets
short_description: Make the values of tenants' keys once and deliver them as files
version_added: "0.1.0"
description:
  - Makes one Secret C(tenant-<key_alias>) for each key, with a random value C(sk-...) under C(api-key), or finds the one that is there.
  - Delivers each value as a file C(<keys_dir>/<key_alias>) that its owner alone can read.
  - Reads all Secrets at once and writes several at a time, so thousands of keys take seconds. Values are never returned.
options:
  namespace:
    description: Namespace of the Secrets. It must exist.
    type: str
    default: llm-gateway
  keys:
    description:
      - The keys. Read are C(key_alias) and C(team_id), which becomes the label C(inference.platform/team).
      - Made by the filter P(inference.platform.tenant_keys#filter).
    type: list
    elements: dict
    required: true
    no_log: false
  keys_dir:
    description: Folder of the files on the machine that runs the task. It is made when it does not exist.
    type: path
    required: true
    no_log: false
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
seealso:
  - module: inference.platform.generated_secret
  - module: inference.platform.litellm_tenants
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Make the keys of all tenants
  inference.platform.tenant_secrets:
    kubeconfig: "{{ platform.kubeconfig }}"
    keys: "{{ platform.tenants | inference.platform.tenant_keys(platform.models) }}"
    keys_dir: "{{ platform.keys_dir }}"
"""

RETURN = r"""
made:
  description: Aliases of the keys whose Secret was made or completed, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [research-ci]
delivered:
  description: Aliases of the keys whose file was written, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [research-ci]
"""

import os
import tempfile
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.kube.generate import Spec
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.kube.secret import State
from ansible_collections.inference.platform.plugins.module_utils.kube.secrets import Wanted, ensure_all

FIELD = "api-key"
VALUE = Spec(prefix="sk-", length=48)


def ensure(params: dict[str, t.Any], *, check: bool) -> dict[str, State]:
    """The Secrets by alias; all would be made in check mode without a cluster. Raises KubeError."""
    cluster, _why = reach(params["kubeconfig"], params["context"], check=check)
    aliases = [key["key_alias"] for key in params["keys"]]
    if cluster is None:
        return {alias: State({}, frozenset({FIELD}), frozenset(), existed=False) for alias in aliases}
    wanted = {
        f"tenant-{key['key_alias']}": Wanted({FIELD: VALUE}, {"inference.platform/team": key["team_id"]})
        for key in params["keys"]
    }
    states = ensure_all(Client(cluster), params["namespace"], wanted, check=check)
    return {alias: states[f"tenant-{alias}"] for alias in aliases}


def deliver(folder: str, alias: str, state: State, *, check: bool) -> bool:
    """Whether the file was written, or would be. Raises OSError."""
    path = os.path.join(folder, alias)
    if check and FIELD in state.added:
        return True  # its value is still to be made
    text = f"{state.values[FIELD]}\n"
    if _holds(path, text):
        return False
    if not check:
        handle, temporary = tempfile.mkstemp(prefix=f".{alias}.", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    return True


def _holds(path: str, text: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read() == text and os.fstat(file.fileno()).st_mode & 0o777 == 0o600
    except FileNotFoundError:
        return False


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CLUSTER,
            "namespace": {"type": "str", "default": "llm-gateway"},
            "keys": {"type": "list", "elements": "dict", "required": True, "no_log": False},
            "keys_dir": {"type": "path", "required": True, "no_log": False},
        },
        supports_check_mode=True,
    )
    check, folder = module.check_mode, module.params["keys_dir"]
    try:
        states = ensure(module.params, check=check)
        if not check:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        delivered = [alias for alias, state in states.items() if deliver(folder, alias, state, check=check)]
    except KubeError as error:
        module.fail_json(msg=f"The keys' Secrets: {error} {cure(error)}".strip(), failure=error.failure)
    except OSError as error:
        module.fail_json(msg=f"The keys cannot be delivered into {folder}: {error}.")
    made = [alias for alias, state in states.items() if state.changed]
    diff = {"before": "", "after": "".join(f"{alias}\n" for alias in sorted({*made, *delivered}))}
    module.exit_json(changed=bool(made or delivered), made=made, delivered=delivered, diff=diff)


if __name__ == "__main__":
    main()
