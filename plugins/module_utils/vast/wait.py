# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Waiting until an instance answers by ssh, with its host key pinned."""

from __future__ import annotations

import time
import typing as t

from . import instances, known_hosts
from .client import Client
from .errors import RestError, passing
from .instances import Row
from .known_hosts import Key, Pin
from .rent import Wish

# Seconds that one look for host keys may take.
_SCAN = 5.0


class UnansweredError(RestError):
    """A machine that Vast lists does not come; another one may.

    Attributes:
        row: the instance as Vast listed it last.

    """

    def __init__(self, message: str, row: Row) -> None:
        super().__init__(message)
        self.row = row


class Answered(t.NamedTuple):
    """The instance as it is, and whether a key was pinned now."""

    row: Row
    pinned: bool


def only(client: Client, wish: Wish, rows: list[Row]) -> tuple[Row | None, list[int]]:
    """The one instance of the label, and the ids of others, which are destroyed.

    Two can be there after a lost answer, or when two runs rent at once. Both keep the same one: the pinned one, else
    the oldest.
    """
    mine = instances.labelled(rows, wish.label)
    keep = chosen(wish, mine)
    others = [row for row in mine if row is not keep]
    for row in others:
        instances.destroy_one(client, row)
    return keep, [int(row["id"]) for row in others]


def chosen(wish: Wish, mine: list[Row]) -> Row | None:
    """Which instance of the label stays; rows are ordered by id."""
    pin = wish.known_hosts.pin_of(wish.label)
    pinned = [row for row in mine if pin is not None and int(row["id"]) == pin.instance]
    return next(iter(pinned or mine), None)


def until_answering(client: Client, wish: Wish) -> Answered:
    """Raises RestError with the last status when the time is up, the instance vanishes or Vast names an error.

    It is an UnansweredError where the machine is to blame: not when Vast itself is away, nor when somebody destroyed it.
    """
    deadline = time.monotonic() + wish.timeout
    last, seen = "Vast has not listed it", False
    while True:
        try:
            row, _others = only(client, wish, instances.listed(client))
        except RestError as error:
            if not passing(error):
                raise
            row, last = None, str(error)
        else:
            answered = None if row is None else _answering(wish, row)
            if answered is not None:
                return answered
            if seen and row is None:
                raise RestError(
                    f"{wish.label} is gone: it was destroyed, by somebody or by its host, while it was waited for."
                )
            last, seen = _state(row), row is not None
        if time.monotonic() >= deadline:
            message = f"{wish.label} did not answer by ssh within {wish.timeout:g} s: {last}."
            raise RestError(message) if row is None else UnansweredError(message, row)
        time.sleep(min(wish.poll, max(0.0, deadline - time.monotonic())))


def ready(wish: Wish, row: Row) -> bool:
    """Whether the instance runs and has answered at its address before, so that there is nothing to wait for."""
    return answered(wish.known_hosts, wish.label, row)


def answered(pins: known_hosts.KnownHosts, label: str, row: Row) -> bool:
    """Whether ssh of the running instance can be trusted at its address: its host key is pinned there."""
    pin, where = pins.pin_of(label), instances.address(row)
    if pin is None or where is None or row.get("actual_status") != "running":
        return False
    return pin.instance == int(row["id"]) and pin.address == known_hosts.host_name(*where)


def _answering(wish: Wish, row: Row) -> Answered | None:
    if ready(wish, row):
        return Answered(row, False)
    message = str(row.get("status_msg") or "").strip()
    if row.get("actual_status") != "running":
        if message.lower().startswith("error"):
            raise UnansweredError(f"{wish.label}: instance {row['id']} cannot start; Vast says: {message}.", row)
        return None
    where = instances.address(row)
    keys = known_hosts.scan(*where, timeout=_SCAN) if where else ()
    if where is None or not keys:
        return None
    _pin(wish, row, known_hosts.host_name(*where), keys)
    return Answered(row, True)


def _pin(wish: Wish, row: Row, address: str, keys: tuple[Key, ...]) -> None:
    """Pins the keys. Raises RestError when the same instance had other ones."""
    before = wish.known_hosts.pin_of(wish.label)
    if before is not None and before.instance == int(row["id"]) and not _agree(before.keys, keys):
        raise RestError(
            f"{wish.label}: the host key of instance {row['id']} at {address} is not the one in {wish.known_hosts.path}. "
            "Either somebody else answers there or the machine was made anew. If you trust it, remove the line and run again."
        )
    wish.known_hosts.pin(wish.label, Pin(int(row["id"]), address, keys))


def _agree(before: tuple[Key, ...], now: tuple[Key, ...]) -> bool:
    """At least one kind of key is known, and none of a known kind differs."""
    old, new = dict(before), dict(now)
    common = old.keys() & new.keys()
    return bool(common) and all(old[kind] == new[kind] for kind in common)


def _state(row: Row | None) -> str:
    if row is None:
        return "Vast does not list it"
    status = row.get("actual_status") or "provisioning"
    message = str(row.get("status_msg") or "").strip()
    where = instances.address(row)
    at = f", ssh at {where[0]}:{where[1]} gives no host key" if where and status == "running" else ""
    return f"instance {row['id']} is {status}{at}" + (f", Vast says: {message}" if message else "")
