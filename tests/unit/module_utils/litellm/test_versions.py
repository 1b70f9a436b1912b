# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which proxies get a warning because of their version."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import versions
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import TransportError

from .answers import Answers


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "OLDEST", "1.9.3")
    monkeypatch.setattr(versions, "NEWEST", "1.100.0")


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("found", ["1.9.3", "1.10.0", "v1.100.0", "1.100.0rc2", "1.100.0.post1"])
def test_versions_within_what_was_run_pass_in_silence(found: str) -> None:
    assert versions.doubt(found) is None


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("found", ["1.9.2", "1.8.40", "1.100.1", "2.0.0", "1.101.0rc1"])
def test_a_version_beyond_both_ends_is_named_with_what_was_run(found: str) -> None:
    text = versions.doubt(found) or ""
    assert f"LiteLLM {found}" in text
    assert "1.9.3 to 1.100.0" in text


@pytest.mark.parametrize("found", [None, "", "main"])
def test_a_proxy_that_does_not_tell_its_version_is_not_doubted(found: str | None) -> None:
    assert versions.doubt(found) is None


@pytest.mark.parametrize(
    ("told", "found"),
    [({"litellm_version": "1.2.3"}, "1.2.3"), ({"litellm_version": None}, None), ({}, None), ([], None)],
)
def test_the_version_is_what_the_proxy_says(told: t.Any, found: str | None) -> None:
    assert versions.version(Answers(lambda path, given: told).client) == found


def test_a_proxy_that_does_not_answer_has_no_version() -> None:
    def away(path: str, given: dict[str, t.Any]) -> t.Any:
        raise TransportError("nobody there")

    assert versions.version(Answers(away).client) is None
