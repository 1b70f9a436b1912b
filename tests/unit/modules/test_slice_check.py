# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The module's own behaviour: check mode, input that cannot work, one message for all failures, secrets."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import CLUSTER
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Check, CheckError
from ansible_collections.inference.platform.plugins.modules import slice_check

KEY = "sk-tenant-unit-0000001"
MASTER = "sk-master-unit-0000001"
MODELS = [
    {
        "name": "coder-chat",
        "source": "builtin://tiny-coder",
        "served_for": ["chat", "fim"],
        "replicas": {"min": 2, "max": 2},
        "price": {"input_per_token": 0.00001, "output_per_token": 0.00003},
    }
]
TENANTS = [{"team": "default", "models": ["coder-chat"], "budget": None, "keys": [{"alias": "ci", "models": []}]}]
KUBECONFIG = {
    "current-context": "demo",
    "contexts": [{"name": "demo", "context": {"cluster": "demo"}}],
    "clusters": [{"name": "demo", "cluster": {"server": "http://127.0.0.1:1"}}],
}


@pytest.fixture
def run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Any:
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(KUBECONFIG))

    def call(checks: list[Check] | None = None, *, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        if checks is not None:
            monkeypatch.setattr(slice_check, "plan", lambda settings: checks)
            monkeypatch.setattr(slice_check, "versions", lambda context: {"vLLM": "0.32.0"})
        arguments = {
            "endpoint": "http://127.0.0.1:1",
            "platform": "demo",
            "models": MODELS,
            "tenants": TENANTS,
            "keys_dir": str(tmp_path / "keys"),
            "master_key": MASTER,
            "kubeconfig": str(tmp_path / "kubeconfig"),
            "report_dir": str(tmp_path / "report"),
            "_ansible_check_mode": check_mode,
            **options,
        }
        with (
            patch_module_args({name: value for name, value in arguments.items() if value is not None}),
            pytest.raises(SystemExit),
        ):
            slice_check.main()
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return call


@pytest.fixture
def key(tmp_path: pathlib.Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "default-ci").write_text(f"{KEY}\n")


def check(name: str, why: str = "") -> Check:
    def action(_context: t.Any, _notes: t.Any) -> None:
        if why:
            raise CheckError(why, "Mend it.")

    return Check(name, "nothing", action)


def test_check_mode_lists_the_checks_without_keys_or_cluster(run: t.Any, tmp_path: pathlib.Path) -> None:
    found = run(check_mode=True, kubeconfig=str(tmp_path / "absent"))
    assert found["changed"] is False
    assert "models.default/ci" in found["checks"]
    assert "replicas.coder-chat" in found["checks"]
    assert "results" not in found
    assert not (tmp_path / "report").exists()


@pytest.mark.usefixtures("key")
def test_a_run_without_faults_reports_and_changes_nothing(run: t.Any, tmp_path: pathlib.Path) -> None:
    found = run([check("a"), check("b")])
    assert (found["changed"], found["failed_checks"], found["checks"]) == (False, [], ["a", "b"])
    assert {pathlib.Path(path).name for path in found["reports"].values()} == {
        "report.html",
        "junit.xml",
        "results.json",
    }
    assert found["example"] == {"team": "default", "model": "coder-chat", "key_file": str(tmp_path / "keys/default-ci")}


@pytest.mark.usefixtures("key")
def test_all_failures_stand_in_one_message_with_the_report(run: t.Any) -> None:
    found = run([check("a", "a is broken."), check("b"), check("c", "c is gone.")])
    assert found["failed"] is True
    assert "2 of 3 checks failed.\n- a: a is broken. Mend it.\n- c: c is gone. Mend it." in found["msg"]
    assert "report.html" in found["msg"]
    assert found["failed_checks"] == ["a", "c"]


@pytest.mark.usefixtures("key")
def test_failures_can_be_looked_at_without_failing(run: t.Any) -> None:
    found = run([check("a", "a is broken.")], fail=False)
    assert "failed" not in found
    assert found["failed_checks"] == ["a"]


@pytest.mark.usefixtures("key")
def test_neither_key_appears_anywhere(run: t.Any, tmp_path: pathlib.Path) -> None:
    found = run([check("a", f"{KEY} and {MASTER} leaked.")])
    texts = [json.dumps(found), *[path.read_text() for path in (tmp_path / "report").iterdir()]]
    assert not any(secret in text for text in texts for secret in (KEY, MASTER))


def test_a_missing_key_file_is_named_with_what_writes_it(run: t.Any, tmp_path: pathlib.Path) -> None:
    found = run()
    assert str(tmp_path / "keys/default-ci") in found["msg"]
    assert "tenants.yml" in found["msg"]


@pytest.mark.usefixtures("key")
def test_an_empty_key_file_is_no_key(run: t.Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "keys/default-ci").write_text("\n")
    assert "the file is empty" in run()["msg"]


@pytest.mark.usefixtures("key")
def test_an_incomplete_model_is_named(run: t.Any) -> None:
    assert "KeyError: 'served_for'" in run(models=[{"name": "x"}])["msg"]


@pytest.mark.usefixtures("key")
def test_a_missing_kubeconfig_is_named(run: t.Any, tmp_path: pathlib.Path) -> None:
    assert str(tmp_path / "absent") in run(kubeconfig=str(tmp_path / "absent"))["msg"]


@pytest.mark.usefixtures("key")
def test_a_master_key_is_needed(run: t.Any) -> None:
    assert "master_key, master_key_secret" in run(master_key=None)["msg"]


@pytest.mark.usefixtures("key")
def test_an_unreachable_cluster_ends_the_run_when_the_secret_lies_there(run: t.Any) -> None:
    secret = {"namespace": "llm-gateway", "name": "litellm", "key": "LITELLM_MASTER_KEY"}
    assert "127.0.0.1:1" in run(master_key=None, master_key_secret=secret)["msg"]


def test_documentation_and_options_agree() -> None:
    documented = yaml.safe_load(slice_check.DOCUMENTATION)["options"]
    options = {name: option for name, option in slice_check.argument_spec().items() if name not in CLUSTER}
    assert set(documented) == set(options)
    for name, option in options.items():
        assert documented[name].get("type", "str") == option["type"], name
        assert documented[name].get("default") == option.get("default"), name
        assert documented[name].get("required", False) == option.get("required", False), name
