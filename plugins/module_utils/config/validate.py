# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judges what a person wrote and says all that is wrong with it at once."""

from __future__ import annotations

import collections
import difflib
import ipaddress
import typing as t

from ..litellm.catalogue import external_models
from . import fallbacks, gpus, k3s, prices, rented, stores
from .schema import BUILTIN_MODELS, NOT_YET, VARIABLES

PREFIX = "platform_"


def unknown_names(names: t.Iterable[str]) -> list[str]:
    """One sentence for each C(platform_) variable that no one reads, with the nearest known name."""
    known = [PREFIX + name for name in VARIABLES]
    findings = []
    for name in sorted(set(names) - set(known)):
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
        findings.append(f"{name}: no such variable; {hint}")
    return findings


def schema_findings(variables: dict[str, t.Any]) -> list[str]:
    """Type, choice and shape errors of the given variables (keys without prefix), one sentence each."""
    import jsonschema  # noqa: PLC0415  only judging needs it

    findings = []
    for name, value in variables.items():
        if name not in VARIABLES:
            continue
        validator = jsonschema.Draft202012Validator(VARIABLES[name])
        findings += [
            f"{_where(name, e.absolute_path)}: {_sentence(e)}{_as_json(name, e)}" for e in validator.iter_errors(value)
        ]
    return findings


def _as_json(name: str, error: t.Any) -> str:
    """What to write on the command line instead, for a whole variable that came as text."""
    if error.validator != "type" or not isinstance(error.instance, str) or list(error.absolute_path):
        return ""
    example = error.instance.lower() if error.validator_value == "boolean" else error.instance
    return f" Values of -e name=value are text; write -e '{{\"{PREFIX}{name}\": {example}}}'."


def tenant_schema_findings(tenant: dict[str, t.Any]) -> list[str]:
    """The same for one tenant that does not stand in the inventory."""
    return [finding.replace("platform_tenants[0]", "tenant", 1) for finding in schema_findings({"tenants": [tenant]})]


