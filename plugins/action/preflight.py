# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Checks everything that can be checked without a cluster, before anything is changed. Documentation: plugins/modules/preflight.py."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.action import ActionBase

from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import load_catalogue
from ansible_collections.inference.platform.plugins.module_utils.config import (
    gpus,
    host,
    k3s,
    key_files,
    mirror,
    rented,
    validate,
)
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import normalise, with_defaults
from ansible_collections.inference.platform.plugins.module_utils.fit.declared import started
from ansible_collections.inference.platform.plugins.module_utils.fit.inventory import fit_findings
from ansible_collections.inference.platform.plugins.module_utils.fit.verdict import Serving

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "catalogue" / "catalogue.yml"


class ActionModule(ActionBase):
    """Validates all C(platform_) variables of the inventory and the machine itself."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Returns the validated configuration, or fails with every finding at once."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if importlib.util.find_spec("jsonschema") is None:
            raise AnsibleActionFail(
                f"Nothing was changed. {missing_required_lib('jsonschema', reason='to check the inventory')}"
            )
        spec = {"check_host": {"type": "bool", "default": True}, "tenant": {"type": "dict"}}
        _, arguments = self.validate_argument_spec(argument_spec=spec)
        names = [name for name in task_vars or {} if name.startswith(validate.PREFIX)]
        findings = validate.unknown_names(names)
        given = {name.removeprefix(validate.PREFIX): self._templar.template((task_vars or {})[name]) for name in names}
        findings += validate.schema_findings(given)
        if arguments["tenant"]:
            findings += validate.tenant_schema_findings(arguments["tenant"])
            others = [one for one in given.get("tenants") or [] if one.get("team") != arguments["tenant"].get("team")]
            given["tenants"] = [*others, arguments["tenant"]]
        if findings:
            raise AnsibleActionFail(_report(findings))

        variables = with_defaults(given)
        findings = validate.not_yet_findings(variables) + validate.meaning_findings(variables)
        if findings:
            raise AnsibleActionFail(_report(findings))

        images, node = load_catalogue(CATALOGUE).image_refs(), self._first_node(task_vars or {})
        configuration = normalise(variables, images, os.path.expanduser("~"), node)
        if arguments["check_host"]:
            engines = self._engines(task_vars or {}, configuration["gpu_sharing"])
            fit = fit_findings(variables, configuration, engines)
            findings = [*_surroundings(configuration), *fit.refused]
            findings += gpus.memory_findings(configuration["gpu_sharing"], engines.utilisation)
            if fit.warnings:
                result["warnings"] = [*result.get("warnings", []), *fit.warnings]
        if findings:
            raise AnsibleActionFail(_report(findings))
        return {**result, "changed": False, "platform": configuration}

    def _first_node(self, task_vars: dict[str, t.Any]) -> str:
        """Address of the first host of the control plane; empty where the inventory names none."""
        names = task_vars.get("groups", {}).get("control_plane") or []
        return str(task_vars["hostvars"][names[0]].get("ansible_host", names[0])) if names else ""

    def _engines(self, task_vars: dict[str, t.Any], sharing: dict[str, t.Any]) -> Serving:
        """How role vllm will start engines, as far as the inventory says."""
        given = {
            name: self._templar.template(task_vars[f"vllm_{name}"])
            for name in ("gpu_memory_utilization", "extra_args")
            if f"vllm_{name}" in task_vars
        }
        return started(
            float(given.get("gpu_memory_utilization", sharing["memory_share"])),
            [str(one) for one in given.get("extra_args", [])],
        )


def _surroundings(configuration: dict[str, t.Any]) -> list[str]:
    findings = mirror.mirror_findings(configuration["artifacts"])
    findings += key_files.key_file_findings(configuration["external_endpoints"])
    if configuration["kubernetes"] == "k3s":
        findings += k3s.file_findings(configuration["k3s"])
    if configuration["substrate"] == "vast":
        findings += rented.key_findings(configuration["vast"]["api_key_file"])
    if configuration["substrate"] != "local":
        return findings
    folders = [configuration["state_dir"], configuration["cache_dir"]]
    facts = host.observe(folders, [configuration["endpoint_port"]])
    exists = os.path.isdir(f"{configuration['state_dir']}/machines")
    engines = sum(model["replicas"]["min"] for model in configuration["models"] if model["cpu"])
    return findings + host.host_findings(facts, platform_exists=exists, engines=engines)


def _report(findings: list[str]) -> str:
    if len(findings) == 1:
        return f"Nothing was changed. {findings[0]}"
    return "\n".join(["Nothing was changed. Correct these first:", *(f"  - {finding}" for finding in findings)])
