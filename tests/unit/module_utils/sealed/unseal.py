# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The other side of the format, written from its description: RSA-OAEP (RFC 8017, 7.1.2) by hand, AES-GCM by another interface."""

from __future__ import annotations

import base64
import datetime
import hashlib
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Object = dict[str, t.Any]

_HASH = 32
_TAG = 16


def unseal(key: rsa.RSAPrivateKey, text: str, label: bytes) -> bytes:
    """The value. Raises ValueError when the label or the key is another one, InvalidTag when a byte changed."""
    data = base64.b64decode(text, validate=True)
    length = int.from_bytes(data[:2], "big")
    wrapped, rest = data[2 : 2 + length], data[2 + length :]
    session = _oaep(key, wrapped, label)
    sealed, tag = rest[:-_TAG], rest[-_TAG:]
    decryptor = Cipher(algorithms.AES(session), modes.GCM(b"\0" * 12, tag)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def _oaep(key: rsa.RSAPrivateKey, wrapped: bytes, label: bytes) -> bytes:
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    size = (modulus.bit_length() + 7) // 8
    encoded = pow(int.from_bytes(wrapped, "big"), numbers.d, modulus).to_bytes(size, "big")
    masked_seed, masked = encoded[1 : 1 + _HASH], encoded[1 + _HASH :]
    seed = _xor(masked_seed, _mask(masked, _HASH))
    block = _xor(masked, _mask(seed, size - _HASH - 1))
    if encoded[0] != 0 or block[:_HASH] != hashlib.sha256(label).digest():
        raise ValueError("encrypted for another label or another key")
    return block[_HASH:].lstrip(b"\0")[1:]


def _mask(seed: bytes, length: int) -> bytes:
    blocks = [hashlib.sha256(seed + number.to_bytes(4, "big")).digest() for number in range(length // _HASH + 1)]
    return b"".join(blocks)[:length]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def key_secret(key: t.Any, name: str = "sealed-secrets-keyabcde", since: int = 1) -> Object:
    """A Secret as the controller makes it; ``since`` is the day of January from which its certificate is valid."""
    subject = x509.Name([])
    start = datetime.datetime(2026, 1, since, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(since)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": "sealed-secrets",
            "labels": {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"},
        },
        "data": {"tls.crt": base64.b64encode(pem).decode(), "tls.key": base64.b64encode(private).decode()},
    }
