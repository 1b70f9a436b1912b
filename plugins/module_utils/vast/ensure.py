# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One instance a label: there, running, stopped or gone."""

from __future__ import annotations

import dataclasses
import time

from . import guard, instances, offers, rent, ssh_keys, terms, wait
from .client import Client
from .errors import InputError, RestError
from .instances import Row
from .known_hosts import KnownHosts
from .rent import Attempts, Wish
from .terms import Offer

# Seconds for which the destroying of what a failed task rented is tried again.
_PATIENCE = 180.0


@dataclasses.dataclass
class Result:
    """What was done, or would be in check mode; rows as Vast lists them, empty where there is none."""

    changed: bool
    before: Row
    after: Row
    offer: Offer | None = None
    attempts: Attempts = dataclasses.field(default_factory=Attempts)
    burning: float = 0.0
    destroyed: list[int] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


def present(client: Client, wish: Wish, *, check: bool) -> Result:
    """There is one, it runs and its ssh has answered. Rents when there is none. Raises RestError."""
    rows = instances.listed(client)
    mine = instances.labelled(rows, wish.label)
    if not mine:
        return _would_rent(client, wish, rows) if check else _rent(client, wish, rows, [])
    try:
        return _adopt(client, wish, rows, mine, check=check)
    except wait.UnansweredError as failure:
        # An interrupted run had rented it; it never answered and is destroyed by now.
        return _rent(client, wish, rows, [failure])


def started(client: Client, wish: Wish, *, check: bool) -> Result:
    """The one that exists runs and answers; none is ever rented."""
    rows = instances.listed(client)
    mine = instances.labelled(rows, wish.label)
    if not mine:
        raise InputError(f"There is no instance {wish.label} to start. With state: present one is rented.")
    return _adopt(client, wish, rows, mine, check=check)


def stopped(client: Client, label: str, *, timeout: float, poll: float, check: bool) -> Result:
    """The one that exists is halted, so that its GPU costs nothing any more; its disk still does."""
    rows = instances.listed(client)
    mine = instances.labelled(rows, label)
    if not mine:
        raise InputError(f"There is no instance {label} to stop.")
    running = [row for row in mine if not instances.halted(row)]
    result = Result(bool(running), mine[0], mine[0], burning=instances.burn(rows))
    if not running or check:
        result.after = {**mine[0], "intended_status": "stopped"}
        return result
    for row in running:
        instances.set_state(client, row, "stopped")
    deadline = time.monotonic() + timeout
    while True:
        rows = instances.listed(client)
        left = [row for row in instances.labelled(rows, label) if row.get("actual_status") == "running"]
        if not left:
            result.after, result.burning = next(iter(instances.labelled(rows, label)), {}), instances.burn(rows)
            return result
        if time.monotonic() >= deadline:
            raise RestError(f"{instances.told(left)} still runs {timeout:g} s after it was asked to stop.")
        time.sleep(poll)


def absent(
    client: Client, label: str, known_hosts: KnownHosts | None, *, timeout: float, poll: float, check: bool
) -> Result:
    """No instance has the label, and nothing is pinned for it."""
    rows = instances.listed(client)
    mine = instances.labelled(rows, label)
    pinned = known_hosts is not None and (known_hosts.pin_of(label) is not None or known_hosts.pending(label))
    result = Result(bool(mine) or pinned, mine[0] if mine else {}, {}, burning=instances.burn(rows))
    result.destroyed = [int(row["id"]) for row in mine]
    if check:
        return result
    if mine:
        result.destroyed = instances.destroy(client, label, patience=timeout, pause=poll)
        result.burning = instances.burn(row for row in rows if row not in mine)
    if known_hosts is not None:
        known_hosts.forget(label)
    return result


def _would_rent(client: Client, wish: Wish, rows: list[Row]) -> Result:
    attempts = Attempts()
    offer = rent.affordable(client, wish, rows, attempts)[0]
    result = Result(True, {}, {}, offer, attempts, instances.burn(rows))
    if not _key_is_there(client, wish):
        result.warnings = [f"{wish.label} would not be rented now: {_NO_KEY}"]
    return result


