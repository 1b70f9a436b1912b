# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A cluster of k3s: what has to be said about its program, and what it cannot be combined with, before anything is rented."""

from __future__ import annotations

import hashlib
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import k3s, validate
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import normalise, with_defaults

SUM = "5" * 64
GOOD: dict[str, t.Any] = {
    "substrate": "vast",
    "profile": "platform",
    "kubernetes": "k3s",
    "artifacts": "upstream",
    "k3s": {"sha256": SUM},
    "vast_max_usd_per_hour": 1.5,
    "vast_nodes": [{"name": "node-1"}],
}
FILES = {"file": "/srv/k3s", "sha256": SUM, "images_file": "/srv/images.tar.zst", "images_sha256": SUM}


def findings(**changed: t.Any) -> list[str]:
    given = {**GOOD, **changed}
    return validate.schema_findings(given) or validate.not_yet_findings(
        with_defaults(given)
    ) + validate.meaning_findings(with_defaults(given))


def normalised(**changed: t.Any) -> dict[str, t.Any]:
    return dict(normalise(with_defaults({**GOOD, **changed}), {}, "/home/alice")["k3s"])


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"artifacts": "packages", "k3s": FILES},
        {"artifacts": "mirror", "mirror": "registry.lan:5000", "k3s": {"sha256": SUM, "url": "https://files.lan/k3s"}},
        {"artifacts": "mirror", "mirror": "registry.lan:5000", "k3s": {"sha256": SUM, "file": "/srv/k3s"}},
        {"gpu_stack": "provider"},
        {"gpu_stack": "operator"},
    ],
)
def test_a_program_that_can_be_had_is_accepted(changed: dict[str, t.Any]) -> None:
    assert findings(**changed) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"k3s": {}}, ["platform_k3s.sha256: not set"]),
        ({"k3s": {"sha256": "abc"}}, ["platform_k3s.sha256", "not a valid value"]),
        ({"k3s": {"sha256": SUM, "version": "1.34"}}, ["platform_k3s.version"]),
        ({"k3s": {"sha256": SUM, "images_file": "/srv/x"}}, ["platform_k3s.images_sha256: not set"]),
        ({"artifacts": "packages"}, ["platform_k3s.file", "in no package registry", "upstream or mirror"]),
        ({"artifacts": "packages"}, ["platform_k3s.images_file"]),
        ({"artifacts": "mirror", "mirror": "registry.lan:5000"}, ["platform_k3s.url"]),
        ({"substrate": "local"}, ["platform_kubernetes: k3s", "choose that"]),
        ({"gpu_stack": "host"}, ["a containerd of its own", "platform_gpu_stack host", "choose operator"]),
        ({"kubernetes": "kubeadm"}, ["platform_k3s: platform_kubernetes is kubeadm"]),
    ],
)
def test_what_is_missing_or_cannot_be_is_said(changed: dict[str, t.Any], words: list[str]) -> None:
    found = findings(**changed)
    assert [text for text in found if all(word in text for word in words)], found


def test_the_role_reads_where_the_program_comes_from() -> None:
    assert (normalised()["source"], normalised()["url"]) == ("upstream", k3s.DEFAULTS["url"])
    assert normalised(k3s={"sha256": SUM, "url": "https://files.lan/k3s/"}, artifacts="mirror")["source"] == "mirror"
    given = normalised(k3s=FILES, artifacts="packages")
    assert (given["source"], given["file"], given["sha256"]) == ("file", "/srv/k3s", SUM)
    assert normalised(kubernetes="kubeadm", k3s={})["sha256"] == ""


def test_a_named_file_that_is_missing_or_another_one_is_refused(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "k3s"
    program.write_bytes(b"program")
    right = hashlib.sha256(b"program").hexdigest()
    given = {"file": str(program), "sha256": right, "images_file": "", "images_sha256": ""}
    assert k3s.file_findings(given) == []
    (wrong,) = k3s.file_findings({**given, "sha256": SUM})
    assert f"has the SHA-256 {right}, and platform_k3s.sha256 says {SUM}" in wrong
    (missing,) = k3s.file_findings({**given, "images_file": str(tmp_path / "none"), "images_sha256": SUM})
    assert "platform_k3s.images_file" in missing
    assert "cannot be read" in missing
