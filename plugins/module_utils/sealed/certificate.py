# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The certificate of the sealed-secrets controller: the public half of the key pair it unseals with."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import typing as t

from ..kube.client import Client
from ..kube.errors import KubeError
from ..kube.objects import Object

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
except ImportError:
    pass

_ACTIVE = "sealedsecrets.bitnami.com/sealed-secrets-key=active"


@dataclasses.dataclass(frozen=True)
class Certificate:
    """``fingerprint`` is the SHA-256 of the certificate in hexadecimal digits."""

    key: rsa.RSAPublicKey
    fingerprint: str
    since: datetime.datetime


def newest(client: Client, namespace: str) -> Certificate | None:
    """The certificate the controller seals with itself: of its active keys the one that is valid from the latest time on.

    None when there is no key yet. Raises KubeError.
    """
    items, _version = client.list(f"/api/v1/namespaces/{namespace}/secrets", {"labelSelector": _ACTIVE})
    return choose(items)


def choose(secrets: t.Iterable[Object]) -> Certificate | None:
    """The newest certificate of key Secrets. Raises KubeError naming the Secret whose certificate cannot be used."""
    found = [read(secret) for secret in secrets]
    return max(found, key=lambda certificate: (certificate.since, certificate.fingerprint), default=None)


def read(secret: Object) -> Certificate:
    """The certificate in tls.crt; the private key beside it is not looked at. Raises KubeError."""
    name = f"Secret {secret['metadata']['namespace']}/{secret['metadata']['name']}"
    try:
        pem = base64.b64decode(secret["data"]["tls.crt"])
        certificate = x509.load_pem_x509_certificate(pem)
    except (KeyError, TypeError, ValueError) as error:
        raise KubeError(
            f"{name} is marked as a sealing key, and its tls.crt is no certificate ({type(error).__name__}). Restore it from the "
            "backup, or take the label sealedsecrets.bitnami.com/sealed-secrets-key off it."
        ) from None
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise KubeError(f"{name}: sealed-secrets works with RSA keys, this certificate has a {type(key).__name__}.")
    return Certificate(key, certificate.fingerprint(hashes.SHA256()).hex(), certificate.not_valid_before_utc)