def _rent(client: Client, wish: Wish, rows: list[Row], lost: list[wait.UnansweredError]) -> Result:
    """Rents until a machine answers. One that does not come, as those in lost, is destroyed before the next is rented."""
    attempts = Attempts()
    while len(lost) < wish.attempts:
        try:
            # Prices, offers and the bill may be others than when the first one was rented.
            now = instances.listed(client) if lost else rows
            result = _rent_one(client, wish, now, lost, attempts)
        except wait.UnansweredError as failure:
            lost.append(failure)
        except RestError as error:
            if lost:
                raise RestError(f"{error} Before that: {_told(lost)}") from error
            raise
        else:
            result.destroyed = [int(failure.row["id"]) for failure in lost]
            result.warnings = [f"{failure} Another one was rented instead." for failure in lost]
            return result
    machines = ", ".join(str(failure.row.get("machine_id")) for failure in lost)
    raise RestError(
        f"{_told(lost)} With machines_excluded: [{machines}] in the search others are asked for."
    ) from lost[-1]


def _told(lost: list[wait.UnansweredError]) -> str:
    return " ".join(map(str, lost))


def _rent_one(
    client: Client, wish: Wish, rows: list[Row], lost: list[wait.UnansweredError], attempts: Attempts
) -> Result:
    """Rents and waits. Whatever goes wrong, a signal too: nothing that was rented stays."""
    if not _key_is_there(client, wish):
        raise InputError(f"{wish.label} was not rented: {_NO_KEY}")
    fitting = _others(rent.affordable(client, _passing_over(wish, lost), rows, attempts), lost)
    with guard.signals_raise() as signals:
        try:
            wish.known_hosts.begin(wish.label)
            made, offer = rent.take_one(client, wish, fitting, attempts)
            _still_affordable(client, wish, made)
            try:
                answered = wait.until_answering(client, wish)
            except wait.UnansweredError:
                attempts.missed(offer, f"gave instance {made}, which did not come and was destroyed")
                raise
            return Result(True, {}, answered.row, offer, attempts, instances.burn([*rows, answered.row]))
        except BaseException as error:
            signals.put_off()
            undone = _undone(client, wish, error)
            raise _asked_to_end(undone, signals) from error


def _passing_over(wish: Wish, lost: list[wait.UnansweredError]) -> Wish:
    """The wish without the machines that did not come: once destroyed they are on offer again, and the best as before."""
    machines = [*(wish.search.get("machines_excluded") or []), *(failure.row.get("machine_id") for failure in lost)]
    return dataclasses.replace(wish, search={**wish.search, "machines_excluded": machines}) if lost else wish


def _others(fitting: list[Offer], lost: list[wait.UnansweredError]) -> list[Offer]:
    """Machines of somebody else first: what keeps one from booting is often the matter of its host."""
    hosts = {failure.row.get("host_id") for failure in lost}
    return sorted(fitting, key=lambda offer: offer.get("host_id") in hosts)


def _key_is_there(client: Client, wish: Wish) -> bool:
    return wish.public_key is not None and bool(ssh_keys.find(client, wish.public_key))


def _still_affordable(client: Client, wish: Wish, made: int) -> None:
    """Two runs that rent at once must not pass the cap together: the later one gives way. Raises InputError."""
    rows = [row for row in instances.listed(client) if int(row["id"]) <= made]
    others = [row for row in rows if int(row["id"]) != made]
    mine = instances.burn(row for row in rows if int(row["id"]) == made)
    if instances.burn(rows) > wish.max_usd_per_hour + 0.0005:
        raise InputError(rent.over_cap(wish, instances.burn(others), mine, f"instance {made}", others))


def _undone(client: Client, wish: Wish, error: BaseException) -> BaseException:
    """Destroys what has the label. The error to raise then: the same, and what became of the instance."""
    try:
        gone = instances.destroy(client, wish.label, patience=_PATIENCE, pause=wish.poll, linger=2 * wish.poll)
        wish.known_hosts.forget(wish.label)
    except RestError as problem:
        return RestError(f"{_sentence(error)} {problem}")
    if not isinstance(error, (RestError, guard.Interrupted)):
        return error
    what = (
        f"Instance {', '.join(map(str, gone))} was destroyed; nothing of it costs money."
        if gone
        else "Nothing was rented."
    )
    text = f"{_sentence(error)} {what}"
    return wait.UnansweredError(text, error.row) if isinstance(error, wait.UnansweredError) else RestError(text)


