# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The modules that read, against a real LiteLLM on a real PostgreSQL."""

from __future__ import annotations

import dataclasses
import datetime
import secrets
import time
import typing as t

import pytest
from litellm_fixture.fixtures import Proxy
from litellm_fixture.modules import Calls

from ansible_collections.inference.platform.plugins.module_utils.litellm import spend

Result = dict[str, t.Any]
# LiteLLM writes rows every few seconds.
WRITTEN_WITHIN = 60.0
READERS = {
    "team_info": "teams",
    "key_info": "litellm_keys",
    "budget_info": "budgets",
    "user_info": "users",
    "customer_info": "customers",
    "model_info": "models",
}


@dataclasses.dataclass(frozen=True)
class Site:
    """A team with a user, a key, a customer with a budget, a model, and three answered calls and a failed one."""

    call: Calls
    name: str
    value: str
    key_hash: str
    day: str

    def spent(self, **options: t.Any) -> Result:
        return self.call("spend_info", **{"start": self.day, "end": tomorrow(self.day), **options})


def tomorrow(day: str) -> str:
    """The tests may pass midnight."""
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
def site(litellm: Proxy) -> t.Iterator[Site]:
    call = Calls(litellm.url, litellm.master_key)
    name, value = f"i{secrets.token_hex(6)}", f"sk-{secrets.token_hex(16)}"
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    price = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.002}
    params = {"model": "openai/x", "mock_response": "hello", **price}
    call("model", model_id=name, model_name=name, litellm_params=params, api_key="sk-upstream-1")
    call("team", team_id=name, alias=f"The {name}", metadata={"owner": "ops", "client_secret": "s3cret"})
    call("user", user_id=name, email=f"{name}@example.org", role="internal_user", teams=[name])
    call("budget", budget_id=name, max_budget=100)
    call("customer", user_id=name, budget_id=name, alias="Acme")
    request = {"key": value, "key_alias": name, "team_id": name, "user_id": name}
    key_hash = litellm.post("/key/generate", request, litellm.master_key)[1]["token_id"]
    made = Site(call, name, value, key_hash, day)
    for model in (name, name, name, "no-such-model"):
        body = {"model": model, "user": name, "messages": [{"role": "user", "content": "hi"}]}
        litellm.post("/v1/chat/completions", body, value)
    deadline = time.monotonic() + WRITTEN_WITHIN
    while made.spent(key_alias=name)["total"]["calls"] < 4 and time.monotonic() < deadline:
        time.sleep(0.5)
    yield made
    call("model", model_id=name, state="absent")


@pytest.mark.parametrize(
    ("reader", "filters"),
    [
        ("team_info", ({"team_id": "{name}"}, {"alias": "The {name}"})),
        (
            "key_info",
            ({"key_alias": "{name}"}, {"team_id": "{name}"}, {"user_id": "{name}"}, {"key_hash": "{key_hash}"}),
        ),
        ("budget_info", ({"budget_id": "{name}"},)),
        ("user_info", ({"user_id": "{name}"}, {"email": "{name}@EXAMPLE.org"})),
        ("customer_info", ({"user_id": "{name}"}, {"budget_id": "{name}"})),
        ("model_info", ({"model_id": "{name}"}, {"model_name": "{name}"})),
    ],
)
def test_every_filter_finds_the_one_that_is_meant(site: Site, reader: str, filters: tuple[Result, ...]) -> None:
    for wanted in filters:
        given = {option: text.format(name=site.name, key_hash=site.key_hash) for option, text in wanted.items()}
        result = site.call(reader, **given)
        assert not result["changed"]
        assert len(result[READERS[reader]]) == 1, given
        # half a name finds nothing, where LiteLLM would match it
        half = {option: text[:-1] for option, text in given.items()}
        assert site.call(reader, **half)[READERS[reader]] == [], half


@pytest.mark.parametrize("reader", READERS)
def test_without_a_filter_everything_is_there_in_check_mode_too(site: Site, reader: str) -> None:
    everything = site.call(reader)[READERS[reader]]
    assert any(site.name in entry.values() for entry in everything)
    assert site.call(reader, check=True)[READERS[reader]] == everything


def test_no_reader_shows_a_key_or_a_secret(site: Site, litellm: Proxy) -> None:
    shown = str([site.call(reader) for reader in READERS] + [site.spent(rows=True)])
    assert site.key_hash in shown
    for secret in (site.value, site.value[-4:] + "'", litellm.master_key, "sk-upstream-1", "s3cret"):
        assert secret not in shown
    (team,) = site.call("team_info", team_id=site.name)["teams"]
    assert team["metadata"] == {"owner": "ops", "client_secret": "(hidden)"}


