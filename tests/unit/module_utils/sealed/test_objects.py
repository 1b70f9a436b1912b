# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The SealedSecret of a Secret: its format, and when it has to be made anew."""

from __future__ import annotations

import base64
import copy
import json
import typing as t

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.sealed import certificate as certificates
from ansible_collections.inference.platform.plugins.module_utils.sealed.hybrid import seal
from ansible_collections.inference.platform.plugins.module_utils.sealed.objects import (
    FINGERPRINT,
    MARKS,
    Source,
    kept,
    sealed_anew,
)

from .unseal import key_secret, unseal

Object = dict[str, t.Any]

PRIVATE = rsa.generate_private_key(65537, 2048)
CERTIFICATE = certificates.read(key_secret(PRIVATE))
KEY = b"only the cluster has it"
VALUES = {"password": b"correct-horse-battery-staple", "binary": bytes(range(256)), "empty": b""}


def secret(**changes: t.Any) -> Object:
    """A Secret as the API server shows it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "keys",
            "namespace": "research",
            "uid": "u",
            "labels": {"team": "b", "app": "a"},
            "annotations": {"example.test/owner": "me"},
        },
        "type": "example.test/keys",
        "data": {name: base64.b64encode(value).decode() for name, value in VALUES.items()},
        **changes,
    }


def source(**changes: t.Any) -> Source:
    return Source.of(secret(**changes))


def metadata(**changes: t.Any) -> Object:
    return {"metadata": {**secret()["metadata"], **changes}}


class TestFormat:
    def test_every_value_decrypts_with_the_private_key_under_the_label_of_its_secret(self) -> None:
        encrypted = sealed_anew(source(), CERTIFICATE, KEY)["spec"]["encryptedData"]
        assert {name: unseal(PRIVATE, text, b"research/keys") for name, text in encrypted.items()} == VALUES

    def test_no_value_decrypts_under_another_label(self) -> None:
        encrypted = sealed_anew(source(), CERTIFICATE, KEY)["spec"]["encryptedData"]
        for label in (b"research/other", b"other/keys", b"research", b""):
            with pytest.raises(ValueError, match="another label"):
                unseal(PRIVATE, encrypted["password"], label)

    def test_a_changed_byte_is_noticed(self) -> None:
        data = bytearray(base64.b64decode(seal(CERTIFICATE.key, b"value", b"a/b")))
        data[-1] ^= 1
        with pytest.raises(InvalidTag):
            unseal(PRIVATE, base64.b64encode(data).decode(), b"a/b")

    def test_equal_values_have_different_texts(self) -> None:
        assert seal(CERTIFICATE.key, b"value", b"a/b") != seal(CERTIFICATE.key, b"value", b"a/b")

    def test_the_template_makes_the_very_same_secret(self) -> None:
        item = sealed_anew(source(), CERTIFICATE, KEY)
        assert (item["metadata"]["namespace"], item["metadata"]["name"]) == ("research", "keys")
        assert item["spec"]["template"] == {
            "type": "example.test/keys",
            "metadata": {
                "name": "keys",
                "namespace": "research",
                "labels": {"app": "a", "team": "b"},
                "annotations": {"example.test/owner": "me", **MARKS},
            },
        }
        assert sealed_anew(source(immutable=True), CERTIFICATE, KEY)["spec"]["template"]["immutable"] is True

    def test_copies_that_tools_leave_in_annotations_stay_out(self) -> None:
        leaks = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": "secret"}'}
        item = sealed_anew(source(**metadata(annotations=leaks)), CERTIFICATE, KEY)
        assert item["spec"]["template"]["metadata"]["annotations"] == MARKS

    def test_nothing_is_in_the_clear(self) -> None:
        text = json.dumps(sealed_anew(source(), CERTIFICATE, KEY)) + repr(source())
        for value in ("correct-horse", base64.b64encode(VALUES["password"]).decode()):
            assert value not in text


class TestKept:
    """A SealedSecret that says what the Secret holds is kept to the byte."""

    def test_nothing_changed(self) -> None:
        before = sealed_anew(source(), CERTIFICATE, KEY)
        assert kept(source(), CERTIFICATE, KEY, before) == before

    def test_what_the_server_and_the_tree_add_does_not_matter(self) -> None:
        before = sealed_anew(source(), CERTIFICATE, KEY)
        live = copy.deepcopy(before)
        live["metadata"] |= {"uid": "x", "resourceVersion": "7"}
        live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = "a:b"
        live["status"] = {"conditions": []}
        assert kept(source(), CERTIFICATE, KEY, live) == before

    def test_the_marks_of_the_secret_change_nothing(self) -> None:
        before = sealed_anew(source(), CERTIFICATE, KEY)
        marked = source(**metadata(annotations={"example.test/owner": "me", **MARKS}))
        assert (source().marked, marked.marked) == (False, True)
        assert kept(marked, CERTIFICATE, KEY, before) == before

    @pytest.mark.parametrize(
        "changed",
        [
            {"data": {"password": base64.b64encode(b"another").decode()}},
            {"data": {**secret()["data"], "more": ""}},
            {"type": "Opaque"},
            {"immutable": True},
            metadata(labels={"team": "c", "app": "a"}),
            metadata(name="other"),
            metadata(namespace="other"),
        ],
        ids=["value", "key", "type", "immutable", "label", "name", "namespace"],
    )
    def test_a_change_of_the_secret_is_noticed(self, changed: Object) -> None:
        before = sealed_anew(source(), CERTIFICATE, KEY)
        assert kept(source(**changed), CERTIFICATE, KEY, before) is None

    def test_a_change_of_an_encrypted_value_is_noticed(self) -> None:
        before = sealed_anew(source(), CERTIFICATE, KEY)
        before["spec"]["encryptedData"]["password"] = seal(CERTIFICATE.key, b"somebody else's", b"research/keys")
        assert kept(source(), CERTIFICATE, KEY, before) is None

    def test_a_new_certificate_a_lost_key_and_a_missing_fingerprint_are_noticed(self) -> None:
        before = sealed_anew(source(), CERTIFICATE, KEY)
        renewed = certificates.read(key_secret(PRIVATE, since=2))
        assert kept(source(), renewed, KEY, before) is None
        assert kept(source(), CERTIFICATE, b"another", before) is None
        del before["metadata"]["annotations"][FINGERPRINT]
        assert kept(source(), CERTIFICATE, KEY, before) is None
        assert kept(source(), CERTIFICATE, KEY, None) is None

    def test_equal_values_of_two_secrets_have_different_fingerprints(self) -> None:
        one, other = (sealed_anew(source(**metadata(name=name)), CERTIFICATE, KEY) for name in ("one", "other"))
        assert one["metadata"]["annotations"][FINGERPRINT] != other["metadata"]["annotations"][FINGERPRINT]


class TestCertificate:
    def test_the_one_that_is_valid_from_the_latest_time_on_is_taken(self) -> None:
        secrets = [key_secret(PRIVATE, "a", since=2), key_secret(PRIVATE, "b", since=3), key_secret(PRIVATE, "c")]
        chosen = certificates.choose(secrets)
        assert chosen == certificates.read(secrets[1])
        assert certificates.choose([]) is None

    def test_one_that_cannot_be_used_is_named(self) -> None:
        broken = key_secret(PRIVATE, "broken")
        broken["data"]["tls.crt"] = base64.b64encode(b"nothing").decode()
        with pytest.raises(KubeError, match="Secret sealed-secrets/broken is marked as a sealing key"):
            certificates.choose([key_secret(PRIVATE), broken])
        with pytest.raises(KubeError, match="sealed-secrets works with RSA keys"):
            certificates.read(key_secret(ec.generate_private_key(ec.SECP256R1())))