def _asked_to_end(undone: BaseException, signals: guard.Signals) -> BaseException:
    """Who asks the task to end while a machine that did not come is destroyed does not want another one."""
    if signals.heard is None or not isinstance(undone, wait.UnansweredError):
        return undone
    return RestError(f"{undone} {_sentence(guard.Interrupted(signals.heard))}")


def _sentence(error: BaseException) -> str:
    if isinstance(error, guard.Interrupted):
        return f"The task was {error}."
    return str(error) or type(error).__name__


def _adopt(client: Client, wish: Wish, rows: list[Row], mine: list[Row], *, check: bool) -> Result:
    keep = wait.chosen(wish, mine) or mine[0]
    _refuse_another_machine(wish, keep)
    others = [int(row["id"]) for row in mine if row is not keep]
    result = Result(False, keep, keep, burning=instances.burn(rows), destroyed=others)
    starting = instances.halted(keep)
    if starting:
        _refuse_start_above_cap(wish, rows, keep)
    if check:
        result.after = {**keep, "intended_status": "running"}
        result.changed = starting or bool(others) or not wait.ready(wish, keep)
        return result
    wait.only(client, wish, rows)
    if starting:
        instances.set_state(client, keep, "running")
    elif wait.ready(wish, keep):
        result.changed = bool(others)
        return result
    answered = _wait_adopted(client, wish, starting=starting)
    result.after = answered.row
    result.changed = starting or bool(others) or answered.pinned
    result.burning = instances.burn([row for row in rows if row not in mine] + [answered.row])
    return result


def _wait_adopted(client: Client, wish: Wish, *, starting: bool) -> wait.Answered:
    """Waits for one that this task did not rent.

    One that an interrupted run of this machine rented and that never answered holds nothing of worth: it is destroyed
    when it does not come. One that was stopped is stopped again. Any other is left, and the message says what it costs.
    """
    with guard.signals_raise() as signals:
        try:
            return wait.until_answering(client, wish)
        except BaseException as error:
            signals.put_off()
            if wish.known_hosts.pending(wish.label):
                undone = _undone(client, wish, error)
                raise _asked_to_end(undone, signals) from error
            if not isinstance(error, (RestError, guard.Interrupted)):
                raise
            raise RestError(f"{_sentence(error)} {_left(client, wish, starting=starting)}") from error


def _left(client: Client, wish: Wish, *, starting: bool) -> str:
    """What became of an instance that stays although it did not come."""
    try:
        rows = instances.labelled(instances.listed(client), wish.label)
        for row in rows if starting else []:
            instances.set_state(client, row, "stopped")
    except RestError as problem:
        return f"It may go on costing money; what became of it is not known: {problem}"
    if not rows:
        return "It is gone; run the task again to rent another."
    if starting:
        return f"It was stopped again: {instances.told(rows)}."
    return f"It goes on costing money: {instances.told(rows)}. With state: absent it is destroyed."


def _refuse_start_above_cap(wish: Wish, rows: list[Row], keep: Row) -> None:
    others = [row for row in rows if row is not keep]
    burning, more = instances.burn(others), float(keep.get("dph_total") or 0.0)
    if burning + more > wish.max_usd_per_hour + 0.0005:
        refusal = rent.over_cap(wish, burning, more, f"instance {keep['id']}, running again,", others)
        raise InputError(f"{refusal} It was not started.")


def _refuse_another_machine(wish: Wish, row: Row) -> None:
    """An instance cannot become another machine: what is asked and what is there must agree. Raises InputError."""
    wrong = [
        reason
        for name in ("gpu", "gpus")
        if wish.search.get(name) and (reason := terms.TERMS[name].missed(row, wish.search[name]))
    ]
    disk = row.get("disk_space")
    if disk is not None and float(disk) + 1.0 < wish.disk_gb:
        wrong.append(f"has {float(disk):g} GB of disk and {wish.disk_gb:g} are asked for")
    if wrong:
        raise InputError(
            f"{wish.label} exists as instance {row['id']} and is not what is asked for ({offers.kind(wish.search)}): it "
            f"{', '.join(wrong)}. It was not touched. Destroy it with state: absent first, or ask for what it is."
        )


_NO_KEY = (
    "the ssh_public_key is not on the account, and a virtual machine takes the account's keys when it is rented. "
    "Add it with inference.platform.vast_ssh_key first."
)


__all__ = ("Result", "absent", "present", "started", "stopped")
