# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is to be sealed: the Secrets of the cluster against the SealedSecrets of the tree and of the cluster."""

from __future__ import annotations

import dataclasses

from ..kube.client import Client
from ..kube.errors import KubeError
from ..kube.generate import Spec
from ..kube.objects import Object, identity
from ..kube.secret import Secret
from ..tree import writer
from . import certificate as certificates
from .certificate import Certificate
from .objects import API, MARKS, Source, kept, sealed_anew

_KEY_SECRET = "inference-platform-fingerprint"  # noqa: S105 - the name of an object
_KEY = "key"


@dataclasses.dataclass(frozen=True)
class Order:
    """Which Secrets, in which folder of the tree, and in which namespace the controller has its keys."""

    namespace: str
    names: list[str]
    folder: str
    controller: str
    rotate: bool = False
    check: bool = False


@dataclasses.dataclass(frozen=True)
class Plan:
    """``anew`` are the names that were encrypted anew, ``unmarked`` the Secrets that the controller may not touch yet."""

    objects: list[Object]
    anew: list[str]
    unmarked: list[Source]
    certificate: str


class NothingToSealError(KubeError):
    """Something that check mode may lack is not there yet: the controller's key, or a Secret."""


def plan(client: Client, order: Order) -> Plan:
    """Read everything and encrypt what has to be. Makes the key of the fingerprints, unless in check mode.

    Raises NothingToSealError and KubeError.
    """
    certificate = _certificate(client, order.controller)
    sources = [_source(client, order.namespace, name) for name in order.names]
    key = _fingerprint_key(client, order)
    written = {identity(item).name: item for item in writer.read(order.folder) if item["apiVersion"] == API}
    objects: list[Object] = []
    anew: list[str] = []
    for source in sources:
        item = None if order.rotate else _kept(client, source, certificate, key, written.get(source.name))
        if item is None:
            item = sealed_anew(source, certificate, key)
            anew.append(source.name)
        objects.append(item)
    return Plan(objects, anew, [source for source in sources if not source.marked], certificate.fingerprint)


def mark(client: Client, source: Source) -> None:
    """Let the controller take the Secret over: it keeps its uid and its data. Raises ApiError."""
    path = f"/api/v1/namespaces/{source.namespace}/secrets/{source.name}"
    client.merge(path, {"metadata": {"annotations": MARKS}}, {"fieldManager": "inference-platform"})


def _kept(
    client: Client, source: Source, certificate: Certificate, key: bytes, written: Object | None
) -> Object | None:
    item = kept(source, certificate, key, written)
    if item is not None:
        return item
    # A tree that was lost must not give other texts for the same values.
    live = client.find(f"/apis/{API}/namespaces/{source.namespace}/sealedsecrets/{source.name}")
    return kept(source, certificate, key, live)


def _certificate(client: Client, namespace: str) -> Certificate:
    found = certificates.newest(client, namespace)
    if found is None:
        raise NothingToSealError(
            f"There is no sealing key in namespace {namespace}. Bring up the controller first (role sealed_secrets does), or name "
            "its namespace."
        )
    return found


def _source(client: Client, namespace: str, name: str) -> Source:
    live = client.find(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    if live is None:
        raise NothingToSealError(
            f"Secret {namespace}/{name} does not exist. Make it first, for example with inference.platform.generated_secret."
        )
    source = Source.of(live)
    if not source.data:
        raise KubeError(f"{source} holds no data: there is nothing to seal.")
    if source.type == "kubernetes.io/service-account-token":
        raise KubeError(f"{source} is a token that only this cluster makes: it cannot be kept in a tree.")
    return source


def _fingerprint_key(client: Client, order: Order) -> bytes:
    """It lives in the cluster alone; without it everything is sealed anew, once."""
    secret = Secret(client, order.controller, _KEY_SECRET)
    state = secret.ensure({_KEY: Spec(length=64, charset="hex")}, {}, check=order.check)
    return state.values[_KEY].encode()
