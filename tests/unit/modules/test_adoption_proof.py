# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The module's own behaviour: options, check mode without a cluster or a snapshot, errors that say what to do."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from ansible_collections.inference.platform.plugins.modules import adoption_proof

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "serving"}}
UNREACHABLE = {
    "current-context": "demo",
    "contexts": [{"name": "demo", "context": {"cluster": "demo"}}],
    "clusters": [{"name": "demo", "cluster": {"server": "http://127.0.0.1:1"}}],
}


@pytest.fixture
def run(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> t.Any:
    # Other tests import Ansible's controller into this process; warnings would then go to its screen, not into the result.
    monkeypatch.setattr("ansible.module_utils._internal.is_controller", False)
    (tmp_path / "tree" / "30-vllm").mkdir(parents=True)
    (tmp_path / "tree" / "30-vllm" / "a.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(UNREACHABLE), encoding="utf-8")

    def call(state: str, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        arguments = {
            "state": state,
            "path": str(tmp_path / "before.json"),
            "tree": str(tmp_path / "tree"),
            "kubeconfig": str(tmp_path / "kubeconfig"),
            "_ansible_check_mode": check,
            **options,
        }
        with patch_module_args(arguments), pytest.raises(SystemExit):
            adoption_proof.main()
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return call


def test_the_documented_options_are_the_real_ones() -> None:
    documented = yaml.safe_load(adoption_proof.DOCUMENTATION)["options"]
    real = {name: spec for name, spec in adoption_proof.argument_spec().items() if name not in adoption_proof.CLUSTER}
    assert documented.keys() == real.keys()
    for name, spec in real.items():
        shown = {key: documented[name][key] for key in documented[name] if key != "description"}
        assert shown == spec, name


@pytest.mark.parametrize("state", ["snapshot", "compared"])
@pytest.mark.parametrize("kubeconfig", ["kubeconfig", "none"])
def test_check_mode_before_there_is_a_cluster_says_so_and_writes_nothing(
    run: t.Any, tmp_path: pathlib.Path, state: str, kubeconfig: str
) -> None:
    found = run(state, check=True, kubeconfig=str(tmp_path / kubeconfig))
    assert (found["changed"], found["objects"], found.get("failed")) == (False, 0, None)
    assert "nothing could be read" in str(found["warnings"])
    assert not (tmp_path / "before.json").exists()


def test_a_missing_kubeconfig_fails_with_its_path(run: t.Any, tmp_path: pathlib.Path) -> None:
    found = run("snapshot", kubeconfig=str(tmp_path / "none"))
    assert found["failed"] is True
    assert str(tmp_path / "none") in found["msg"]


def test_a_comparison_without_a_snapshot_says_how_to_get_one(run: t.Any, tmp_path: pathlib.Path) -> None:
    found = run("compared")
    assert found["failed"] is True
    assert f"Cannot read the snapshot {tmp_path / 'before.json'}" in found["msg"]
    assert "state=snapshot" in found["msg"]


def test_an_empty_tree_fails_before_the_cluster_is_asked(run: t.Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no object that could be adopted" in run("snapshot", tree=str(tmp_path / "empty"))["msg"]
