# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What of this host a program in a root sees while it builds."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts import sandbox as subject
from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import ArtifactError


class Recorder:
    """A runner that writes down what it was asked to run."""

    def __init__(self) -> None:
        self.argv: list[str] = []
        self.env: dict[str, str] = {}
        self.network = True

    def run(
        self,
        argv: t.Sequence[str],
        *,
        env: t.Mapping[str, str],
        log: pathlib.Path,
        cwd: pathlib.Path | None = None,
        network: bool = True,
        attempts: int = 1,
    ) -> None:
        self.argv, self.env, self.network = list(argv), dict(env), network


def _sandbox(tmp_path: pathlib.Path, runner: Recorder) -> subject.Sandbox:
    root = subject.Root((tmp_path / "low",), tmp_path / "upper", tmp_path / "work")
    return subject.Sandbox(runner, root, tmp_path / "glue", tmp_path / "scratch", tmp_path / "log", 1_700_000_000)


def test_registry_settings_reach_only_steps_with_network_and_never_the_command_line(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:hunter2@index.example/simple")
    runner = Recorder()
    _sandbox(tmp_path, runner).run(["pip"], network=True)
    assert runner.env["PIP_INDEX_URL"] == "https://user:hunter2@index.example/simple"
    assert not any("hunter2" in word for word in runner.argv)
    _sandbox(tmp_path, runner).run(["make"])
    assert "PIP_INDEX_URL" not in runner.env
    assert not runner.network


def test_other_variables_of_the_host_do_not_reach_a_build(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    runner = Recorder()
    _sandbox(tmp_path, runner).run(["pip"], network=True)
    assert "AWS_SECRET_ACCESS_KEY" not in runner.env
    assert "LANG" not in runner.env
    assert runner.env["LC_ALL"] == "C.UTF-8"
    assert runner.env["SOURCE_DATE_EPOCH"] == "1700000000"
    assert runner.env["PYTHONHASHSEED"] == "0"


def test_clients_are_told_where_the_sandbox_shows_the_certificates_and_settings(tmp_path: pathlib.Path) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("")
    host = {
        "SSL_CERT_FILE": "/host/ca.crt",
        "PIP_CERT": "/host/ca.crt",
        "PIP_CONFIG_FILE": str(configuration),
        "HOME": str(tmp_path),
    }
    found = subject.client_environment(host)
    assert found["SSL_CERT_FILE"] == found["PIP_CERT"] == found["NODE_EXTRA_CA_CERTS"] == subject.CA_BUNDLE
    assert found["PIP_CONFIG_FILE"] == "/run/build/pip.conf"


def test_certificates_are_those_that_the_host_names(tmp_path: pathlib.Path) -> None:
    bundle = tmp_path / "corp.crt"
    bundle.write_text("")
    assert subject.host_ca_bundle({"SSL_CERT_FILE": str(bundle)}) == bundle


def test_a_host_without_certificates_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "isfile", lambda _: False)
    with pytest.raises(ArtifactError, match="install ca-certificates"):
        subject.host_ca_bundle({})


def test_words_of_a_command_stay_single_words(tmp_path: pathlib.Path) -> None:
    runner = Recorder()
    _sandbox(tmp_path, runner).run(["echo", "a b; rm -rf /", "$HOME"])
    assert "'\"'\"'a b; rm -rf /'\"'\"'" in runner.argv[-1]
