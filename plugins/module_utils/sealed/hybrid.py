# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Encryption of one value as sealed-secrets does it (pkg/crypto, HybridEncrypt of v0.38).

A value is 2 bytes with the length of the next part (big endian), a random 32-byte session key encrypted with RSA-OAEP (SHA-256,
the label says whose value it is), and the value encrypted with AES-256-GCM under that key with a nonce of zeros.
"""

from __future__ import annotations

import base64
import os

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

_SESSION_KEY_BYTES = 32
# The session key encrypts this one value, so the nonce need not differ.
_NONCE = bytes(12)


def seal(key: rsa.RSAPublicKey, value: bytes, label: bytes) -> str:
    """The encrypted value in base64; another text at every call."""
    session = os.urandom(_SESSION_KEY_BYTES)
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=label)
    wrapped = key.encrypt(session, oaep)
    sealed = AESGCM(session).encrypt(_NONCE, value, None)
    return base64.b64encode(len(wrapped).to_bytes(2, "big") + wrapped + sealed).decode()


def strict_label(namespace: str, name: str) -> bytes:
    """The label that ties a value to one Secret: the controller unseals it nowhere else (scope strict)."""
    return f"{namespace}/{name}".encode()
