# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judges the store that C(platform_secrets: external) reads."""

from __future__ import annotations

import difflib
import typing as t

from .normalise import DEFAULT_SECRET_STORE

CLUSTER_WIDE = "ClusterSecretStore"
# The providers that the operator has when it is built from packages: catalogue/go/external-secrets/patch.
BUILT = ("fake", "kubernetes", "vault", "webhook")
# spec.provider of external-secrets.io/v1 in v0.20.4: what the release has.
RELEASED = (
    "akeyless",
    "alibaba",
    "aws",
    "azurekv",
    "beyondtrust",
    "bitwardensecretsmanager",
    "chef",
    "cloudrusm",
    "conjur",
    "delinea",
    "device42",
    "doppler",
    "fortanix",
    "gcpsm",
    "github",
    "gitlab",
    "ibm",
    "infisical",
    "keepersecurity",
    "ngrok",
    "onboardbase",
    "onepassword",
    "onepasswordSDK",
    "oracle",
    "passbolt",
    "passworddepot",
    "previder",
    "pulumi",
    "scaleway",
    "secretserver",
    "senhasegura",
    "volcengine",
    "yandexcertificatemanager",
    "yandexlockbox",
    *BUILT,
)


def findings(secrets: str, store: dict[str, t.Any], artifacts: str) -> list[str]:
    """One sentence for each fault; ``secrets`` and ``artifacts`` are the variables of these names."""
    if not store:
        return []
    found = []
    if secrets != "external":
        found.append(
            f"platform_secret_store: names the store {store['name']!r}, and platform_secrets is {secrets}, which reads no store; "
            "set platform_secrets to external, or leave the store out."
        )
    kind = store.get("kind", CLUSTER_WIDE)
    if store["name"] == DEFAULT_SECRET_STORE["name"] and kind == CLUSTER_WIDE:
        found.append(
            f"platform_secret_store: {store['name']!r} is the name of the platform's own store; give yours another, or leave "
            "platform_secret_store out to use the platform's."
        )
    if store.get("provider") and kind != CLUSTER_WIDE:
        found.append(
            "platform_secret_store: a store with a provider is made for the whole cluster, and its kind is SecretStore; leave kind out, "
            "or leave provider out and make a SecretStore in each of the namespaces serving and llm-gateway."
        )
    provider: dict[str, t.Any] = store.get("provider", {})
    return found + [finding for name, settings in provider.items() for finding in _provider(name, settings, artifacts)]


def _provider(name: str, settings: t.Any, artifacts: str) -> list[str]:
    if name not in RELEASED:
        near = difflib.get_close_matches(name, RELEASED, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(RELEASED))}."
        return [f"platform_secret_store.provider: the operator has no provider {name}; {hint}"]
    if artifacts == "packages" and name not in BUILT:
        return [
            f"platform_secret_store.provider: the operator that is built from packages has {', '.join(BUILT)}, and not {name}; "
            "take the upstream image (platform_artifacts upstream or mirror), or another provider."
        ]
    if not isinstance(settings, dict) or not settings:
        return [
            f"platform_secret_store.provider.{name}: has no settings; write what stands below spec.provider.{name} of a "
            "ClusterSecretStore."
        ]
    return []


__all__ = ("BUILT", "RELEASED", "findings")
