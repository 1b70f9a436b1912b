# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Turns checked variables into the one validated configuration that every role reads (variable C(platform))."""

from __future__ import annotations

import copy
import ipaddress
import os
import typing as t

from ..litellm.catalogue import external_models
from ..machine.spec import default_bridge
from . import gpus, k3s, prices, rented
from .schema import PROFILES, VARIABLES

# Layers by profile; each profile has those before it too.
LAYERS: dict[str, tuple[str, ...]] = {
    "platform": ("metrics_server",),
    "serving": ("vllm", "inference_gateway"),
    "llm_gateway": ("litellm", "isolation_probe"),
    "full": (),
}
DEFAULT_NETWORK = {"address": "10.203.0.1/24", "pods": "10.244.0.0/16", "services": "10.96.0.0/16"}
# An empty url is the Git server of the platform itself.
DEFAULT_GIT = {"url": "", "branch": "main", "ssh_key": "", "known_hosts": "", "token_file": "", "manual": []}
# Without a store of somebody else's the values lie in a namespace of the same cluster.
DEFAULT_SECRET_STORE = {"name": "platform", "kind": "ClusterSecretStore", "prefix": "", "provider": {}}
# Where the platform's own Git server answers on every node (role git_server).
GIT_NODE_PORT = 30022
GATEWAY_URL = "http://inference-gateway.serving.svc.cluster.local/v1"


def with_defaults(variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """The given variables (keys without prefix) and the defaults of all others."""
    return {name: copy.deepcopy(variables.get(name, schema["default"])) for name, schema in VARIABLES.items()}


def normalise(
    variables: dict[str, t.Any], images: dict[str, str], home: str, node_address: str = ""
) -> dict[str, t.Any]:
    """The configuration as roles read it.

    Args:
        variables: all variables with defaults, checked.
        images: upstream image reference of every artefact of the catalogue, by artefact name.
        home: home folder of the user who runs the playbook; state and cache lie below it by default.

    """
    name = variables["name"]
    state = (
        os.path.expanduser(variables["state_dir"]) or f"{_xdg('STATE', home, '.local/state')}/inference-platform/{name}"
    )
    cache = os.path.expanduser(variables["cache_dir"]) or f"{_xdg('CACHE', home, '.cache')}/inference-platform"
    same = (
        "name",
        "substrate",
        "profile",
        "tier",
        "domain",
        "kubernetes",
        "gateway",
        "gpu_stack",
        "gpu_metrics",
        "secrets",
        "handover",
        "force_replace",
    )
    endpoints = [_endpoint(endpoint) for endpoint in variables["external_endpoints"]]
    return {
        **{key: variables[key] for key in same},
        "layers": layers_of(variables["profile"]),
        "artifacts": {"source": variables["artifacts"], "mirror": variables["mirror"]},
        "state_dir": state,
        "cache_dir": cache,
        "kubeconfig": f"{state}/kubeconfig",
        "tree": f"{state}/tree",
        "report_dir": f"{state}/report",
        "keys_dir": f"{state}/keys",
        "endpoint_port": variables["endpoint_port"],
        "endpoint": f"http://127.0.0.1:{variables['endpoint_port']}",
        "gateway_url": GATEWAY_URL,
        "network": _network(variables),
        "secret_store": {**DEFAULT_SECRET_STORE, **variables["secret_store"], "builtin": not variables["secret_store"]},
        "git": {**DEFAULT_GIT, **variables["git"]},
        "git_server": _git_server(variables, node_address),
        "gpu_sharing": gpus.normalised(variables["gpu_sharing"]),
        "images": images,
        "k3s": k3s.normalised(variables),
        "models": [_model(model, images, variables["prices"]) for model in variables["models"]],
        "external_endpoints": endpoints,
        "external_models": external_models(endpoints),
        "tenants": [_tenant(tenant) for tenant in variables["tenants"]],
        "vast": rented.normalised(variables),
    }


def _network(variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """C(nodes) are the networks of the nodes' own addresses: the bridge of local machines; of others what the inventory says."""
    network = {"bridge": default_bridge(variables["name"]), **DEFAULT_NETWORK, **variables["network"]}
    bridge = str(ipaddress.ip_interface(network["address"]).network)
    return {"nodes": [bridge] if variables["substrate"] == "local" else [], **network}


def _git_server(variables: dict[str, t.Any], node_address: str) -> dict[str, t.Any]:
    """Where the controller reaches the platform's own Git server: on a node, or through the tunnel to a rented one."""
    if variables["substrate"] == "vast":
        return {"address": "127.0.0.1", "port": variables["vast_git_port"]}
    return {"address": node_address, "port": GIT_NODE_PORT}


def _xdg(kind: str, home: str, default: str) -> str:
    return os.environ.get(f"XDG_{kind}_HOME") or f"{home}/{default}"


def layers_of(profile: str) -> list[str]:
    """Names of the layer roles that a profile installs, in order."""
    return [layer for name in PROFILES[: PROFILES.index(profile) + 1] for layer in LAYERS[name]]


def _model(model: dict[str, t.Any], images: dict[str, str], priced: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    scheme, _, rest = model["source"].partition("://")
    image, _, folder = rest.partition("#")
    if scheme == "builtin":
        image, folder = images[rest], f"/models/{rest}"
    minimum = model.get("replicas", {}).get("min", 1)
    return {
        "name": model["name"],
        "source": model["source"],
        "image": "" if scheme == "hf" else image,
        "path": rest if scheme == "hf" else folder,
        "served_for": model["served_for"],
        "replicas": {"min": minimum, "max": model.get("replicas", {}).get("max", minimum)},
        "gpus": model.get("gpus", 0),
        "cpu": model.get("gpus", 0) == 0,
        "context": model.get("context", 2048),
        "price": prices.price_of(model, priced),
        "fallbacks": model.get("fallbacks", []),
        "timeout": model.get("timeout"),
        "retries": model.get("retries", 0),
    }


def _endpoint(endpoint: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "name": endpoint["name"],
        "base_url": endpoint["base_url"].rstrip("/"),
        "api_key_file": os.path.expanduser(endpoint.get("api_key_file", "")),
        "timeout": endpoint.get("timeout"),
        "retries": endpoint.get("retries", 0),
        "models": [_external_model(model) for model in endpoint["models"]],
    }


def _external_model(model: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "name": model["name"],
        "model": model["model"],
        "served_for": model["served_for"],
        "context": model.get("context"),
        "price": {"output_per_token": 0.0, **model["price"], "source": "platform_external_endpoints"},
        "fallbacks": model.get("fallbacks", []),
    }


def _tenant(tenant: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "team": tenant["team"],
        "models": tenant["models"],
        "budget": tenant.get("budget"),
        "limits": tenant.get("limits", {}),
        "keys": [{"budget": None, "limits": {}, "models": [], "secret": None, **key} for key in tenant.get("keys", [])],
    }


__all__ = ("layers_of", "normalise", "with_defaults")
