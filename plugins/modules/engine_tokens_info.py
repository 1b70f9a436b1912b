#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: engine_tokens_info
short_description: Read how many tokens the engines have counted
version_added: "0.1.0"
description:
  - Reads vLLM's own counters C(vllm:prompt_tokens_total) and C(vllm:generation_tokens_total) of every replica of the models.
  - Replicas are found and asked through the API server of the platform's cluster, or, with O(urls), asked at the addresses given.
  - Two results, an earlier and a later one, tell M(inference.platform.ledger_check) what the engines did between them.
options:
  models:
    description: Names of the models whose engines run in the cluster.
    type: list
    elements: str
    default: []
  urls:
    description: Addresses of engines outside the cluster, like V(http://192.0.2.7:8000), as a list for each name of a model.
    type: dict
    default: {}
  timeout:
    description: Seconds that an engine of O(urls) may take to answer.
    type: float
    default: 10.0
extends_documentation_fragment:
  - inference.platform.cluster
  - inference.platform.reading
attributes:
  action_group:
    description: Use C(group/inference.platform.cluster) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - inference.platform.cluster
seealso:
  - module: inference.platform.ledger_check
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Read the engines of the platform
  inference.platform.engine_tokens_info:
    kubeconfig: "{{ platform.kubeconfig }}"
    models: "{{ platform.models | map(attribute='name') }}"
  register: engines
"""

RETURN = r"""
engines:
  description:
    - One entry for each replica. C(engine) is its pod or address, C(at) when it was read, C(process) when it started in seconds since 1970.
    - Its tokens are counted since it started.
  returned: success
  type: list
  elements: dict
  sample:
    - engine: vllm-coder-chat-6f9c7-abcde
      model: coder-chat
      at: "2026-11-21T18:40:11.500000+00:00"
      process: 1795286292.2
      prompt_tokens: 5120
      completion_tokens: 20480
"""

import datetime
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER, kubeconfig_path
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.config import load
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.ledger.engines import Reading, of_text
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError, LiteLLMError
from ansible_collections.inference.platform.plugins.module_utils.slice.cluster import engine_pods, pod_text
from ansible_collections.inference.platform.plugins.module_utils.slice.context import ENGINE_PORT
from ansible_collections.inference.platform.plugins.module_utils.slice.wire import Http


def of_cluster(client: Client, models: t.Iterable[str]) -> list[Reading]:
    """Every replica that is ready. Raises KubeError, InputError."""
    return [
        of_text(pod_text(client, pod, ENGINE_PORT, "/metrics"), pod.name, model, datetime.datetime.now(datetime.UTC))
        for model in models
        for pod in engine_pods(client, model)
        if pod.ready
    ]


def of_urls(urls: t.Mapping[str, t.Sequence[str]], timeout: float) -> list[Reading]:
    """Raises InputError naming the engine that does not answer."""
    return [
        of_text(_get(url, timeout), url, model, datetime.datetime.now(datetime.UTC))
        for model, addresses in urls.items()
        for url in addresses
    ]


def _get(url: str, timeout: float) -> str:
    if not url.startswith(("http://", "https://")):
        raise InputError(f"urls: {url!r} must look like http://host:8000.")
    try:
        answer = Http(url.rstrip("/"), timeout).call("GET", "/metrics")
    except OSError as error:
        raise InputError(f"The engine at {url} does not answer /metrics: {error}. Check the address.") from error
    return answer.text


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **CLUSTER,
            "models": {"type": "list", "elements": "str", "default": []},
            "urls": {"type": "dict", "default": {}},
            "timeout": {"type": "float", "default": 10.0},
        },
        required_one_of=[("models", "urls")],
        supports_check_mode=True,
    )
    params = module.params
    try:
        found = of_urls(params["urls"], params["timeout"])
        if params["models"]:
            cluster = load(kubeconfig_path(params["kubeconfig"]), params["context"])
            found += of_cluster(Client(cluster), params["models"])
    except KubeError as error:
        module.fail_json(msg=f"The engines cannot be read: {error} {cure(error)}".strip(), failure=error.failure)
    except LiteLLMError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, engines=[reading.as_dict() for reading in found])


if __name__ == "__main__":
    main()
