# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Create, change or delete one object by its own id. LiteLLM has no upsert: each kind says how it is read and written."""

from __future__ import annotations

import dataclasses
import typing as t

from . import fields
from .client import Client
from .errors import ApiError
from .fields import Outcome, State


@dataclasses.dataclass(frozen=True)
class Resource:
    """One kind of object.

    Attributes:
        managed: the fields that modules decide.
        find: the object with an id, None when there is none.
        create: writes a new object; the fields to send, without nulls.
        change: writes the fields that differ; a null clears. The object as it is comes last.
        delete: removes the object; quiet when it is gone already.
        exists: whether an error of ``create`` says that the object is there already.

    """

    managed: tuple[str, ...]
    find: t.Callable[[Client, str], State | None]
    create: t.Callable[[Client, str, State], None]
    change: t.Callable[[Client, str, State, State], None]
    delete: t.Callable[[Client, str], None]
    exists: t.Callable[[ApiError], bool]


def ensure_present(client: Client, kind: Resource, identity: str, wanted: State, *, check: bool) -> Outcome:
    """Makes the object be as wanted; sends only what differs, and nothing in check mode. Raises LiteLLMError."""
    current = kind.find(client, identity)
    if current is None:
        created = _create(client, kind, identity, wanted, check=check)
        if created is not None:
            return created
        # a lost answer: the first attempt of a repeated request had made it
        current = kind.find(client, identity) or {}
    changes = fields.differing(wanted, current)
    if changes and not check:
        kind.change(client, identity, changes, current)
    after = {**current, **changes}
    return Outcome(fields.managed(kind.managed, current), fields.managed(kind.managed, after), after)


def ensure_absent(client: Client, kind: Resource, identity: str, *, check: bool) -> Outcome:
    current = kind.find(client, identity)
    if current is None:
        return Outcome({}, {})
    if not check:
        kind.delete(client, identity)
    return Outcome(fields.managed(kind.managed, current), {})


def _create(client: Client, kind: Resource, identity: str, wanted: State, *, check: bool) -> Outcome | None:
    """None when LiteLLM says that the object is there already."""
    body = {name: value for name, value in wanted.items() if value is not None}
    if not check:
        try:
            kind.create(client, identity, body)
        except ApiError as error:
            if kind.exists(error):
                return None
            raise
    return Outcome({}, fields.managed(kind.managed, body), body)
