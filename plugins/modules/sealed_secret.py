#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Write Secrets of the cluster into the tree, encrypted for the sealed-secrets controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sealed_secret
short_description: Write Secrets of the cluster into the tree, sealed
version_added: "0.1.0"
description:
  - Reads Secrets that exist and writes a SealedSecret for each into the folder of a component. Only the sealed-secrets
    controller of this cluster can decrypt it, and only into the Secret of the same namespace and name (scope strict).
  - Before the handover the SealedSecrets are applied too, and the task waits until the controller has unsealed them. After it
    the files are staged, and M(inference.platform.reconcile) commits them.
  - The same values give the same files. Values are encrypted anew when the Secret or its encrypted text changed, when the
    controller has a newer key, and with O(rotate). How the module knows is an HMAC in the annotation
    C(inference.platform/fingerprint), whose key is in Secret C(inference-platform-fingerprint) of O(controller_namespace) alone.
  - The Secret gets the annotations C(sealedsecrets.bitnami.com/managed) and C(sealedsecrets.bitnami.com/skip-set-owner-references).
    With them the controller takes it over as it is, and it stays when its SealedSecret goes.
  - Values are decrypted and encrypted in the process of the task. They are in no file, command line, log or result.
  - To stop sealing, remove the component with M(inference.platform.component) and O(inference.platform.component#module:state=absent).
    The Secrets stay.
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.cluster.attributes
options:
  name:
    description:
      - Name of the component.
    type: str
    required: true
  namespace:
    description:
      - Namespace of the Secrets.
    type: str
    required: true
  secrets:
    description:
      - Names of the Secrets. They must exist and hold data. The SealedSecret of a name that left the list is removed.
    type: list
    elements: str
    required: true
  wave:
    description:
      - Number of the wave; folders of the tree are applied in its order. It should come before what reads the Secrets.
    type: int
    required: true
  tree:
    description:
      - Folder of the tree; the component's files go to C(<tree>/<wave>-<name>/sealedsecret.bitnami.com-<namespace>-<secret>.yaml).
    type: path
    required: true
  controller_namespace:
    description:
      - Namespace of the sealed-secrets controller and its keys.
    type: str
    default: sealed-secrets
  rotate:
    description:
      - Encrypt every value anew, whether anything changed or not. The task then always reports a change.
      - The values themselves stay. To make new ones, see M(inference.platform.generated_secret).
    type: bool
    default: false
  inventory_namespace:
    description:
      - Namespace of the ConfigMap C(inference-platform-inventory-<name>) that lists the component's objects.
    type: str
    default: default
  timeout:
    description:
      - Seconds to wait until the controller has unsealed everything. 0 does not wait.
    type: int
    default: 120
requirements:
  - cryptography in the Python that runs the task.
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Keep the gateway's keys in the tree
  inference.platform.sealed_secret:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    name: llm-gateway-secrets
    namespace: llm-gateway
    wave: 46
    secrets: [litellm, vllm-api-key]

- name: Encrypt them anew, for example because somebody could read an old sealing key
  inference.platform.sealed_secret:
    kubeconfig: "{{ platform.kubeconfig }}"
    tree: "{{ platform.tree }}"
    name: llm-gateway-secrets
    namespace: llm-gateway
    wave: 46
    secrets: [litellm, vllm-api-key]
    rotate: true
"""

RETURN = r"""
sealed:
  description: Names of the Secrets that were encrypted anew, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [litellm]
marked:
  description: Names of the Secrets that got the annotations by which the controller takes them over.
  returned: success
  type: list
  elements: str
certificate:
  description: SHA-256 of the certificate for which the values are encrypted. Empty when check mode found no controller.
  returned: success
  type: str
objects:
  description: What happened to the SealedSecrets in the cluster, as in M(inference.platform.component).
  returned: success
  type: list
  elements: dict
staged:
  description: Files that were written or removed for the next commit, each with C(file) and C(action).
  returned: success and Argo CD reconciles the platform
  type: list
  elements: dict
files:
  description: What was done to the tree.
  returned: success and the controller exists
  type: dict
  contains:
    folder:
      description: Folder of the component.
      type: str
    written:
      description: Names of the files that were written.
      type: list
      elements: str
    removed:
      description: Names of the files that were removed.
      type: list
      elements: str
requests:
  description: Number of requests by verb with which the SealedSecrets were applied.
  returned: success
  type: dict
seconds:
  description: How long applying and waiting took.
  returned: success
  type: float
progress:
  description: What was waited for, as it was said every 10 seconds.
  returned: success
  type: list
  elements: str
failure:
  description: What a program can read from a failure, for example C(objects), C(status), C(reason), C(message), C(cure), C(applied).
  returned: failure
  type: dict
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.inference.platform.plugins.module_utils.argocd import cluster as argocd
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.discovery import Discovery
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, prepare, run
from ansible_collections.inference.platform.plugins.module_utils.sealed.hybrid import HAS_CRYPTOGRAPHY
from ansible_collections.inference.platform.plugins.module_utils.sealed.objects import MARKS, Source
from ansible_collections.inference.platform.plugins.module_utils.sealed.plan import (
    NothingToSealError,
    Order,
    Plan,
    mark,
    plan,
)
from ansible_collections.inference.platform.plugins.module_utils.tree import checks, writer
from ansible_collections.inference.platform.plugins.module_utils.tree.staging import stage

Result = dict[str, t.Any]


def argument_spec() -> Result:
    """Options of the module."""
    return {
        **CLUSTER,
        "name": {"type": "str", "required": True},
        "namespace": {"type": "str", "required": True},
        # Names of objects, which Ansible would otherwise take for secrets themselves.
        "secrets": {"type": "list", "elements": "str", "required": True, "no_log": False},
        "wave": {"type": "int", "required": True},
        "tree": {"type": "path", "required": True},
        "controller_namespace": {"type": "str", "default": "sealed-secrets"},
        "rotate": {"type": "bool", "default": False},
        "inventory_namespace": {"type": "str", "default": "default"},
        "timeout": {"type": "int", "default": 120},
    }


def order_of(module: AnsibleModule) -> Order:
    """The parameters as the planner takes them."""
    params = module.params
    return Order(
        namespace=params["namespace"],
        names=sorted(set(params["secrets"])),
        folder=os.path.join(params["tree"], f"{params['wave']:02d}-{params['name']}"),
        controller=params["controller_namespace"],
        rotate=params["rotate"],
        check=module.check_mode,
    )


def ensure(module: AnsibleModule, cluster: config.Cluster, progress: list[str]) -> Result:
    """Result of the module. Raises KubeError."""
    order = order_of(module)
    client = Client(cluster, notify=progress.append)
    try:
        try:
            planned = plan(client, order)
        except NothingToSealError as error:
            if not module.check_mode:
                raise
            return _predicted(order, str(error))
        wish = _wish(module, planned)
        if not module.check_mode:
            for source in planned.unmarked:
                mark(client, source)
        if argocd.root(client):
            result, files = stage(order.folder, prepare(wish, Discovery(client)), check=wish.check, diff=wish.diff)
        else:
            result, files = _apply(client, cluster, wish, order, progress)
    finally:
        client.close()
    return _complete(result, files, planned, order, diff=wish.diff)


def _wish(module: AnsibleModule, planned: Plan) -> Wish:
    params = module.params
    return Wish(
        objects=planned.objects,
        component=params["name"],
        namespace=params["namespace"],
        prune=True,
        inventory_namespace=params["inventory_namespace"],
        wait=float(params["timeout"]),
        check=module.check_mode,
        diff=bool(module._diff),
    )


def _apply(
    client: Client, cluster: config.Cluster, wish: Wish, order: Order, progress: list[str]
) -> tuple[Result, writer.Written]:
    items = prepare(wish, Discovery(client))
    checks.refuse(items)
    # The tree first: what a killed run leaves is found there, and is not encrypted again.
    files = writer.write(order.folder, items, check=wish.check)
    return run(cluster, wish, progress.append), files


def _complete(result: Result, files: writer.Written, planned: Plan, order: Order, *, diff: bool) -> Result:
    marked = [source.name for source in planned.unmarked]
    return {
        **result,
        "changed": result["changed"] or files.changed or bool(marked),
        "sealed": planned.anew,
        "marked": marked,
        "certificate": planned.certificate,
        "files": {"folder": order.folder, "written": list(files.written), "removed": list(files.removed)},
        "diff": [*result["diff"], *([_marking(source) for source in planned.unmarked] if diff else [])],
    }


def _marking(source: Source) -> Result:
    header = f"annotations of {source}"
    after = "".join(f"{key}: {value}\n" for key, value in MARKS.items())
    return {"before_header": header, "after_header": header, "before": "", "after": after}


def _predicted(order: Order, why: str) -> Result:
    """Check mode before there is something to seal, or somebody to seal it for."""
    nothing: Result = {"marked": [], "certificate": "", "objects": [], "requests": {}, "seconds": 0.0, "diff": []}
    note = f"{why} So everything would be sealed anew, and nothing could be compared."
    return {"changed": True, "sealed": order.names, "warnings": [note], **nothing}


def main() -> t.NoReturn:
    """Run the module."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    if not HAS_CRYPTOGRAPHY:
        module.fail_json(msg=missing_required_lib("cryptography", reason="to encrypt Secrets for the tree"))
    progress: list[str] = []
    try:
        cluster, why = reach(module.params["kubeconfig"], module.params["context"], check=module.check_mode)
        result = ensure(module, cluster, progress) if cluster else _predicted(order_of(module), f"{why}.")
    except KubeError as error:
        changed = bool(error.failure.get("applied")) and not module.check_mode
        msg = f"Component {module.params['name']}: {error} {cure(error)}".strip()
        module.fail_json(msg=msg, failure={**error.failure, "cure": cure(error)}, progress=progress, changed=changed)
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(**result, progress=progress)


if __name__ == "__main__":
    main()
