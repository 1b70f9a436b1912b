# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Many teams and keys at once: what differs is sent, what is wrong is refused before anything is."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import bulk
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import ApiError, InputError
from ansible_collections.inference.platform.plugins.module_utils.litellm.keys import key_hash

from .answers import Answers

VALUE = "sk-0123456789abcdef"
TEAM = {"team_id": "research", "models": ["coder-chat"], "max_budget": 50.0}
KEY = {"key_alias": "research-ci", "team_id": "research", "models": [], "rpm_limit": 5}
KNOWN_TEAM = {**TEAM, "team_alias": "research", "rpm_limit": None, "blocked": False}
KNOWN_KEY = {
    **KEY,
    "token": key_hash(VALUE),
    "key_name": "sk-...cdef",
    "blocked": True,
    "allowed_routes": ["llm_api_routes"],
}


class Proxy:
    """A proxy with these teams and keys; answers to writes are in ``answer``."""

    def __init__(self, teams: t.Sequence[t.Any] = (), keys: t.Sequence[t.Any] = ()) -> None:
        self.teams, self.keys = list(teams), list(keys)
        self.sent: list[tuple[str, dict[str, t.Any]]] = []
        self.refuse: ApiError | None = None
        self._lock = threading.Lock()
        self.client = Answers(self._answer).client

    def _answer(self, path: str, given: dict[str, t.Any]) -> t.Any:
        if path == "/v1/models":
            return {"data": [{"id": "coder-chat"}, {"id": "coder-embed"}]}
        if path == "/v2/team/list":
            return {"teams": self.teams, "total_pages": 1}
        if path == "/key/list":
            return {"keys": self.keys, "total_pages": 1}
        with self._lock:
            self.sent.append((path, given))
        if self.refuse is not None:
            raise self.refuse
        return {}

    def plan(
        self, teams: t.Any = (TEAM,), keys: t.Any = (KEY,), value: str | None = VALUE, check: bool = False
    ) -> bulk.Plan:
        return bulk.plan(bulk.Site(self.client), teams, keys, lambda _alias: value, check=check)

    def apply(self, plan: bulk.Plan) -> None:
        # a client of its own for each thread has close
        client = self.client
        client.close = lambda: None  # type: ignore[method-assign]
        bulk.apply(plan, lambda: client, at_once=3)


def test_what_is_there_is_not_sent() -> None:
    assert Proxy([KNOWN_TEAM], [KNOWN_KEY]).plan().all() == []


def test_new_teams_come_before_their_keys_and_no_value_is_in_a_diff() -> None:
    proxy = Proxy()
    plan = proxy.plan()
    proxy.apply(plan)
    assert [path for path, _body in proxy.sent] == ["/team/new", "/key/generate"]
    assert (proxy.sent[1][1]["key"], proxy.sent[1][1]["allowed_routes"]) == (VALUE, ["llm_api_routes"])
    assert VALUE not in str([(one.before, one.after) for one in plan.all()])


def test_only_what_differs_is_sent_and_a_limit_that_is_not_given_is_cleared() -> None:
    proxy = Proxy([{**KNOWN_TEAM, "tpm_limit": 9}], [{**KNOWN_KEY, "max_budget": 3.0}])
    proxy.apply(proxy.plan())
    assert proxy.sent == [
        ("/team/update", {"team_id": "research", "tpm_limit": None}),
        ("/key/update", {"key": key_hash(VALUE), "max_budget": None}),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"teams": [{**TEAM, "models": ["nope"]}]}, "cannot have the models nope: LiteLLM offers only"),
        ({"keys": [{**KEY, "models": ["coder-embed"]}]}, "its team 'research' offers only coder-chat"),
        ({"keys": [{**KEY, "team_id": "other"}]}, "LiteLLM has no such team"),
        ({"value": None}, "its value is missing"),
    ],
)
def test_what_litellm_would_take_in_silence_is_refused(change: dict[str, t.Any], message: str) -> None:
    proxy = Proxy()
    with pytest.raises(InputError, match=message):
        proxy.plan(**change)
    assert proxy.sent == []


def test_a_value_of_another_key_or_another_value_is_refused() -> None:
    with pytest.raises(InputError, match="with the alias 'thief'"):
        Proxy([KNOWN_TEAM], [{**KNOWN_KEY, "key_alias": "thief"}]).plan()
    with pytest.raises(InputError, match="exists with another value"):
        Proxy([KNOWN_TEAM], [KNOWN_KEY]).plan(value="sk-another-0123456789")


def test_in_check_mode_a_value_may_be_missing() -> None:
    assert len(Proxy().plan(value=None, check=True).all()) == 2


def test_a_key_that_a_lost_answer_had_made_is_no_error_and_a_refusal_is() -> None:
    proxy = Proxy([KNOWN_TEAM])
    plan = proxy.plan()
    proxy.refuse = ApiError(url="u", doing="d", route="r", status=400, body=b"exists", retry_after=None)
    with pytest.raises(ApiError):
        proxy.apply(plan)
    proxy.keys.append(KNOWN_KEY)
    proxy.apply(plan)
