#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_key_rotation
short_description: Give virtual keys of a LiteLLM proxy new values
version_added: "0.1.0"
description:
  - Gives keys a new value while the old one goes on for a while, delivers it, and deletes the old one once nobody uses it any more.
  - A key's value is kept in a Secret of the cluster, as entry C(api-key). During a rotation the next one stands beside it, as
    C(api-key-next). That is how a run after a killed one goes on, whatever its options; a rotation is safe to be killed anywhere.
  - The old key goes on under the alias C(<alias>--<start of its SHA-256>), with a note in its metadata. Each run of this module deletes the
    old keys whose last use is longer ago than O(window); the one that counts is the one that the rotation was begun with.
  - The new key has the team, models, limits, budget and free data of the old one, and what was spent so far. While both are valid each has
    its own counter, so what was left of a budget can be spent twice at most; a team's budget holds for both.
  - This works with the free LiteLLM; its own rotation is for paying customers.
options:
  keys:
    description: The keys. A key whose Secret is not there yet is reported as C(missing) and left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      key_alias:
        description: The key's alias in LiteLLM.
        type: str
        required: true
      secret:
        description: Name of the Secret in O(namespace) that keeps its value.
        type: str
        required: true
      file:
        description: A file on the machine that runs the task, to deliver the value to, with mode 0600. Its folder must exist.
        type: path
      publish:
        description: Secrets to deliver the value to. Their namespaces must exist.
        type: list
        elements: dict
        default: []
        suboptions:
          namespace:
            description: Namespace of the Secret.
            type: str
            required: true
          name:
            description: Name of the Secret. One that this collection did not make is refused.
            type: str
            required: true
          key:
            description: Entry of the Secret.
            type: str
            default: api-key
  namespace:
    description: Namespace of the Secrets that keep the values. Those are found by the label C(inference.platform/team).
    type: str
    default: llm-gateway
  older_than:
    description:
      - Rotate keys of at least this age, a number and one of C(s), C(m), C(h), C(d), C(w). V(0s) rotates all of O(keys), each time.
      - Without it no rotation begins. Those that were interrupted are finished, values are delivered, old keys are deleted.
    type: str
  window:
    description: How long an old key goes on after it was replaced or, when that is later, used for the last time.
    type: str
    default: 24h
  warn_before:
    description: How long before a key expires RV(keys[].warn) becomes true.
    type: str
    default: 14d
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
  - inference.platform.cluster
attributes:
  diff_mode:
    description: RV(keys) says what was done; there is no diff.
    support: none
  idempotent:
    description: With an age in O(older_than) the second run changes nothing. With V(0s) each run rotates, as it was asked to.
    support: partial
seealso:
  - module: inference.platform.litellm_key
  - module: inference.platform.generated_secret
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Give the key of the research team's pipeline a new value when it is older than 90 days
  inference.platform.litellm_key_rotation:
    kubeconfig: "{{ platform.kubeconfig }}"
    url: "{{ platform.endpoint }}"
    master_key_file: ~/litellm-master-key
    older_than: 90d
    window: 2d
    keys:
      - key_alias: research-ci
        secret: tenant-research-ci
        file: ~/keys/research-ci
        publish:
          - {namespace: research, name: llm}
"""

RETURN = r"""
keys:
  description: What was done with each key, or would be in check mode. Moments are in UTC. Never a value.
  returned: success
  type: list
  elements: dict
  sample:
    - key_alias: research-ci
      key_hash: 5f2c...
      rotated: true
      changed: true
      missing: false
      created_at: "2026-11-21T09:00:00Z"
      due_at: "2027-02-19T09:00:00Z"
      expires: null
      warn_at: null
      warn: false
      deleted: []
      old: []
  contains:
    key_alias:
      description: The key's alias.
      type: str
    key_hash:
      description: SHA-256 of its value; null when LiteLLM does not have it. In check mode of the value before the rotation.
      type: str
    rotated:
      description: Whether it got a new value.
      type: bool
    changed:
      description: Whether anything was done.
      type: bool
    missing:
      description: Whether its value was never made.
      type: bool
    created_at:
      description: When the key was created; each rotation creates it anew.
      type: str
    due_at:
      description: When it will be as old as O(older_than). Null without an age.
      type: str
    expires:
      description: When LiteLLM refuses it; null for never.
      type: str
    warn_at:
      description: O(warn_before) before that.
      type: str
    warn:
      description: Whether that moment has passed.
      type: bool
    deleted:
      description: SHA-256 of each old key that was deleted.
      type: list
      elements: str
    old:
      description: Old keys that go on, each with C(key_alias), C(key_hash), C(replaced_at), C(last_active) and C(deletable_at).
      type: list
      elements: dict
"""

import contextlib
import datetime
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client as KubeClient
from ansible_collections.inference.platform.plugins.module_utils.kube.config import Cluster
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.litellm import durations, key_secrets, rotation, task
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

SELECTOR = "inference.platform/team"
PLACE: task.Spec = {
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "key": {"type": "str", "default": key_secrets.VALUE, "no_log": False},
}
KEY: task.Spec = {
    "key_alias": {"type": "str", "required": True, "no_log": False},
    # the name of a Secret
    "secret": {"type": "str", "required": True, "no_log": False},
    "file": {"type": "path"},
    "publish": {"type": "list", "elements": "dict", "default": [], "options": PLACE},
}
OPTIONS: task.Spec = {
    **CLUSTER,
    "keys": {"type": "list", "elements": "dict", "required": True, "options": KEY, "no_log": False},
    "namespace": {"type": "str", "default": "llm-gateway"},
    "older_than": {"type": "str"},
    "window": {"type": "str", "default": "24h"},
    "warn_before": {"type": "str", "default": "14d"},
}


def policy(params: dict[str, t.Any], check: bool) -> rotation.Policy:
    older_than = params["older_than"]
    return rotation.Policy(
        older_than=None if older_than is None else durations.seconds(older_than, "older_than"),
        window=durations.seconds(params["window"], "window"),
        warn_before=durations.seconds(params["warn_before"], "warn_before"),
        now=datetime.datetime.now(datetime.UTC),
        check=check,
    )


def wish(given: dict[str, t.Any]) -> rotation.Wish:
    places = tuple(rotation.Place(**place) for place in given["publish"])
    return rotation.Wish(given["key_alias"], given["secret"], given["file"], places)


def run(client: Client, cluster: Cluster, params: dict[str, t.Any], wanted: rotation.Policy) -> list[dict[str, t.Any]]:
    with contextlib.closing(KubeClient(cluster)) as kube:
        secrets = key_secrets.read(kube, params["namespace"], SELECTOR)
        rotating = rotation.Rotation(client, kube, wanted, secrets)
        return [rotating.run(wish(given)) for given in params["keys"]]


def main() -> None:
    module = task.module(OPTIONS)
    found: list[dict[str, t.Any]] = []
    with task.client(module, "litellm_key_rotation") as client:
        wanted = policy(module.params, module.check_mode)
        try:
            cluster, _why = reach(module.params["kubeconfig"], module.params["context"], check=module.check_mode)
            found = run(client, cluster, module.params, wanted) if cluster else []
        except KubeError as error:
            module.fail_json(msg=f"{error} {cure(error)}".strip())
        except OSError as error:
            module.fail_json(msg=f"A key could not be delivered: {error}. The next run goes on where this one stopped.")
    module.exit_json(changed=any(key["changed"] for key in found), keys=found)


if __name__ == "__main__":
    main()