def test_stored_models_are_told_from_those_of_the_configuration_file(site: Site) -> None:
    names = {
        stored: {model["model_name"] for model in site.call("model_info", stored=stored)["models"]}
        for stored in (True, False)
    }
    assert site.name in names[True]
    assert {"coder-chat", "coder-embed"} <= names[False]
    assert not names[True] & names[False]


def test_lists_are_read_to_their_last_page(site: Site, litellm: Proxy) -> None:
    for number in range(101):
        request = {"key_alias": f"{site.name}-p{number}", "team_id": site.name, "user_id": f"{site.name}-pages"}
        assert litellm.post("/key/generate", request, litellm.master_key)[0] == 200
    found = site.call("key_info", user_id=f"{site.name}-pages")["litellm_keys"]
    assert len({key["key_alias"] for key in found}) == 101


def test_spend_adds_up_by_everyone_who_took_part(site: Site) -> None:
    result = site.spent(key_alias=site.name, group_by=["key", "team", "user", "customer", "model"], rows=True)
    rows = [row for row in result["rows"] if row["status"] == "success"]
    assert len(rows) == 3
    assert all(row["spend"] == pytest.approx(dollars(row)) for row in rows)
    total = result["total"]
    assert (total["calls"], total["failed_calls"]) == (4, 1)
    assert total["spend"] == pytest.approx(sum(row["spend"] for row in rows))
    assert total["total_tokens"] == total["prompt_tokens"] + total["completion_tokens"] > 0
    groups = result["groups"]
    assert (groups["key"][0]["key_hash"], groups["key"][0]["key_alias"]) == (site.key_hash, site.name)
    for by, field in {"team": "team_id", "user": "user_id", "customer": "customer_id", "model": "model"}.items():
        assert groups[by][0][field] == site.name
        assert groups[by][0]["spend"] == pytest.approx(total["spend"])
    assert [row["started"] for row in result["rows"]] == sorted(row["started"] for row in result["rows"])


def dollars(row: Result) -> float:
    """By the prices of the model."""
    return float(row["prompt_tokens"] * 0.001 + row["completion_tokens"] * 0.002)


@pytest.mark.parametrize(
    ("filters", "calls"),
    [
        ({"key_alias": "{name}", "status": "failure"}, 1),
        ({"key_hash": "{key_hash}", "status": "success"}, 3),
        ({"model": "{name}"}, 3),
        ({"team_id": "{name}"}, 4),
        ({"user_id": "{name}", "model": "{name}"}, 3),
        ({"customer_id": "{name}", "status": "success"}, 3),
        ({"key_alias": "i"}, 0),
    ],
)
def test_every_filter_of_spend_leaves_its_calls(site: Site, filters: Result, calls: int) -> None:
    given = {option: text.format(name=site.name, key_hash=site.key_hash) for option, text in filters.items()}
    assert site.spent(**given)["total"]["calls"] == calls


def test_small_pages_give_the_same_rows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = site.spent(rows=True, team_id=site.name)
    monkeypatch.setattr(spend, "PAGE", 2)
    assert site.spent(rows=True, team_id=site.name)["total"] == whole["total"]


def test_spend_of_another_period_is_not_there(site: Site) -> None:
    long_ago = site.call("spend_info", start="2020-01-01", end="2020-01-31")
    assert (long_ago["total"]["calls"], long_ago["groups"]["team"]) == (0, [])


def test_a_wrong_period_and_too_many_rows_are_refused(site: Site) -> None:
    assert "start must look like 2026-01-31" in site.call("spend_info", start="frog", end="2026-01-31")["msg"]
    assert "is empty" in site.call("spend_info", start="2026-02-01", end="2026-01-01")["msg"]
    assert "More than 1 rows" in site.spent(max_rows=1)["msg"]


@pytest.mark.parametrize("reader", [*READERS, "spend_info"])
def test_a_wrong_master_key_is_named(litellm: Proxy, reader: str) -> None:
    options = {"start": "2026-01-01", "end": "2026-01-02"} if reader == "spend_info" else {}
    result = Calls(litellm.url, "sk-wrong-0123456789")(reader, **options)
    assert f"LiteLLM at {litellm.url} answered 401" in result["msg"]
    assert "Check that the master key" in result["msg"]


@pytest.mark.parametrize("reader", [*READERS, "spend_info"])
def test_a_server_that_is_down_is_named(reader: str) -> None:
    options = {"start": "2026-01-01", "end": "2026-01-02"} if reader == "spend_info" else {}
    result = Calls("http://127.0.0.1:9", "sk-0123456789", retries=0)(reader, **options)
    assert "LiteLLM at http://127.0.0.1:9 cannot be reached" in result["msg"]
