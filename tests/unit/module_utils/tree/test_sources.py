# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Upstream manifests and charts: pinned, and helm called with exactly these arguments."""

from __future__ import annotations

import hashlib
import json
import pathlib
import subprocess

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.tree import sources

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def test_a_pinned_manifest_is_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    checksum = hashlib.sha256(MANIFEST.encode()).hexdigest()
    for pin in (checksum, f"sha256:{checksum.upper()}"):
        assert sources.manifest(str(path), pin)[0]["metadata"] == {"name": "a"}


def test_another_file_than_the_pinned_one_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    with pytest.raises(KubeError, match="not the pinned file: its sha256 is"):
        sources.manifest(str(path), "0" * 64)


def test_helm_is_called_with_values_in_a_file(tmp_path: pathlib.Path) -> None:
    calls: list[list[str]] = []
    values: list[object] = []

    def runner(argv: list[str]) -> subprocess.CompletedProcess[str]:
        calls.append(argv)
        values.append(json.loads(pathlib.Path(argv[argv.index("--values") + 1]).read_text(encoding="utf-8")))
        return subprocess.CompletedProcess(argv, 0, MANIFEST, "")

    found = sources.chart(str(tmp_path), release="r", namespace="n", values={"a": 1}, helm="/opt/helm", runner=runner)
    assert [entry["kind"] for entry in found] == ["ConfigMap"]
    argv = calls[0]
    assert argv[:6] == ["/opt/helm", "template", "r", str(tmp_path), "--namespace", "n"]
    assert argv[-2:] == ["--no-hooks", "--include-crds"]
    assert values == [{"a": 1}]


def test_helms_own_words_are_passed_on(tmp_path: pathlib.Path) -> None:
    def runner(argv: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(argv, 1, "", "Error: values don't meet the specifications\n")

    with pytest.raises(KubeError, match=r"exit code 1\): Error: values don't meet"):
        sources.chart(str(tmp_path), release="r", namespace="n", values={}, helm="helm", runner=runner)


def test_an_absent_helm_and_an_absent_chart_are_explained(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KubeError, match=r"Cannot run helm \(/nowhere/helm\)"):
        sources.chart(str(tmp_path), release="r", namespace="n", values={}, helm="/nowhere/helm")
    with pytest.raises(KubeError, match="does not exist"):
        sources.chart(str(tmp_path / "none"), release="r", namespace="n", values={}, helm="helm")
