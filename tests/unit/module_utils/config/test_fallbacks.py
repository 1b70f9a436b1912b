# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""External models and chains that cannot work are refused, each with one message; those that can become plain models."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import key_files, validate
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import normalise, with_defaults

Entry = dict[str, t.Any]
PRICE = {"input_per_token": 0.000001, "output_per_token": 0.000002}
IMAGES = {"tiny-coder": "quay.io/example/tiny-coder:1"}


def own(name: str, *fallbacks: str, **more: t.Any) -> Entry:
    return {
        "name": name,
        "source": "builtin://tiny-coder",
        "served_for": ["chat"],
        "fallbacks": list(fallbacks),
        **more,
    }


def far(name: str = "far", *fallbacks: str, **more: t.Any) -> Entry:
    found = {"name": name, "model": "org/Far", "served_for": ["chat"], "price": PRICE, "fallbacks": list(fallbacks)}
    return {**found, **more}


def endpoint(*models: Entry, **more: t.Any) -> Entry:
    return {"name": "lan", "base_url": "https://lan/v1", "models": list(models), **more}


def findings(*models: Entry, endpoints: list[Entry] | None = None, tenants: list[Entry] | None = None) -> list[str]:
    variables = {"models": list(models), "external_endpoints": endpoints or [], "tenants": tenants or []}
    return validate.schema_findings(variables) or validate.meaning_findings(with_defaults(variables))


def test_a_chain_of_own_and_external_models_has_no_findings() -> None:
    models = [own("a", "b", "far"), own("b", "far")]
    team = {"team": "t", "models": ["a", "b", "far"]}
    found = findings(*models, endpoints=[endpoint(far(), api_key_file="/key", timeout=60, retries=1)], tenants=[team])
    assert found == []


@pytest.mark.parametrize(
    ("models", "endpoints", "words"),
    [
        ([own("a", "bee"), own("b")], [], ["'a' has the fallback 'bee'", "declares"]),
        ([own("coder", "codr"), own("other")], [], ["'codr'", "did you mean coder?"]),
        ([own("a", "a")], [], ["'a' has the fallback 'a'", "itself"]),
        ([own("a", "b"), own("b", "c"), own("c", "a")], [], ["in a circle: a -> b -> c -> a"]),
        ([own("a", "far")], [endpoint(far("far", "a"))], ["in a circle: a -> far -> a"]),
        (
            [own("a", "e"), own("e", served_for=["embeddings"])],
            [],
            ["'e'", "another kind of model", "served for embeddings", "for chat"],
        ),
        ([own("a", "b", "b"), own("b")], [], ["platform_models[0].fallbacks", "non-unique"]),
        ([own("a", *"bcdefg")], [], ["platform_models[0].fallbacks", "too long"]),
        (
            [own("a")],
            [endpoint({"name": "far", "model": "x", "served_for": ["chat"]})],
            ["platform_external_endpoints[0].models[0]", "'far' has no price"],
        ),
        ([own("a")], [endpoint(far(price={"input_per_token": 1}))], ["'far' has no price.output_per_token"]),
        ([own("a")], [endpoint(far("a"))], ["the model name 'a' is taken"]),
        ([own("a")], [endpoint(far(), far())], ["the model name 'far' is taken"]),
        ([own("a")], [endpoint(far()), endpoint(far("b"))], ["2 entries have the name 'lan'"]),
        ([own("a")], [endpoint(far(), api_key="sk-1")], ["unknown key api_key", "did you mean api_key_file?"]),
        ([own("a")], [endpoint(far(), base_url="https://me:word@lan/v1")], ["platform_external_endpoints[0].base_url"]),
        ([own("a")], [endpoint(far(served_for=["chat", "embeddings"]))], ["declare a second model"]),
    ],
)
def test_what_cannot_work_is_named(models: list[Entry], endpoints: list[Entry], words: list[str]) -> None:
    (finding,) = findings(*models, endpoints=endpoints)
    for word in words:
        assert word in finding


def test_a_fallback_that_no_caller_may_use_is_refused() -> None:
    models = [own("a", "far")]
    closed = [{"team": "t", "models": ["a"]}, {"team": "u", "models": ["far"]}]
    (finding,) = findings(*models, endpoints=[endpoint(far())], tenants=closed)
    assert "'a' has the fallback 'far', which nobody who may use 'a' may use" in finding
    narrow = [{"team": "t", "models": ["a", "far"], "keys": [{"alias": "k", "models": ["a"]}]}]
    assert len(findings(*models, endpoints=[endpoint(far())], tenants=narrow)) == 1
    some = [*closed, {"team": "v", "models": ["a", "far"]}]
    assert findings(*models, endpoints=[endpoint(far())], tenants=some) == []


def test_external_models_are_models_that_tenants_may_use_and_have_no_key_in_the_configuration() -> None:
    variables = {
        "models": [own("a", "far", timeout=30, retries=2)],
        "external_endpoints": [endpoint(far(), base_url="https://lan/v1/", api_key_file="~/key")],
    }
    found = normalise(with_defaults(variables), IMAGES, "/home/a")
    (external,) = found["external_endpoints"]
    assert (external["base_url"], external["timeout"], external["retries"]) == ("https://lan/v1", None, 0)
    assert external["api_key_file"].endswith("/key")
    assert found["external_models"] == external["models"]
    (model,) = found["models"]
    assert (model["fallbacks"], model["timeout"], model["retries"]) == (["far"], 30, 2)


@pytest.mark.parametrize(
    ("text", "why"), [(None, "No such file"), (" ", "is empty"), ("the key", "more than one word"), ("sk-1", "")]
)
def test_a_key_file_without_a_key_is_refused(tmp_path: pathlib.Path, text: str | None, why: str) -> None:
    path = tmp_path / "key"
    if text is not None:
        path.write_text(f"{text}\n", encoding="utf-8")
    found = key_files.key_file_findings(
        [{"name": "lan", "api_key_file": str(path)}, {"name": "open", "api_key_file": ""}]
    )
    assert len(found) == bool(why)
    assert why in "".join(found)
    assert text is None or text.strip() == "" or text not in "".join(found)


def test_a_key_file_may_be_encrypted(tmp_path: pathlib.Path) -> None:
    (tmp_path / "key").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n6364\n", encoding="utf-8")
    assert key_files.key_file_findings([{"name": "lan", "api_key_file": str(tmp_path / "key")}]) == []
