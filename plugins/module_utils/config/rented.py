# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a person writes about rented machines: what it has to say, and how roles read it."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ..vast import labels

DISK_GB = 100
# Everything else of a node is a term of the search.
_OUR_KEYS = ("name", "image", "template_hash", "disk_gb")


def normalised(variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """The part C(vast) of the validated configuration; prices in USD per hour, sizes in GB."""
    owner = variables["vast_owner"] or labels.default_owner()
    return {
        "api_key_file": os.path.expanduser(variables["vast_api_key_file"]),
        "base_url": variables["vast_base_url"].rstrip("/"),
        "owner": owner,
        "label": f"{labels.ROOT}/{owner}/{variables['name']}",
        "max_usd_per_hour": variables["vast_max_usd_per_hour"],
        "kubernetes_port": variables["vast_kubernetes_port"],
        "git_port": variables["vast_git_port"],
        "nodes": [_node(node, owner, variables["name"]) for node in variables["vast_nodes"]],
    }


def _node(node: dict[str, t.Any], owner: str, platform: str) -> dict[str, t.Any]:
    return {
        "name": node["name"],
        "label": str(labels.Label(owner, platform, node["name"])),
        "disk_gb": node.get("disk_gb", DISK_GB),
        "image": node.get("image", ""),
        "template_hash": node.get("template_hash", ""),
        "search": {key: value for key, value in node.items() if key not in _OUR_KEYS},
    }


def findings(variables: dict[str, t.Any]) -> list[str]:
    """One sentence for each thing that is missing or contradicts another, where machines are rented."""
    if variables["substrate"] != "vast":
        return []
    nodes: list[dict[str, t.Any]] = variables["vast_nodes"]
    cap = variables["vast_max_usd_per_hour"]
    found = []
    if not nodes:
        found.append(
            "platform_vast_nodes: no machine is named; write one, for example {name: node-1, gpu: RTX 4090, gpus: 1}."
        )
    if not cap:
        found.append(
            "platform_vast_max_usd_per_hour: not set; it caps what all machines of the account may cost per hour, in USD."
        )
    for node in nodes:
        where = f"platform_vast_nodes: {node['name']!r}"
        if cap and node.get("max_usd_per_hour", 0) > cap:
            found.append(
                f"{where} may cost {node['max_usd_per_hour']} USD per hour, and platform_vast_max_usd_per_hour is {cap}."
            )
        if node.get("image") and node.get("template_hash"):
            found.append(f"{where} has an image and a template_hash; choose one.")
        if not node.get("vm", True):
            found.append(f"{where} is to be a container (vm: false); Kubernetes needs a virtual machine.")
    if len(nodes) > 1 and not variables["network"].get("nodes"):
        found.append(
            f"platform_network.nodes: not set; say in which private network the {len(nodes)} machines reach each other, for example "
            "[10.0.0.0/24], or rent one machine with more GPUs."
        )
    return found + _shared_ports(variables)


def _shared_ports(variables: dict[str, t.Any]) -> list[str]:
    taken: dict[int, str] = {}
    found = []
    for name in ("endpoint_port", "vast_kubernetes_port", "vast_git_port"):
        other = taken.setdefault(variables[name], name)
        if other != name:
            found.append(f"platform_{name}: platform_{other} has the same number; each needs its own.")
    return found


def key_findings(path: str) -> list[str]:
    """At most one sentence: why the file with the provider's API key cannot be used."""
    where = f"platform_vast_api_key_file: {path}"
    cure = "write the API key of https://console.vast.ai/manage-keys/ into it, and chmod 600."
    file = pathlib.Path(path)
    try:
        text, mode = file.read_text(encoding="utf-8").strip(), file.stat().st_mode
    except (OSError, ValueError) as error:
        return [f"{where} cannot be read ({getattr(error, 'strerror', None) or error}); {cure}"]
    if not text or len(text.split()) > 1:
        return [f"{where} {'has more than one word' if text else 'is empty'}; {cure}"]
    if mode & 0o077:
        return [f"{where} can be read by others (mode {mode & 0o777:04o}); chmod 600 {path}."]
    return []


__all__ = ("findings", "key_findings", "normalised")
