#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Make a Secret whose values are generated once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: generated_secret
short_description: Make a Kubernetes Secret whose values are generated once
version_added: "0.1.0"
description:
  - Creates the Secret with random values, or adds the keys it lacks. Values that exist are never changed and never returned,
    unless O(reveal) asks for them.
  - The values come into being on the machine that runs the task and are sent only to the API server. They are not written to
    a file, a command line or a log.
  - O(regenerate) makes new values.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
options:
  name:
    description:
      - Name of the Secret.
    type: str
    required: true
  namespace:
    description:
      - Namespace of the Secret. It must exist.
    type: str
    required: true
  spec:
    description:
      - What each key holds when it is made. The key is the name in the Secret.
      - The value is a dictionary with V(length) (default 32), V(prefix) (default empty) and V(charset) (V(alphanumeric), the
        default, V(hex) or V(lower)) for a random value, or with V(template), a text in which C({KEY}) stands for the value of
        another key that has no template, or with V(copy_from), a dictionary of V(namespace), V(name) and V(key) of another
        Secret.
      - V(seed_from), a dictionary of the same three, lets a random value be that of another Secret where there is one.
    type: dict
    default: {}
  given:
    description:
      - Values that somebody else decided, for example the API key of a provider, by key. The Secret follows them.
      - Keys of the Secret that stand neither here nor in O(spec) are removed, so that a value that is not given any more is gone.
    type: dict
  labels:
    description:
      - Labels the Secret gets, beside C(app.kubernetes.io/part-of) and C(app.kubernetes.io/managed-by). Other labels stay.
    type: dict
    default: {}
  regenerate:
    description:
      - Keys of O(spec) that get a new value although they have one. The task then always reports a change. A key with a template that uses
        one of them keeps its text unless it is listed, too.
    type: list
    elements: str
    default: []
  reveal:
    description:
      - Keys whose values are returned. Set C(no_log) to true on a task that uses it.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(absent) deletes the Secret with its values.
    type: str
    choices: [present, absent]
    default: present
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Make LiteLLM's keys and its database password once
  inference.platform.generated_secret:
    kubeconfig: "{{ platform.kubeconfig }}"
    namespace: llm-gateway
    name: litellm
    spec:
      LITELLM_MASTER_KEY: {prefix: sk-, length: 48}
      LITELLM_SALT_KEY: {prefix: sk-, length: 48}
      POSTGRES_PASSWORD: {length: 32}
      DATABASE_URL:
        template: "postgresql://litellm:{POSTGRES_PASSWORD}@postgres.llm-gateway.svc:5432/litellm"

- name: Give the gateway the key of the engines
  inference.platform.generated_secret:
    kubeconfig: "{{ platform.kubeconfig }}"
    namespace: llm-gateway
    name: vllm-api-key
    spec:
      api-key: {copy_from: {namespace: serving, name: vllm-api-key, key: api-key}}

- name: Keep the API keys of providers as the files have them
  inference.platform.generated_secret:
    kubeconfig: "{{ platform.kubeconfig }}"
    namespace: llm-gateway
    name: litellm-external
    given:
      backup: "{{ lookup('ansible.builtin.unvault', '~/backup-api-key') | trim }}"
  no_log: true

- name: Read the master key for the next tasks
  inference.platform.generated_secret:
    kubeconfig: "{{ platform.kubeconfig }}"
    namespace: llm-gateway
    name: litellm
    reveal: [LITELLM_MASTER_KEY]
  no_log: true
  register: litellm_secret
"""

RETURN = r"""
keys:
  description: Names of all keys of the Secret.
  returned: success
  type: list
  elements: str
added:
  description: Names of the keys that were generated, or got the value in O(given), or in check mode would.
  returned: success
  type: list
  elements: str
removed:
  description: Names of the keys that were removed, or in check mode would be.
  returned: when O(given) is given
  type: list
  elements: str
values:
  description: Values of the keys in O(reveal) that exist.
  returned: when O(reveal) is given
  type: dict
  sample: {}
failure:
  description: What a program can read from a failure, for example C(status), C(reason), C(message), C(cure).
  returned: failure
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ConfigError, KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.kube.generate import CHARSETS, PLACE, Spec
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.kube.secret import Secret

_KEY_OPTIONS: dict[str, t.Any] = {
    "length": int,
    "prefix": str,
    "charset": str,
    "template": str,
    "copy_from": dict,
    "seed_from": dict,
}


