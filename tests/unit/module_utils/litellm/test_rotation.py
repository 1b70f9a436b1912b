# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Rotation against a LiteLLM and a cluster that remember: killed at any request, the next run goes on."""

from __future__ import annotations

import base64
import copy
import datetime
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client as KubeClient
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.litellm import key_secrets, keys, rotation
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

NOW = datetime.datetime(2026, 11, 21, 18, 0, tzinfo=datetime.UTC)
DAY = 86400.0
FIRST = "sk-first-value-0123456789"


class KilledError(BaseException):
    """As SIGKILL, it is handled by nobody."""


class World:
    """LiteLLM's keys and the cluster's Secrets; dies before or after its nth request that changes something."""

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, t.Any]] = {}
        self.secrets: dict[str, dict[str, t.Any]] = {}
        self.changes = 0
        self.dies_at: tuple[int, bool] | None = None
        self.now = NOW

    def _change(self, act: t.Callable[[], t.Any]) -> t.Any:
        self.changes += 1
        if self.dies_at == (self.changes, False):
            raise KilledError
        answer = copy.deepcopy(act())
        if self.dies_at == (self.changes, True):
            raise KilledError
        return answer

    def get(self, path: str, query: t.Mapping[str, t.Any] | None = None, *, doing: str = "", label: str = "") -> t.Any:
        assert path == "/key/list"
        asked = query or {}
        found = [key for key in self.keys.values() if asked.get("key_alias") in (None, key["key_alias"])]
        return copy.deepcopy({"keys": found, "total_pages": 1})

    def post(self, path: str, body: t.Mapping[str, t.Any], *, doing: str) -> t.Any:
        return self._change(lambda: getattr(self, path.strip("/").replace("/", "_"))(dict(body)))

    def key_generate(self, body: dict[str, t.Any]) -> t.Any:
        token = keys.key_hash(body.pop("key"))
        assert body["key_alias"] not in {key["key_alias"] for key in self.keys.values()}
        created = self.now.isoformat()
        self.keys[token] = {"token": token, "created_at": created, "expires": None, "last_active": None, **body}
        return self.keys[token]

    def key_update(self, body: dict[str, t.Any]) -> t.Any:
        self.keys[body.pop("key")].update(body)
        return {}

    def key_delete(self, body: dict[str, t.Any]) -> t.Any:
        for token in body["keys"]:
            del self.keys[token]
        return {}

    def find(self, path: str) -> t.Any:
        return copy.deepcopy(self.secrets.get(path))

    def create(self, path: str, body: dict[str, t.Any]) -> t.Any:
        return self._change(lambda: self.secrets.setdefault(f"{path}/{body['metadata']['name']}", body))

    def merge(self, path: str, body: dict[str, t.Any]) -> t.Any:
        def act() -> t.Any:
            data = {**self.secrets[path].get("data", {}), **body["data"]}
            self.secrets[path]["data"] = {name: value for name, value in data.items() if value is not None}
            return self.secrets[path]

        return self._change(act)

    def list(self, path: str, query: t.Any = None) -> t.Any:
        return [copy.deepcopy(self.secrets[f"{path}/tenant-a-ci"])], ""


