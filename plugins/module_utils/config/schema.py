# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a person may write: every C(platform_) variable with its type, choices and default.

The schema is JSON Schema (draft 2020-12). Keys are the variable names without the prefix C(platform_).
"""

from __future__ import annotations

import typing as t

Schema = dict[str, t.Any]

# Names become Kubernetes object names and OpenAI model names: a DNS label, short enough for a prefix like "vllm-".
NAME: Schema = {"type": "string", "pattern": "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"}
POSITIVE: Schema = {"type": "number", "exclusiveMinimum": 0}
COUNT: Schema = {"type": "integer", "minimum": 1}
PERIOD: Schema = {"type": "string", "pattern": "^[1-9][0-9]*(s|m|h|d|mo)$"}

PROFILES = ("platform", "serving", "llm_gateway", "full")
SUBSTRATES = ("local", "vast", "gke", "hetzner", "homelab", "byo")
PURPOSES = ("chat", "agent", "fim", "embeddings")
BUILTIN_MODELS = ("tiny-coder",)


def _object(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
    }


BUDGET = _object({"usd": POSITIVE, "period": PERIOD}, ("usd",))
LIMITS = _object({"rpm": COUNT, "tpm": COUNT, "parallel_requests": COUNT})
# Where a tenant wants its key, too: an entry of a Secret in a namespace of its own.
PLACE = _object(
    {"namespace": NAME, "name": NAME, "key": {"type": "string", "pattern": "^[-._a-zA-Z0-9]+$"}}, ("namespace", "name")
)
KEY = _object(
    {
        "alias": NAME,
        "budget": BUDGET,
        "limits": LIMITS,
        "models": {"type": "array", "items": NAME},
        "secret": PLACE,
    },
    ("alias",),
)
TENANT = _object(
    {
        "team": NAME,
        "models": {"type": "array", "items": NAME, "minItems": 1},
        "budget": BUDGET,
        "limits": LIMITS,
        "keys": {"type": "array", "items": KEY},
    },
    ("team", "models"),
)
SERVED_FOR: Schema = {
    "type": "array",
    "items": {"type": "string", "enum": list(PURPOSES)},
    "minItems": 1,
    "uniqueItems": True,
}
MODEL_PRICE = _object({"input_per_token": POSITIVE, "output_per_token": POSITIVE}, ("input_per_token",))
# Models that answer in its place, in this order. LiteLLM goes five deep.
FALLBACKS: Schema = {"type": "array", "items": NAME, "maxItems": 5, "uniqueItems": True}
RETRIES: Schema = {"type": "integer", "minimum": 0, "maximum": 5}
MODEL = _object(
    {
        "name": NAME,
        "source": {"type": "string"},
        "served_for": SERVED_FOR,
        "replicas": _object({"min": COUNT, "max": COUNT}),
        "gpus": {"type": "integer", "minimum": 0},
        "context": {"type": "integer", "minimum": 256},
        # The model's config.json or its folder on this machine, and the size of its weights where that cannot be computed.
        "config": {"type": "string", "minLength": 1},
        "weights_gib": POSITIVE,
        "price": MODEL_PRICE,
        "fallbacks": FALLBACKS,
        "timeout": COUNT,
        "retries": RETRIES,
    },
    ("name", "source", "served_for"),
)
# GPUs of machines that are there already.
GPU = _object({"name": {"type": "string", "minLength": 1}, "memory_gib": POSITIVE, "count": COUNT})
# How a card is shared by several engines. The device plugin wants at least 2 replicas; MPS serves at most 48 clients.
GPU_SHARING = _object(
    {
        "strategy": {"type": "string", "enum": ["none", "timeslice", "mps", "mig"]},
        "replicas": {"type": "integer", "minimum": 2, "maximum": 48},
        "mig_strategy": {"type": "string", "enum": ["single", "mixed"]},
        "profile": {"type": "string", "pattern": "^[1-7]g\\.[1-9][0-9]{0,2}gb$"},
    },
    ("strategy",),
)
PRICE = _object(
    {
        "model": NAME,
        "input_per_token": POSITIVE,
        "output_per_token": POSITIVE,
        "gpu_usd_per_hour": POSITIVE,
        "gpus": COUNT,
        "input_tokens_per_hour": POSITIVE,
        "output_tokens_per_hour": POSITIVE,
        "output_weight": POSITIVE,
        "margin": POSITIVE,
        "source": {"type": "string"},
    },
    ("model",),
)
EXTERNAL_MODEL = _object(
    {
        "name": NAME,
        "model": {"type": "string", "minLength": 1},
        "served_for": SERVED_FOR,
        "context": {"type": "integer", "minimum": 256},
        "price": MODEL_PRICE,
        "fallbacks": FALLBACKS,
    },
    ("name", "model", "served_for", "price"),
)
EXTERNAL_ENDPOINT = _object(
    {
        "name": NAME,
        # no user and password in it
        "base_url": {"type": "string", "pattern": "^https?://[^\\s@]+$"},
        "api_key_file": {"type": "string", "minLength": 1},
        "timeout": COUNT,
        "retries": RETRIES,
        "models": {"type": "array", "items": EXTERNAL_MODEL, "minItems": 1},
    },
    ("name", "base_url", "models"),
)
NETWORK = _object(
    {
        "bridge": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,14}$"},
        "address": {"type": "string", "pattern": "^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$"},
        "pods": {"type": "string", "pattern": "^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$"},
        "services": {"type": "string", "pattern": "^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$"},
        "nodes": {
            "type": "array",
            "items": {"type": "string", "pattern": "^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$"},
        },
    }
)

GIT = _object(
    {
        "url": {"type": "string", "pattern": "^(ssh|https)://"},
        "branch": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]*$"},
        "ssh_key": {"type": "string"},
        "known_hosts": {"type": "string"},
        "token_file": {"type": "string"},
        "manual": {"type": "array", "items": NAME, "uniqueItems": True},
    }
)

# ``provider`` is the store's own spec.provider (external-secrets.io/v1), whatever the operator takes.
SECRET_STORE = _object(
    {
        "name": NAME,
        "kind": {"type": "string", "enum": ["ClusterSecretStore", "SecretStore"]},
        "prefix": {"type": "string", "pattern": "^[A-Za-z0-9._/-]*$"},
        "provider": {"type": "object", "minProperties": 1, "maxProperties": 1},
    },
    ("name",),
)

SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
# The program of a k3s cluster, and the archive of its images for hosts without a registry.
K3S = _object(
    {
        "version": {"type": "string", "pattern": "^v[0-9]+\\.[0-9]+\\.[0-9]+[+]k3s[0-9]+$"},
        "url": {"type": "string", "pattern": "^https?://[^\\s@]+$"},
        "file": {"type": "string", "minLength": 1},
        "sha256": SHA256,
        "images_file": {"type": "string", "minLength": 1},
        "images_sha256": SHA256,
    }
)

TEXTS: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True}
COUNTRIES: Schema = {"type": "array", "items": {"type": "string", "pattern": "^[A-Z]{2}$"}, "minItems": 1}
# What a rented machine has to be, in the words of the module vast_offer_info, and what is put on it.
VAST_NODE = _object(
    {
        "name": NAME,
        "gpu": {"anyOf": [{"type": "string", "minLength": 1}, TEXTS]},
        "gpus": COUNT,
        "gpu_memory_gb": POSITIVE,
        "cpu_cores": COUNT,
        "memory_gb": POSITIVE,
        "disk_gb": {"type": "integer", "minimum": 8},
        "reliability": {"type": "number", "minimum": 0, "maximum": 1},
        "driver": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)*$"},
        "cuda": POSITIVE,
        "compute_capability": POSITIVE,
        "countries": COUNTRIES,
        "not_countries": COUNTRIES,
        "max_usd_per_hour": POSITIVE,
        "vm": {"type": "boolean"},
        "verified": {"type": "boolean"},
        "datacenter": {"type": "boolean"},
        "static_ip": {"type": "boolean"},
        "direct_ports": COUNT,
        "inet_down_mbps": POSITIVE,
        "inet_up_mbps": POSITIVE,
        "min_days": POSITIVE,
        "machines_excluded": {"type": "array", "items": COUNT},
        "order": {"type": "string", "enum": ["price", "reliability", "performance"]},
        "image": {"type": "string", "minLength": 1},
        "template_hash": {"type": "string", "minLength": 1},
    },
    ("name",),
)

VARIABLES: dict[str, Schema] = {
    "name": {"type": "string", "pattern": "^[a-z]([-a-z0-9]{0,9}[a-z0-9])?$", "default": "demo"},
    "substrate": {"type": "string", "enum": list(SUBSTRATES), "default": "local"},
    "profile": {"type": "string", "enum": list(PROFILES), "default": "llm_gateway"},
    "tier": {"type": "string", "enum": ["cost", "prod"], "default": "cost"},
    "domain": {"type": "string", "default": ""},
    "kubernetes": {"type": "string", "enum": ["kubeadm", "k3s", "existing", "gke"], "default": "kubeadm"},
    "k3s": {**K3S, "default": {}},
    "gateway": {"type": "string", "enum": ["envoy", "agentgateway"], "default": "envoy"},
    "gpu_stack": {"type": "string", "enum": ["none", "operator", "host", "provider"], "default": "none"},
    "gpu_sharing": {**GPU_SHARING, "default": {}},
    "gpu_metrics": {"type": "boolean", "default": False},
    "secrets": {"type": "string", "enum": ["kubernetes", "sealed", "external"], "default": "kubernetes"},
    "secret_store": {**SECRET_STORE, "default": {}},
    "artifacts": {"type": "string", "enum": ["packages", "upstream", "mirror"], "default": "packages"},
    "mirror": {"type": "string", "default": ""},
    "handover": {"type": "boolean", "default": False},
    "force_replace": {"type": "boolean", "default": False},
    "git": {**GIT, "default": {}},
    "state_dir": {"type": "string", "default": ""},
    "cache_dir": {"type": "string", "default": ""},
    "endpoint_port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 4000},
    "network": {**NETWORK, "default": {}},
    "gpu": {**GPU, "default": {}},
    "models": {"type": "array", "items": MODEL, "default": []},
    "prices": {"type": "array", "items": PRICE, "default": []},
    "tenants": {"type": "array", "items": TENANT, "default": []},
    "external_endpoints": {"type": "array", "items": EXTERNAL_ENDPOINT, "default": []},
    "vast_api_key_file": {"type": "string", "minLength": 1, "default": "~/.config/vastai/vast_api_key"},
    "vast_base_url": {"type": "string", "pattern": "^https?://[^\\s@]+$", "default": "https://console.vast.ai"},
    # Part of the labels of everything that is rented, so it holds no slash.
    "vast_owner": {"type": "string", "pattern": "^([A-Za-z0-9][A-Za-z0-9._@+-]{0,99})?$", "default": ""},
    "vast_max_usd_per_hour": {**POSITIVE, "default": 0},
    "vast_nodes": {"type": "array", "items": VAST_NODE, "default": []},
    "vast_kubernetes_port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 16443},
    "vast_git_port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 16022},
}

# Variables of choices that the design names and this release cannot install yet: refused by name, never ignored.
NOT_YET: dict[str, tuple[str, ...]] = {
    "substrate": ("gke", "hetzner", "homelab", "byo"),
    "kubernetes": ("existing", "gke"),
    "profile": ("full",),
}

__all__ = ("BUILTIN_MODELS", "NOT_YET", "PROFILES", "PURPOSES", "SUBSTRATES", "VARIABLES", "Schema")