def parse_spec(given: dict[str, t.Any]) -> dict[str, Spec]:
    """Specs by key. Raises ConfigError naming the key and the option that is wrong."""
    return {key: _key_spec(key, options if options is not None else {}) for key, options in given.items()}


def parse_given(given: dict[str, t.Any] | None, specs: dict[str, Spec]) -> dict[str, str] | None:
    """Given values by key. Raises ConfigError naming a key without a value, or one that is to be generated, too."""
    for key, value in (given or {}).items():
        if key in specs:
            raise ConfigError(f"{key} is in spec and in given; a value is either generated or given.")
        if not isinstance(value, str) or not value:
            raise ConfigError(f"given.{key} must be a text that is not empty.")
    return given


def _key_spec(key: str, options: t.Any) -> Spec:
    if not isinstance(options, dict):
        raise ConfigError(f"spec.{key} must be a dictionary.")
    for name, value in options.items():
        wanted = _KEY_OPTIONS.get(name)
        if wanted is None:
            raise ConfigError(f"spec.{key}: unknown option {name!r}; there are: {', '.join(_KEY_OPTIONS)}.")
        if not isinstance(value, wanted):
            raise ConfigError(f"spec.{key}.{name} must be of type {wanted.__name__}.")
    spec = Spec(**options)
    if spec.charset not in CHARSETS:
        raise ConfigError(f"spec.{key}.charset must be one of {', '.join(CHARSETS)}.")
    if spec.length < 1:
        raise ConfigError(f"spec.{key}.length must be at least 1.")
    for name, place in (("copy_from", spec.copy_from), ("seed_from", spec.seed_from)):
        if place is not None and set(place) != set(PLACE):
            raise ConfigError(f"spec.{key}.{name} needs exactly namespace, name and key.")
    return spec


def ensure(module: AnsibleModule, client: Client) -> dict[str, t.Any]:
    """Result of the module."""
    params = module.params
    secret = Secret(client, params["namespace"], params["name"])
    if params["state"] == "absent":
        return {"changed": secret.remove(check=module.check_mode), "keys": [], "added": []}
    specs = parse_spec(params["spec"])
    unknown = sorted(set(params["regenerate"]) - set(specs))
    if unknown:
        raise ConfigError(f"regenerate: {', '.join(unknown)} is not in spec, so nobody knows how to make it.")
    given = parse_given(params["given"], specs)
    state = secret.ensure(specs, params["labels"], anew=params["regenerate"], given=given, check=module.check_mode)
    result: dict[str, t.Any] = {"changed": state.changed, "keys": sorted(state.values), "added": sorted(state.added)}
    if given is not None:
        result["removed"] = sorted(state.removed)
    if module._diff and state.changed:
        result["diff"] = {"before": state.before_text(), "after": state.after_text()}
    if params["reveal"]:
        # A value that check mode only imagines is not worth revealing.
        hidden = state.added if module.check_mode else frozenset()
        result["values"] = {
            key: state.values[key] for key in params["reveal"] if key in state.values and key not in hidden
        }
    return result


def without_cluster(module: AnsibleModule) -> dict[str, t.Any]:
    """Check mode before the cluster exists: every key would be made."""
    present = module.params["state"] == "present"
    specs = parse_spec(module.params["spec"])
    keys = sorted([*specs, *(parse_given(module.params["given"], specs) or {})]) if present else []
    values: dict[str, t.Any] = {"values": {}} if module.params["reveal"] else {}
    return {"changed": present, "keys": keys, "added": keys, **values}


def main() -> t.NoReturn:
    module = AnsibleModule(
        argument_spec={
            **CLUSTER,
            "name": {"type": "str", "required": True},
            "namespace": {"type": "str", "required": True},
            # The word alone would make Ansible guess that the names of the keys are secret.
            "spec": {"type": "dict", "default": {}, "no_log": False},
            "given": {"type": "dict", "no_log": True},
            "labels": {"type": "dict", "default": {}},
            "regenerate": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "reveal": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    try:
        cluster, _why = reach(module.params["kubeconfig"], module.params["context"], check=module.check_mode)
        result = ensure(module, Client(cluster)) if cluster else without_cluster(module)
    except KubeError as error:
        name = f"Secret {module.params['namespace']}/{module.params['name']}"
        module.fail_json(msg=f"{name}: {error} {cure(error)}".strip(), failure={**error.failure, "cure": cure(error)})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
