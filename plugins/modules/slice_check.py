#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Asserts the public /v1 path as a tenant; the checks live in module_utils/slice, one file a subject."""

from __future__ import annotations

DOCUMENTATION = r"""
module: slice_check
short_description: Assert the platform's OpenAI-compatible endpoint as a tenant uses it
version_added: "0.1.0"
description:
  - Runs every check of the acceptance list against the public endpoint with the keys of the tenants, through the official OpenAI
    client where a client would be used. Models listed for each key, chat, streamed chat, fill-in-the-middle, tool calls, structured
    output, embeddings, refusals, revocation, limits, spend rows with their price and owner, budgets that end, fallbacks, work for every
    replica, network isolation, latency.
  - Reads the cluster to name the cause of a failure (workloads, endpoint pickers, counters of each engine, network policies). It sends
    no write request to the API server; engines and the isolation probe are read through the pod proxy of the API server.
  - Makes a few keys C(slice-check-...) of its own in LiteLLM and deletes them again; they expire after ten minutes at the latest.
  - Costs a few thousand tokens of the tenants' budgets.
  - Every check runs even when others fail. The module fails at the end with one message that names each failed check, its reason and
    its cure.
  - Returns C(changed=false) always. The reports in O(report_dir) are its output, written anew on every run, and not a state.
options:
  endpoint:
    description: Public address of the platform, without C(/v1).
    type: str
    required: true
  platform:
    description: Name of the platform, for the reports.
    type: str
    default: ""
  models:
    description:
      - The models that are promised, as in the validated configuration. Read are C(name), C(served_for) (C(chat), C(agent), C(fim),
        C(embeddings)), the least number of replicas in C(replicas.min), and USD in C(price.input_per_token) and C(price.output_per_token).
      - For each name in C(fallbacks) that a key may use together with the model, this other model has to answer in its place, at its own
        price. Nothing is stopped for that, the models before it count as down for one key of the check's own.
      - Completions of raw prompts use the name with C(-fim) appended. With more than one replica, each of them has to get work.
    type: list
    elements: dict
    required: true
  external_models:
    description:
      - Models that servers elsewhere answer for, with C(name), C(served_for), C(price) and C(fallbacks), as in the validated configuration.
      - They have to be listed for the keys that may use them, and to answer as fallbacks. Otherwise nothing is sent to them.
    type: list
    elements: dict
    default: []
  tenants:
    description:
      - The tenants as in the validated configuration. Read are C(team), C(models) and, of each entry of C(keys), C(alias) and C(models).
        A key without C(models) of its own has the scope of its team.
      - The key itself is read from the file C(<keys_dir>/<team>-<alias>).
    type: list
    elements: dict
    required: true
  keys_dir:
    description: Folder with the key files of the tenants.
    type: path
    required: true
    no_log: false
  master_key:
    description: LiteLLM's master key, used to read spend rows and to make keys that are deleted again.
    type: str
  master_key_secret:
    description:
      - Where the master key lies in the cluster, instead of O(master_key). The key then never passes through a variable.
    type: dict
    no_log: false
    suboptions:
      namespace:
        description: Namespace of the Secret.
        type: str
        required: true
      name:
        description: Name of the Secret.
        type: str
        required: true
      key:
        description: Key within the Secret's data.
        type: str
        required: true
        no_log: false
  tree:
    description: Folder of the rendered manifests. Its network policies must stand in the cluster as written.
    type: path
  handover:
    description: File with the proof that the handover left, which stands on the report. A file that does not exist is left out.
    type: path
  report_dir:
    description: Folder for C(report.html), C(junit.xml) and C(results.json). No reports are written when absent.
    type: path
  fail:
    description: Whether the module fails when a check fails.
    type: bool
    default: true
  timeout:
    description: Seconds without a byte after which a request counts as not answered.
    type: float
    default: 20.0
  ledger_timeout:
    description: Seconds within which a spend row has to appear.
    type: float
    default: 25.0
  burst:
    description: Number of chats sent at once to see that every replica gets work.
    type: int
    default: 16
  latency_samples:
    description: Number of streamed chats that are timed.
    type: int
    default: 24
extends_documentation_fragment:
  - inference.platform.cluster
requirements:
  - openai
  - jsonschema
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: partial
    details: Sends nothing in check mode, since every check costs tokens. It returns the names of the checks that would run, and needs
      neither keys nor a cluster for that.
  diff_mode:
    description: Shows what has changed.
    support: none
  action_group:
    description: Use C(group/inference.platform.cluster) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - inference.platform.cluster
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Assert the platform as a tenant
  inference.platform.slice_check:
    endpoint: http://127.0.0.1:4000
    platform: demo
    models:
      - name: coder-chat
        served_for: [chat, agent, fim]
        replicas: {min: 2}
        price: {input_per_token: 0.00001, output_per_token: 0.00003}
    tenants:
      - team: default
        models: [coder-chat]
        keys:
          - alias: default
    keys_dir: ~/.local/state/inference-platform/demo/keys
    master_key_secret: {namespace: llm-gateway, name: litellm, key: LITELLM_MASTER_KEY}
    kubeconfig: ~/.local/state/inference-platform/demo/kubeconfig
    report_dir: ~/.local/state/inference-platform/demo/report

- name: Look without failing
  inference.platform.slice_check:
    endpoint: "{{ platform.endpoint }}"
    models: "{{ platform.models }}"
    tenants: "{{ platform.tenants }}"
    keys_dir: "{{ platform.keys_dir }}"
    master_key: "{{ litellm_master_key }}"
    kubeconfig: "{{ platform.kubeconfig }}"
    fail: false
  register: slice
"""

