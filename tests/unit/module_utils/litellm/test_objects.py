# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What each kind of object sends, and what it refuses before it sends anything."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import (
    customers,
    deployments,
    enterprise,
    listing,
    resource,
    users,
)
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

from .answers import Answers


def test_a_users_empty_list_of_models_is_sent_as_the_name_for_every_model() -> None:
    answers = Answers(lambda _path, _given: {"user_id": "u", "models": ["m"], "metadata": {}})
    users.ensure_present(answers.client, "u", {"models": [], "user_alias": None}, check=False)
    assert answers.asked[-1] == ("/user/update", {"user_id": "u", "models": ["all-proxy-models"]})


def test_every_model_by_name_and_by_an_empty_list_are_the_same() -> None:
    answers = Answers(lambda _path, _given: {"user_id": "u", "models": ["all-proxy-models"]})
    for models in ([], ["all-proxy-models"]):
        assert not users.ensure_present(answers.client, "u", {"models": models}, check=False).changed


def test_a_budget_is_taken_off_by_way_of_one_that_is_deleted() -> None:
    def answer(path: str, _given: dict[str, t.Any]) -> t.Any:
        return [] if path == "/budget/info" else {"user_id": "c", "budget_id": "b"}

    answers = Answers(answer)
    resource.ensure_present(answers.client, customers.CUSTOMER, "c", {"budget_id": None}, check=False)
    written = [(path, given) for path, given in answers.asked if not path.endswith("/info")]
    assert written == [
        ("/budget/new", {"budget_id": "taken-off-c"}),
        ("/customer/update", {"user_id": "c", "budget_id": "taken-off-c"}),
        ("/budget/delete", {"id": "taken-off-c"}),
    ]


@pytest.mark.parametrize("licensed", [True, False])
def test_enterprise_fields_are_refused_where_there_is_no_licence(licensed: bool) -> None:
    answers = Answers(lambda _path, _given: {"has_license": licensed})
    if licensed:
        enterprise.require_licence(answers.client, "f", "o")
        return
    with pytest.raises(InputError, match="f of o needs LiteLLM's Enterprise licence"):
        enterprise.require_licence(answers.client, "f", "o")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("api_key", True),
        ("client_secret", True),
        ("aws_session_token", True),
        ("vertex_credentials", True),
        ("input_cost_per_token", False),
        ("max_tokens", False),
        ("api_base", False),
    ],
)
def test_secrets_are_told_by_their_names(name: str, secret: bool) -> None:
    assert deployments.is_secret(name) == secret


def test_secrets_are_hidden_at_any_depth() -> None:
    given = {"a": [{"api_key": "x", "b": 1}], "password": "", "c": {"langfuse_secret": "y"}}
    assert listing.masked(given) == {
        "a": [{"api_key": "(hidden)", "b": 1}],
        "password": "",
        "c": {"langfuse_secret": "(hidden)"},
    }


def wanted(**options: t.Any) -> deployments.Wanted:
    empty: dict[str, t.Any] = {"model_name": None, "params": {}, "info": {}, "api_key": None, "blocked": None}
    return deployments.Wanted(**{**empty, **options})


class Proxy:
    """One deployment as the proxy shows it."""

    def __init__(self) -> None:
        self.answers = Answers(self._answer)
        self.shown: list[dict[str, t.Any]] = []

    def _answer(self, path: str, given: dict[str, t.Any]) -> t.Any:
        if path == "/model/new":
            params = {name: value for name, value in given["litellm_params"].items() if name != "api_key"}
            info = {**given["model_info"], "db_model": True}
            self.shown = [{"model_name": given["model_name"], "litellm_params": params, "model_info": info}]
        return {"data": self.shown}

    def ensure(self, seal: str = "sk-master", **options: t.Any) -> bool:
        client = self.answers.client
        return deployments.ensure_present(client, "d", wanted(**options), seal, check=False).changed


NEW: dict[str, t.Any] = {"model_name": "m", "params": {"model": "openai/x"}}


def test_the_fingerprint_of_a_key_tells_another_key_and_says_nothing_else() -> None:
    proxy = Proxy()
    assert proxy.ensure(**NEW, api_key="sk-upstream")
    mark = str(proxy.shown[0]["model_info"])
    assert "sk-upstream" not in mark
    assert not proxy.ensure(**NEW, api_key="sk-upstream")
    assert not proxy.ensure(**NEW)
    assert proxy.ensure(**NEW, api_key="sk-other")
    assert proxy.answers.asked[-1][1]["litellm_params"] == {"api_key": "sk-other"}
    # under another master key it is made anew
    assert proxy.ensure(seal="sk-master-2", **NEW, api_key="sk-upstream")


def test_every_change_names_the_id_without_which_litellm_writes_another() -> None:
    proxy = Proxy()
    proxy.ensure(**NEW)
    proxy.ensure(**{**NEW, "info": {"mode": "chat"}})
    path, sent = proxy.answers.asked[-1]
    assert (path, sent["model_info"]["id"], sent["model_info"]["mode"]) == ("/model/d/update", "d", "chat")
    assert "litellm_params" not in sent


def test_what_litellm_believes_by_itself_is_nothing_to_clear() -> None:
    proxy = Proxy()
    proxy.ensure(**NEW, info={"mode": "chat"})
    proxy.shown[0]["model_info"]["max_input_tokens"] = 100
    assert not proxy.ensure(info={"max_input_tokens": None})
    assert proxy.ensure(info={"mode": None})


def test_what_was_made_by_others_is_changed_but_never_made_anew() -> None:
    proxy = Proxy()
    info = {"id": "d", "db_model": True}
    proxy.shown = [{"model_name": "m", "litellm_params": {"model": "openai/x", "rpm": 5}, "model_info": info}]
    for _ in range(2):
        with pytest.raises(InputError, match="was not made by this module"):
            proxy.ensure(params={"rpm": None})
        assert proxy.ensure(params={"rpm": 6})


def test_the_key_is_in_no_representation() -> None:
    assert "sk-upstream" not in repr(wanted(api_key="sk-upstream"))
