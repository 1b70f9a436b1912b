# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""litellm_key_rotation against a real LiteLLM and a real API server."""

from __future__ import annotations

import base64
import pathlib
import secrets
import typing as t

import pytest
from kube_fixture.server import ControlPlane
from litellm_fixture import modules
from litellm_fixture.fixtures import Proxy

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.litellm import key_secrets, rotation

Result = dict[str, t.Any]
NAMESPACES = "/api/v1/namespaces"


class Key:
    """A key with a budget whose value is in a Secret, as the role tenants makes it."""

    def __init__(self, api: Client, plane: ControlPlane, proxy: Proxy, folder: pathlib.Path) -> None:
        self.api, self.proxy = api, proxy
        self.alias = f"r{secrets.token_hex(6)}"
        self.namespace = self.alias
        self.file = folder / self.alias
        self.first = f"sk-{secrets.token_hex(24)}"
        self.access = {"url": proxy.url, "master_key": proxy.master_key}
        api.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        labels = {"inference.platform/team": self.alias}
        metadata = {"name": f"tenant-{self.alias}", "labels": labels}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"api-key": self.first}}
        api.create(f"{NAMESPACES}/{self.namespace}/secrets", secret)
        wanted = {"models": ["coder-chat"], "max_budget": 5, "budget_duration": "30d", "rpm_limit": 500}
        made = modules.run(
            "litellm_key", {**self.access, "key_alias": self.alias, "key": self.first, **wanted, "metadata": {"a": 1}}
        )
        assert made["changed"], made
        place = {"namespace": self.namespace, "name": "llm", "key": "OPENAI_API_KEY"}
        given = {"key_alias": self.alias, "secret": f"tenant-{self.alias}", "file": str(self.file), "publish": [place]}
        self.options = {
            **self.access,
            "kubeconfig": str(plane.kubeconfig),
            "namespace": self.namespace,
            "keys": [given],
        }

    def run(self, *, check: bool = False, **options: t.Any) -> Result:
        result = modules.run("litellm_key_rotation", {**self.options, **options}, check=check)
        assert not result.get("failed"), result
        return result

    def secret(self, name: str) -> dict[str, str]:
        found = self.api.find(f"{NAMESPACES}/{self.namespace}/secrets/{name}")
        return {name: base64.b64decode(value).decode() for name, value in (found or {"data": {}})["data"].items()}

    def works(self, value: str) -> bool:
        return self.proxy.models(value) == ["coder-chat"]

    def assert_rotated(self) -> None:
        value = self.file.read_text(encoding="utf-8").strip()
        assert value != self.first
        assert self.secret(f"tenant-{self.alias}") == {"api-key": value}
        assert self.secret("llm") == {"OPENAI_API_KEY": value}
        assert self.file.stat().st_mode & 0o777 == 0o600
        assert self.works(value)
        assert self.works(self.first)


@pytest.fixture
def key(control_plane: ControlPlane, litellm: Proxy, tmp_path: pathlib.Path) -> t.Iterator[Key]:
    api = Client(config.load(control_plane.kubeconfig))
    yield Key(api, control_plane, litellm, tmp_path)
    api.close()


def test_both_values_work_until_the_old_one_is_not_used_any_more(key: Key) -> None:
    assert key.run()["changed"]  # delivers
    assert not key.run()["changed"]
    assert not key.run(older_than="1d")["changed"]
    predicted = key.run(older_than="0s", check=True)
    assert (predicted["changed"], predicted["keys"][0]["rotated"]) == (True, True)
    assert key.file.read_text(encoding="utf-8").strip() == key.first
    first = key.run(older_than="0s", window="1h")
    key.assert_rotated()
    [old] = first["keys"][0]["old"]
    assert old["key_alias"].startswith(f"{key.alias}--")
    again = key.run(older_than="1d")
    assert not again["changed"]
    assert again["keys"][0]["due_at"] > again["keys"][0]["created_at"]
    for value in (key.first, key.file.read_text(encoding="utf-8").strip()):
        assert value not in repr((first, again))


def test_the_new_key_is_like_the_old_one(key: Key) -> None:
    asked = {**key.access, "key_alias": key.alias}
    same = ("models", "max_budget", "budget_duration", "rpm_limit", "metadata", "blocked", "expires")
    before = modules.run("litellm_key_info", asked)["litellm_keys"][0]
    key.run(older_than="0s")
    after = modules.run("litellm_key_info", asked)["litellm_keys"][0]
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["key_hash"] != before["key_hash"]


def test_an_old_value_is_deleted_when_its_window_is_over(key: Key) -> None:
    key.run(older_than="0s", window="0s")
    value = key.file.read_text(encoding="utf-8").strip()
    assert not key.run(check=True)["keys"][0]["old"]
    assert key.works(value)
    assert key.proxy.models(key.first) == 401


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (key_secrets.KeySecret, "begin"),
        (rotation.Rotation, "_retire"),
        (rotation.Rotation, "_create"),
        (rotation.Rotation, "_hand_out"),
        (key_secrets.KeySecret, "end"),
    ],
)
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_rotation_that_was_killed_is_finished_by_the_next_run(
    key: Key, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, done: bool
) -> None:
    original = getattr(owner, step)

    def killed(*arguments: t.Any) -> t.NoReturn:
        if done:
            original(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, killed)
        with pytest.raises(KeyboardInterrupt):
            key.run(older_than="0s")
    assert key.works(key.first)
    if (step, done) == ("begin", False):
        key.run(older_than="0s")
    else:
        key.run()
    key.assert_rotated()
    assert not key.run()["changed"]