RETURN = r"""
checks:
  description: Names of the checks, in the order of the report.
  returned: always
  type: list
  elements: str
  sample: [models.default, chat.coder-chat, refusals.no_key]
example:
  description: What a person needs for a first request with a model that chats. Empty when no key may use one.
  returned: always
  type: dict
  sample: {team: default, model: coder-chat, key_file: ~/.local/state/inference-platform/demo/keys/default-default}
results:
  description: The outcome of each check.
  returned: when not in check mode
  type: list
  elements: dict
  contains:
    name:
      description: Subject and object of the check.
      type: str
      sample: chat.coder-chat
    status:
      description: V(passed) or V(failed).
      type: str
      sample: passed
    seconds:
      description: How long it took.
      type: float
      sample: 0.12
    request:
      description: What was sent, without headers.
      type: str
      sample: GET /v1/models
    response:
      description: Excerpt of what came back.
      type: str
      sample: '{"data": [{"id": "coder-chat"}]}'
    expected:
      description: What should have come back.
      type: str
      sample: exactly coder-chat
    why:
      description: Reason of a failure, naming the object.
      type: str
      sample: ""
    cure:
      description: What to do about it.
      type: str
      sample: ""
    data:
      description: Numbers for the report, for example milliseconds of each request.
      type: dict
      sample: {}
failed_checks:
  description: Names of the checks that failed.
  returned: when not in check mode
  type: list
  elements: str
  sample: []
versions:
  description: Versions and images of the components.
  returned: when not in check mode
  type: dict
  sample: {Kubernetes: v1.34.4}
reports:
  description: Paths of the reports by form.
  returned: when not in check mode and O(report_dir) is given
  type: dict
  sample: {html: ~/.local/state/inference-platform/demo/report/report.html}
seconds:
  description: How long all checks took.
  returned: when not in check mode
  type: float
  sample: 14.2
"""

import base64
import datetime
import importlib.util
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER, kubeconfig_path
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.config import load
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure
from ansible_collections.inference.platform.plugins.module_utils.slice import handover, sdk
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import key_path, read_keys, read_models
from ansible_collections.inference.platform.plugins.module_utils.slice.report import Run, write
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Check, summary
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import plan, run
from ansible_collections.inference.platform.plugins.module_utils.slice.versions import versions

LIBRARIES = ("openai", "jsonschema", "yaml")
# A check must see a failing API server, not wait until it is well again.
RETRY_SECONDS = 2.0


def argument_spec() -> dict[str, t.Any]:
    """The module's options."""
    secret = {
        "namespace": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "key": {"type": "str", "required": True, "no_log": False},
    }
    return {
        "endpoint": {"type": "str", "required": True},
        "platform": {"type": "str", "default": ""},
        "models": {"type": "list", "elements": "dict", "required": True},
        "external_models": {"type": "list", "elements": "dict", "default": []},
        "tenants": {"type": "list", "elements": "dict", "required": True},
        "keys_dir": {"type": "path", "required": True, "no_log": False},
        "master_key": {"type": "str", "no_log": True},
        "master_key_secret": {"type": "dict", "no_log": False, "options": secret},
        **CLUSTER,
        "tree": {"type": "path"},
        "report_dir": {"type": "path"},
        "handover": {"type": "path"},
        "fail": {"type": "bool", "default": True},
        "timeout": {"type": "float", "default": 20.0},
        "ledger_timeout": {"type": "float", "default": 25.0},
        "burst": {"type": "int", "default": 16},
        "latency_samples": {"type": "int", "default": 24},
    }


