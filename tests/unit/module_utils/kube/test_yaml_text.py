# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""YAML as Kubernetes means it."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ObjectError
from ansible_collections.inference.platform.plugins.module_utils.kube.yaml_text import dump, load_all


def test_dates_stay_texts() -> None:
    assert load_all("a: 2024-01-02", "f") == [{"a": "2024-01-02"}]


def test_empty_documents_are_left_out() -> None:
    assert load_all("---\n---\na: 1\n---\n", "f") == [{"a": 1}]


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(ObjectError, match=r"f, line 2, column 1: not valid YAML: duplicate key 'a'"):
        load_all("a: 1\na: 2\n", "f")


def test_a_merged_key_may_be_overridden() -> None:
    assert load_all("x: &x {a: 1, b: 2}\ny: {<<: *x, a: 3}", "f")[0]["y"] == {"a": 3, "b": 2}


def test_output_keeps_order_and_shows_long_texts_as_blocks() -> None:
    value = {"b": "one\ntwo\n", "a": ["x" * 300]}
    assert dump(value) == "b: |\n  one\n  two\na:\n- " + "x" * 300 + "\n"


def test_output_has_no_anchors() -> None:
    shared = {"k": "v"}
    assert "&" not in dump({"a": shared, "b": shared})


@pytest.mark.parametrize(
    "text", ["yes", "1e3", "0x10", "null", "", " lead", "trail ", "a: b", "1000m", "é", "- x\n  y\n"]
)
def test_texts_survive_a_round_trip(text: str) -> None:
    assert load_all(dump({"k": text}), "f") == [{"k": text}]
