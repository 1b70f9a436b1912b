# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Kubeconfig files: what is understood and what is refused with which words."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ConfigError, ObjectError


def write(
    folder: pathlib.Path, *, user: dict[str, t.Any] | None = None, cluster: dict[str, t.Any] | None = None
) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "u"}},
            {"name": "lost", "context": {"cluster": "gone", "user": "u"}},
        ],
        "clusters": [{"name": "c", "cluster": cluster or {"server": "http://127.0.0.1:8001/k8s/"}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(path)


def test_address_and_token(tmp_path: pathlib.Path) -> None:
    cluster = config.load(write(tmp_path, user={"token": "abc"}))
    assert cluster.address == "http://127.0.0.1:8001/k8s"
    assert cluster.headers == {"Authorization": "Bearer abc"}


def test_a_token_file_is_found_beside_the_kubeconfig(tmp_path: pathlib.Path) -> None:
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    assert config.load(write(tmp_path, user={"tokenFile": "token"})).headers["Authorization"] == "Bearer from-file"


def test_https_without_a_port_means_443(tmp_path: pathlib.Path) -> None:
    cluster = config.load(write(tmp_path, cluster={"server": "https://example.com", "tls-server-name": "other"}))
    assert (cluster.port, cluster.server_name) == (443, "other")
    assert cluster.tls is not None
    assert cluster.tls.check_hostname


@pytest.mark.parametrize("plugin", ["exec", "auth-provider"])
def test_sign_in_plugins_are_refused(tmp_path: pathlib.Path, plugin: str) -> None:
    with pytest.raises(ConfigError, match=rf"user 'u' signs in with {plugin}.*not supported"):
        config.load(write(tmp_path, user={plugin: {"command": "x"}}))


def test_an_unknown_context_is_named_with_the_known_ones(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match=r"no entry 'two' in contexts; there are: lost, one"):
        config.load(write(tmp_path), "two")


def test_a_context_without_its_cluster_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match="no entry 'gone' in clusters"):
        config.load(write(tmp_path), "lost")


def test_an_absent_file_is_explained(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the kubeconfig"):
        config.load(str(tmp_path / "none"))


def test_a_broken_file_is_named_with_its_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "config"
    path.write_text("a: [\n", encoding="utf-8")
    with pytest.raises(ObjectError, match="line 2"):
        config.load(str(path))


def test_certificates_that_are_none_are_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "ca").write_text("nonsense", encoding="utf-8")
    with pytest.raises(ConfigError, match="certificates cannot be used"):
        config.load(write(tmp_path, cluster={"server": "https://x", "certificate-authority": "ca"}))