class Platform:
    """One key whose value is in a Secret, a file and a Secret of its tenant."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.world = World()
        self.file = folder / "a-ci"
        self.wish = rotation.Wish("a-ci", "tenant-a-ci", str(self.file), (rotation.Place("a", "llm", "KEY"),))
        metadata = {"namespace": "gw", "name": "tenant-a-ci", "resourceVersion": "1"}
        data = {"api-key": base64.b64encode(FIRST.encode()).decode()}
        self.world.secrets["/api/v1/namespaces/gw/secrets/tenant-a-ci"] = {"metadata": metadata, "data": data}
        made = {"key_alias": "a-ci", "models": ["m"], "max_budget": 5.0, "spend": 1.5, "metadata": {"a": 1}}
        self.world.key_generate({**made, "key": FIRST})

    def run(self, older_than: float | None = None, **changes: t.Any) -> dict[str, t.Any]:
        kube, client = t.cast(KubeClient, self.world), t.cast(Client, self.world)
        secrets = key_secrets.read(kube, "gw", "")
        policy = rotation.Policy(older_than, window=DAY, warn_before=DAY, now=self.world.now, **changes)
        return rotation.Rotation(client, kube, policy, secrets).run(self.wish)

    def value(self) -> str:
        data = self.world.secrets["/api/v1/namespaces/gw/secrets/tenant-a-ci"]["data"]
        assert set(data) == {"api-key"}
        return base64.b64decode(data["api-key"]).decode()

    def assert_rotated(self) -> None:
        value = self.value()
        assert value != FIRST
        published = self.world.secrets["/api/v1/namespaces/a/secrets/llm"]["data"]["KEY"]
        assert base64.b64decode(published).decode() == value
        assert self.file.read_text(encoding="utf-8") == f"{value}\n"
        new, old = self.world.keys[keys.key_hash(value)], self.world.keys[keys.key_hash(FIRST)]
        assert len(self.world.keys) == 2
        same = ("key_alias", "models", "max_budget", "spend", "metadata")
        assert [new[name] for name in same] == ["a-ci", ["m"], 5.0, 1.5, {"a": 1}]
        assert old["metadata"]["a"] == 1
        assert rotation.replaced(old)["alias"] == "a-ci"


@pytest.fixture
def platform(tmp_path: pathlib.Path) -> Platform:
    return Platform(tmp_path)


def test_a_rotation_changes_five_things_and_a_second_run_nothing(platform: Platform) -> None:
    assert platform.run(0.0)["rotated"]
    platform.assert_rotated()
    assert platform.world.changes == 5
    again = platform.run(DAY)
    assert (again["changed"], again["rotated"], platform.world.changes) == (False, False, 5)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 6))
def test_killed_at_any_request_the_next_run_goes_on(platform: Platform, number: int, after: bool) -> None:
    platform.world.dies_at = (number, after)
    with pytest.raises(KilledError):
        platform.run(0.0)
    platform.world.dies_at = None
    # nobody is told the new value before it works
    if platform.file.exists():
        assert keys.key_hash(platform.file.read_text(encoding="utf-8").strip()) in platform.world.keys
    platform.run(0.0 if (number, after) == (1, False) else None)
    platform.assert_rotated()


def test_a_value_that_was_lost_because_the_secret_was_put_back_is_replaced(platform: Platform) -> None:
    before = copy.deepcopy(platform.world.secrets)
    platform.world.dies_at = (3, True)
    with pytest.raises(KilledError):
        platform.run(0.0)
    platform.world.dies_at, platform.world.secrets = None, before
    platform.run()
    value = platform.value()
    assert platform.world.keys[keys.key_hash(value)]["key_alias"] == "a-ci"
    assert platform.file.read_text(encoding="utf-8") == f"{value}\n"
    assert rotation.replaced(platform.world.keys[keys.key_hash(FIRST)])["alias"] == "a-ci"
    assert not platform.run()["changed"]


def test_only_keys_of_that_age_are_rotated(platform: Platform) -> None:
    platform.world.now = NOW + datetime.timedelta(days=89)
    assert platform.run(90 * DAY)["due_at"] == "2027-02-19T18:00:00Z"
    assert platform.value() == FIRST
    platform.world.now = NOW + datetime.timedelta(days=90)
    assert platform.run(90 * DAY)["rotated"]


def test_an_old_value_goes_one_window_after_its_last_use(platform: Platform) -> None:
    platform.run(0.0)
    old = platform.world.keys[keys.key_hash(FIRST)]
    old["last_active"] = (NOW + datetime.timedelta(hours=20)).isoformat()
    platform.world.now = NOW + datetime.timedelta(hours=43)
    assert [entry["deletable_at"] for entry in platform.run()["old"]] == ["2026-11-23T14:00:00Z"]
    platform.world.now = NOW + datetime.timedelta(hours=44)
    assert platform.run(check=True)["deleted"] == [old["token"]]
    assert platform.run()["deleted"] == [old["token"]]
    assert set(platform.world.keys) == {keys.key_hash(platform.value())}


def test_a_key_that_expires_is_reported_in_time_and_gets_the_same_lifetime_anew(platform: Platform) -> None:
    platform.world.keys[keys.key_hash(FIRST)]["expires"] = (NOW + datetime.timedelta(days=30)).isoformat()
    platform.world.now = NOW + datetime.timedelta(days=28)
    first = platform.run()
    assert (first["expires"], first["warn_at"], first["warn"]) == (
        "2026-12-21T18:00:00Z",
        "2026-12-20T18:00:00Z",
        False,
    )
    platform.world.now = NOW + datetime.timedelta(days=29)
    assert platform.run()["warn"]
    platform.run(0.0)
    assert platform.world.keys[keys.key_hash(platform.value())]["duration"] == "2592000s"


def test_check_mode_says_the_same_and_writes_nothing(platform: Platform) -> None:
    told = platform.run(0.0, check=True)
    assert (told["rotated"], told["changed"], platform.world.changes) == (True, True, 0)
    assert not platform.file.exists()


def test_a_key_that_litellm_lost_is_refused_before_anything_changes(platform: Platform) -> None:
    platform.world.keys.clear()
    with pytest.raises(InputError, match="LiteLLM has no key of this alias"):
        platform.run(0.0)
    assert platform.world.changes == 0


def test_a_secret_of_somebody_else_is_left_as_it_is(platform: Platform) -> None:
    platform.world.secrets["/api/v1/namespaces/a/secrets/llm"] = {"metadata": {"labels": {}}, "data": {}}
    with pytest.raises(KubeError, match="a/llm is there and was not made by this collection"):
        platform.run()