def settings_of(params: dict[str, t.Any], *, secrets: bool) -> Settings:
    """What is promised, from the module's options; key files are read when C(secrets) is set.

    Raises OSError for a key file, KeyError or TypeError for an incomplete entry.
    """
    return Settings(
        endpoint=params["endpoint"].rstrip("/"),
        models=read_models(params["models"]),
        keys=read_keys(params["tenants"], params["keys_dir"] if secrets else None),
        external=read_models(params["external_models"]),
        tree=params["tree"] or "",
        timeout=params["timeout"],
        ledger_timeout=params["ledger_timeout"],
        burst=params["burst"],
        latency_samples=params["latency_samples"],
    )


def example(settings: Settings, keys_dir: str) -> dict[str, str]:
    """Team, key file and model of a first request; empty when no key may use a model that chats."""
    for model in settings.chat_models():
        key = settings.keys_for(model)[0]
        return {"team": key.team, "model": model.name, "key_file": str(key_path(keys_dir, key.team, key.alias))}
    return {}


def read_settings(module: AnsibleModule) -> Settings:
    """The settings, or the end of the module with a reason and a cure."""
    try:
        return settings_of(module.params, secrets=not module.check_mode)
    except OSError as error:
        module.fail_json(
            msg=f"Cannot read the tenant's key {error.filename}: {error.strerror}. Run the playbook tenants.yml, which writes it."
        )
    except (KeyError, TypeError, ValueError) as error:
        module.fail_json(msg=f"An entry of models or tenants is incomplete: {type(error).__name__}: {error}.")


def connect(module: AnsibleModule) -> tuple[Client, str]:
    """A client for the cluster and LiteLLM's master key, or the end of the module with a reason."""
    reference = module.params["master_key_secret"]
    try:
        client = Client(
            load(kubeconfig_path(module.params["kubeconfig"]), module.params["context"]), retry_seconds=RETRY_SECONDS
        )
        if not reference:
            return client, module.params["master_key"]
        secret = client.get(f"/api/v1/namespaces/{reference['namespace']}/secrets/{reference['name']}")
        master_key = base64.b64decode(secret["data"][reference["key"]]).decode()
    except KubeError as error:
        module.fail_json(msg=f"{error} {cure(error)}".strip(), failure=error.failure)
    except KeyError:
        module.fail_json(
            msg=f"Secret {reference['namespace']}/{reference['name']} has no key {reference['key']}. Run the playbook platform.yml."
        )
    module.no_log_values.add(master_key)
    return client, master_key


def read_handover(module: AnsibleModule) -> t.Mapping[str, t.Any] | None:
    """The proof of the handover, or the end of the module with a reason."""
    path = module.params["handover"] or ""
    try:
        return handover.read(path)
    except (OSError, ValueError) as error:
        module.fail_json(
            msg=f"Cannot read the proof of the handover {path}: {error}. Remove the file, or hand over again."
        )


def execute(module: AnsibleModule, context: Context, checks: list[Check]) -> dict[str, t.Any]:
    """Run the checks, write the reports, and return what the module returns."""
    sdk.load()
    began = datetime.datetime.now(datetime.UTC)
    clock = time.monotonic()
    results = run(context, checks)
    outcome = Run(
        platform=module.params["platform"] or context.settings.endpoint,
        endpoint=context.settings.endpoint,
        started=began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=time.monotonic() - clock,
        results=tuple(results),
        versions=versions(context),
        handover=read_handover(module),
    )
    found: dict[str, t.Any] = {
        "results": [result.as_dict() for result in results],
        "failed_checks": [result.name for result in results if not result.passed],
        "versions": dict(outcome.versions),
        "seconds": round(outcome.seconds, 3),
        "summary": summary(results),
    }
    if module.params["report_dir"]:
        try:
            found["reports"] = write(outcome, module.params["report_dir"])
        except OSError as error:
            module.fail_json(msg=f"Cannot write the reports into {module.params['report_dir']}: {error}.", **found)
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec=argument_spec(),
        mutually_exclusive=[("master_key", "master_key_secret")],
        required_one_of=[("master_key", "master_key_secret")],
        supports_check_mode=True,
    )
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        module.fail_json(msg=missing_required_lib(", ".join(missing), reason="for slice_check"))
    settings = read_settings(module)
    module.no_log_values.update(key.value for key in settings.keys if key.value)
    checks = plan(settings)
    known: dict[str, t.Any] = {
        "checks": [check.name for check in checks],
        "example": example(settings, module.params["keys_dir"]),
    }
    if module.check_mode:
        module.exit_json(changed=False, **known)
    client, master_key = connect(module)
    found = execute(module, Context(settings, master_key, client), checks)
    client.close()
    failure = found.pop("summary")
    if failure and module.params["fail"]:
        report = found.get("reports", {}).get("html")
        where = f" Everything that was sent and came back is in {report}." if report else ""
        module.fail_json(msg=f"{failure}{where}", **known, **found)
    module.exit_json(changed=False, **known, **found)


if __name__ == "__main__":
    main()
