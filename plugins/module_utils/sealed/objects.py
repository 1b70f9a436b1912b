# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One SealedSecret: what it is made of, and how to tell that it still says what its Secret holds."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json

from ..kube.objects import Object
from .certificate import Certificate
from .hybrid import seal, strict_label

API = "bitnami.com/v1alpha1"
KIND = "SealedSecret"
FINGERPRINT = "inference.platform/fingerprint"
CERTIFICATE = "inference.platform/certificate"

# The controller takes over a Secret that exists only when it carries the first. With the second the Secret is not deleted with
# its SealedSecret: keys that were generated once must outlive a folder of the tree.
MARKS = {
    "sealedsecrets.bitnami.com/managed": "true",
    "sealedsecrets.bitnami.com/skip-set-owner-references": "true",
}
# Copies of whole objects that tools leave behind, values in the clear included.
_LEAKS = "/last-applied-configuration"


@dataclasses.dataclass(frozen=True)
class Source:
    """A Secret of the cluster. ``data`` is in base64, as the API has it; ``annotations`` are those it will have."""

    namespace: str
    name: str
    type: str
    labels: dict[str, str]
    annotations: dict[str, str]
    marked: bool
    immutable: bool
    data: dict[str, str] = dataclasses.field(repr=False)

    @classmethod
    def of(cls, live: Object) -> Source:
        """What the API server says of a Secret."""
        metadata = live["metadata"]
        annotations = metadata.get("annotations") or {}
        kept = {key: value for key, value in annotations.items() if not key.endswith(_LEAKS)}
        return cls(
            metadata["namespace"],
            metadata["name"],
            live.get("type") or "Opaque",
            metadata.get("labels") or {},
            {**kept, **MARKS},
            marked=MARKS.items() <= annotations.items(),
            immutable=bool(live.get("immutable")),
            data=live.get("data") or {},
        )

    def __str__(self) -> str:
        return f"Secret {self.namespace}/{self.name}"


def sealed_anew(source: Source, certificate: Certificate, key: bytes) -> Object:
    """A SealedSecret with every value encrypted anew."""
    label = strict_label(source.namespace, source.name)
    encrypted = {
        name: seal(certificate.key, base64.b64decode(value), label) for name, value in sorted(source.data.items())
    }
    return _object(source, encrypted, certificate.fingerprint, fingerprint(source, encrypted, certificate, key))


def kept(source: Source, certificate: Certificate, key: bytes, before: Object | None) -> Object | None:
    """The SealedSecret with the encrypted values of ``before``; None when they are not those of this Secret and certificate."""
    if before is None:
        return None
    encrypted = (before.get("spec") or {}).get("encryptedData") or {}
    said = (before["metadata"].get("annotations") or {}).get(FINGERPRINT, "")
    true = fingerprint(source, encrypted, certificate, key)
    if not hmac.compare_digest(str(said).encode(), true.encode()):
        return None
    return _object(source, dict(sorted(encrypted.items())), certificate.fingerprint, true)


def fingerprint(source: Source, encrypted: dict[str, str], certificate: Certificate, key: bytes) -> str:
    """HMAC-SHA256 over the Secret, its encrypted values and the certificate: it tells a change of any of them.

    Keyed, because whoever reads the tree could otherwise try out guesses of short values.
    """
    said = {
        "secret": f"{source.namespace}/{source.name}",
        "type": source.type,
        "labels": source.labels,
        "annotations": source.annotations,
        "immutable": source.immutable,
        "data": source.data,
        "certificate": certificate.fingerprint,
        "encrypted": encrypted,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _object(source: Source, encrypted: dict[str, str], certificate: str, said: str) -> Object:
    metadata: Object = {"name": source.name, "namespace": source.namespace}
    template: Object = {
        "type": source.type,
        "metadata": {
            **metadata,
            "annotations": dict(sorted(source.annotations.items())),
            **({"labels": dict(sorted(source.labels.items()))} if source.labels else {}),
        },
        **({"immutable": True} if source.immutable else {}),
    }
    return {
        "apiVersion": API,
        "kind": KIND,
        "metadata": {**metadata, "annotations": {CERTIFICATE: certificate, FINGERPRINT: said}},
        "spec": {"encryptedData": encrypted, "template": template},
    }