def _where(name: str, path: t.Iterable[str | int]) -> str:
    return PREFIX + name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _sentence(error: t.Any) -> str:
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        wrong = sorted(set(error.instance) - set(known))
        near = difflib.get_close_matches(wrong[0], known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
        return f"unknown {'key' if len(wrong) == 1 else 'keys'} {', '.join(wrong)}; {hint}"
    if error.validator == "enum":
        return f"{error.instance!r} is not one of {', '.join(map(str, error.validator_value))}."
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        label = error.instance.get("name") or error.instance.get("team") or error.instance.get("alias")
        return f"{f'{label!r} has' if label else 'has'} no {' and no '.join(missing)}."
    if error.validator == "pattern":
        return f"{error.instance!r} is not a valid value (it must match {error.validator_value})."
    return f"{error.message}."


def not_yet_findings(variables: dict[str, t.Any]) -> list[str]:
    """Choices that are designed but that this release cannot install."""
    return [
        f"{PREFIX}{name}: {variables[name]!r} is not available in this release; "
        f"choose {' or '.join(str(c) for c in VARIABLES[name]['enum'] if c not in refused)}."
        for name, refused in NOT_YET.items()
        if variables.get(name) in refused
    ]


def meaning_findings(variables: dict[str, t.Any]) -> list[str]:
    """Errors between values that are each well-formed: names used twice, unknown models, bad sources, ranges."""
    models: list[dict[str, t.Any]] = variables["models"]
    findings = _duplicates("platform_models", "name", models)
    findings += [finding for model in models for finding in _model_findings(model)]
    if not models and variables["profile"] != "platform":
        findings.append(f"platform_models: profile {variables['profile']} serves models, and none is declared.")
    endpoints: list[dict[str, t.Any]] = variables["external_endpoints"]
    offered = {model["name"] for model in [*models, *external_models(endpoints)]}
    findings += _gpu_findings(models, variables["gpu_stack"])
    findings += _gpu_host_findings(models, variables)
    findings += gpus.findings(variables)
    findings += _tenant_findings(variables["tenants"], offered)
    findings += _duplicates("platform_external_endpoints", "name", endpoints)
    findings += fallbacks.findings(models, endpoints, variables["tenants"])
    findings += _duplicates("platform_prices", "model", variables["prices"])
    findings += prices.findings(models, variables["prices"], variables["tenants"])
    if variables["artifacts"] == "mirror" and not variables["mirror"]:
        findings.append(
            "platform_mirror: platform_artifacts is mirror, and no registry is named (for example registry.lan:5000)."
        )
    findings += stores.findings(variables["secrets"], variables["secret_store"], variables["artifacts"])
    findings += k3s.findings(variables)
    findings += rented.findings(variables) + _duplicates("platform_vast_nodes", "name", variables["vast_nodes"])
    return findings + _git_findings(variables["git"]) + _network_findings(variables["network"])


def _duplicates(where: str, key: str, items: list[dict[str, t.Any]]) -> list[str]:
    counts = collections.Counter(item[key] for item in items)
    return [
        f"{where}: {count} entries have the {key} {name!r}; each needs its own."
        for name, count in counts.items()
        if count > 1
    ]


def _model_findings(model: dict[str, t.Any]) -> list[str]:
    where = f"platform_models: {model['name']!r}"
    findings = []
    scheme, _, rest = model["source"].partition("://")
    if scheme not in ("builtin", "hf", "oci") or not rest:
        findings.append(
            f"{where} has the source {model['source']!r}; write hf://ORG/NAME, oci://IMAGE#FOLDER or builtin://{BUILTIN_MODELS[0]}."
        )
    elif scheme == "builtin" and rest not in BUILTIN_MODELS:
        findings.append(f"{where} has the source {model['source']!r}; built in are {', '.join(BUILTIN_MODELS)}.")
    elif scheme == "oci" and "#" not in rest:
        findings.append(
            f"{where} has the source {model['source']!r}; name the folder in the image: oci://IMAGE#FOLDER."
        )
    replicas = model.get("replicas", {})
    if replicas.get("max", replicas.get("min", 1)) < replicas.get("min", 1):
        findings.append(f"{where} has replicas.max {replicas['max']} below replicas.min {replicas['min']}.")
    if "embeddings" in model["served_for"] and len(model["served_for"]) > 1:
        findings.append(
            f"{where} is served for embeddings and more; an engine that pools cannot generate: declare a second model."
        )
    return findings


def _gpu_findings(models: list[dict[str, t.Any]], stack: str) -> list[str]:
    names = [repr(model["name"]) for model in models if model.get("gpus", 0) > 0]
    if stack != "none" or not names:
        return []
    return [
        f"platform_models: {', '.join(names)} asks for GPUs, and platform_gpu_stack is none, so no node would offer any; "
        "choose host to have driver, container toolkit and device plugin installed, operator for NVIDIA's GPU operator, or provider where "
        "nodes offer nvidia.com/gpu by themselves (driver, container toolkit and device plugin are there)."
    ]


def _gpu_host_findings(models: list[dict[str, t.Any]], variables: dict[str, t.Any]) -> list[str]:
    """What a driver on the hosts cannot be combined with."""
    if variables["gpu_stack"] != "host":
        return []
    if variables["kubernetes"] in ("existing", "gke"):
        return [
            f"platform_gpu_stack: host installs the driver on hosts, and with platform_kubernetes {variables['kubernetes']} there are none to "
            "install it on; choose provider."
        ]
    names = [repr(model["name"]) for model in models if model.get("gpus", 0) > 0]
    if variables["substrate"] == "local" and names:
        return [
            f"platform_models: {', '.join(names)} asks for GPUs, and machines of platform_substrate local have none, whatever "
            "platform_gpu_stack installs; rent machines with GPUs (vast), or set gpus to 0."
        ]
    return []


def _tenant_findings(tenants: list[dict[str, t.Any]], models: set[str]) -> list[str]:
    findings = _duplicates("platform_tenants", "team", tenants)
    for tenant in tenants:
        where = f"platform_tenants: team {tenant['team']!r}"
        findings += _duplicates(where, "alias", tenant.get("keys", []))
        asked = [*tenant["models"], *(name for key in tenant.get("keys", []) for name in key.get("models", []))]
        findings += [
            f"{where} asks for model {name!r}, which neither platform_models nor platform_external_endpoints declares."
            for name in asked
            if name not in models
        ]
    return findings


def _git_findings(git: dict[str, t.Any]) -> list[str]:
    url = git.get("url", "")
    if not url:
        return [
            f"platform_git: {key} is set, but no url; without one the platform's own Git server is used, which has keys of its own."
            for key in ("ssh_key", "known_hosts", "token_file")
            if git.get(key)
        ]
    needed = ("ssh_key", "known_hosts") if url.startswith("ssh://") else ("token_file",)
    return [
        f"platform_git: {url} needs {key}, the path of a file on this machine." for key in needed if not git.get(key)
    ]


def _network_findings(network: dict[str, str]) -> list[str]:
    parsed: dict[str, ipaddress.IPv4Interface] = {}
    findings = []
    for key in ("address", "pods", "services"):
        if key not in network:
            continue
        try:
            parsed[key] = ipaddress.IPv4Interface(network[key])
        except ValueError as error:
            findings.append(f"platform_network.{key}: {error}.")
    names = list(parsed)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if parsed[one].network.overlaps(parsed[other].network):
                findings.append(f"platform_network: {one} {network[one]} overlaps {other} {network[other]}.")
    return findings


__all__ = (
    "PREFIX",
    "meaning_findings",
    "not_yet_findings",
    "schema_findings",
    "tenant_schema_findings",
    "unknown_names",
)
