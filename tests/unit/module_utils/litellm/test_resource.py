# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The steps that every object shares, with a server that loses answers."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import resource
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import ApiError
from ansible_collections.inference.platform.plugins.module_utils.litellm.fields import State

NOBODY = t.cast(Client, None)


def error(status: int, text: str) -> ApiError:
    body = f'{{"detail": "{text}"}}'.encode()
    return ApiError(url="http://p", doing="x", route="POST /x", status=status, body=body, retry_after=None)


class Store:
    """Objects in memory, and what was written."""

    def __init__(self, **objects: State) -> None:
        self.objects = objects
        self.sent: list[tuple[str, State]] = []
        self.hidden = False
        self.failure: ApiError | None = None

    def find(self, _client: Client, identity: str) -> State | None:
        if self.hidden:
            self.hidden = False
            return None
        return self.objects.get(identity)

    def create(self, _client: Client, identity: str, body: State) -> None:
        self.sent.append(("create", body))
        if self.failure is not None:
            raise self.failure
        self.objects[identity] = body

    def change(self, _client: Client, _identity: str, changes: State, _current: State) -> None:
        self.sent.append(("change", changes))

    def delete(self, _client: Client, identity: str) -> None:
        self.sent.append(("delete", {}))
        del self.objects[identity]

    @property
    def kind(self) -> resource.Resource:
        return resource.Resource(
            managed=("rpm_limit", "models", "alias"),
            find=self.find,
            create=self.create,
            change=self.change,
            delete=self.delete,
            exists=lambda error: error.status == 409,
        )


def test_a_new_object_is_sent_without_nulls() -> None:
    store = Store()
    outcome = resource.ensure_present(NOBODY, store.kind, "x", {"rpm_limit": 3, "alias": None}, check=False)
    assert store.sent == [("create", {"rpm_limit": 3})]
    assert (outcome.before, outcome.after) == ({}, {"rpm_limit": 3, "models": [], "alias": None})


def test_only_what_differs_is_sent_and_null_clears() -> None:
    store = Store(x={"rpm_limit": 3, "models": ["b", "a"], "alias": "X"})
    wanted = {"rpm_limit": None, "models": ["a", "b"], "alias": "X"}
    assert resource.ensure_present(NOBODY, store.kind, "x", wanted, check=False).changed
    assert store.sent == [("change", {"rpm_limit": None})]


def test_an_empty_text_of_the_server_is_no_text() -> None:
    store = Store(x={"alias": ""})
    assert not resource.ensure_present(NOBODY, store.kind, "x", {"alias": None}, check=False).changed


@pytest.mark.parametrize("objects", [{}, {"x": {"rpm_limit": 1}}])
def test_check_mode_sends_nothing(objects: dict[str, State]) -> None:
    store = Store(**objects)
    assert resource.ensure_present(NOBODY, store.kind, "x", {"rpm_limit": 3}, check=True).changed
    assert resource.ensure_absent(NOBODY, store.kind, "x", check=True).changed == bool(objects)
    assert store.sent == []


def test_an_object_whose_creation_was_not_acknowledged_is_taken_over() -> None:
    store = Store(x={"rpm_limit": 1})
    store.hidden, store.failure = True, error(409, "there already")
    outcome = resource.ensure_present(NOBODY, store.kind, "x", {"rpm_limit": 3}, check=False)
    assert [step for step, _ in store.sent] == ["create", "change"]
    assert outcome.before["rpm_limit"] == 1


def test_any_other_refusal_is_passed_on() -> None:
    store = Store()
    store.failure = error(400, "no")
    with pytest.raises(ApiError):
        resource.ensure_present(NOBODY, store.kind, "x", {"rpm_limit": 3}, check=False)


def test_what_is_not_there_is_not_deleted() -> None:
    store = Store()
    assert not resource.ensure_absent(NOBODY, store.kind, "x", check=False).changed
    assert store.sent == []
