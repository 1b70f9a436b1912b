# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Generated values: made once, made from others, copied."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.generate import (
    CHARSETS,
    Spec,
    decode,
    encode,
    missing_values,
    unseeded,
)


def no_lookup(_namespace: str, _name: str, _key: str) -> str:
    raise AssertionError("nothing to copy")


def test_random_values_have_prefix_length_and_charset() -> None:
    value = missing_values({"k": Spec(length=40, prefix="sk-", charset="hex")}, {}, no_lookup)["k"]
    assert value.startswith("sk-")
    assert len(value) == 43
    assert set(value[3:]) <= set(CHARSETS["hex"])


def test_two_values_differ() -> None:
    values = missing_values({"a": Spec(), "b": Spec()}, {}, no_lookup)
    assert values["a"] != values["b"]


def test_present_keys_are_left_out() -> None:
    assert missing_values({"a": Spec()}, {"a": "old"}, no_lookup) == {}


def test_templates_see_present_and_new_values_in_any_order() -> None:
    specs = {"url": Spec(template="x://{user}:{password}@host"), "password": Spec(length=8)}
    values = missing_values(specs, {"user": "me"}, no_lookup)
    assert values["url"] == f"x://me:{values['password']}@host"


def test_a_template_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(KubeError, match=r"template of url refers to \{nobody\}"):
        missing_values({"url": Spec(template="{nobody}")}, {}, no_lookup)


def test_a_seed_is_taken_where_there_is_one_and_made_where_there_is_none() -> None:
    place = {"namespace": "n", "name": "s", "key": "k"}
    specs = {"k": Spec(seed_from=place), "other": Spec(length=5, seed_from={**place, "key": "other"})}
    values = missing_values(specs, {}, no_lookup, lambda *found: "old" if found == ("n", "s", "k") else None)
    assert values["k"] == "old"
    assert len(values["other"]) == 5


def test_a_value_that_is_asked_for_anew_is_not_taken_over() -> None:
    place = {"namespace": "n", "name": "s", "key": "k"}
    specs = unseeded({"k": Spec(seed_from=place), "kept": Spec(seed_from=place)}, ["k"])
    values = missing_values(specs, {}, no_lookup, lambda *_place: "old")
    assert values["kept"] == "old"
    assert values["k"] != "old"


def test_copies_come_from_the_other_secret() -> None:
    spec = Spec(copy_from={"namespace": "n", "name": "s", "key": "k"})
    assert missing_values({"a": spec}, {}, lambda *place: "/".join(place)) == {"a": "n/s/k"}


def test_data_comes_back() -> None:
    assert decode(encode({"a": "täxt"})) == {"a": "täxt"}
    assert decode(None) == {}
