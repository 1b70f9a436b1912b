# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Renting one instance for a label: the best offer that can be paid and had, once, whatever answers get lost."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from . import instances, offers
from .client import Client
from .errors import ApiError, InputError, RestError, unsure
from .instances import Row
from .known_hosts import KnownHosts
from .ssh_keys import PublicKey
from .terms import Offer, Options

# Rounding of prices must not decide.
_NOTHING = 1e-9
# How often one offer is asked for when answers get lost.
_TRIES = 3
# When a lost rent is looked for, in poll intervals from one look to the next: a list may be a moment behind.
_LOOKS = (0.0, 0.2, 0.4, 0.8)


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a task asks for.

    Attributes:
        public_key: what opens the machine; None where nothing is ever rented.
        search: the options of vast_offer_info; its disk_gb is the disk to rent.
        max_usd_per_hour: what all instances of the account may cost together.
        timeout: seconds until ssh of a machine must answer.
        poll: seconds between looks at Vast.
        attempts: how many machines are rented, one after the other, until one answers.

    """

    label: str
    search: Options
    image: str
    template_hash: str | None
    public_key: PublicKey | None
    known_hosts: KnownHosts
    max_usd_per_hour: float
    timeout: float
    poll: float
    attempts: int

    @property
    def disk_gb(self) -> float:
        return float(self.search["disk_gb"])


@dataclasses.dataclass
class Attempts:
    """Offers that were not taken, with the reasons, in the order in which they were tried."""

    tried: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)

    def missed(self, offer: Offer, reason: str) -> None:
        entry = {"offer": offer["id"], "usd_per_hour": round(offers.price(offer), 6), "reason": reason}
        if entry not in self.tried:
            self.tried.append(entry)

    def text(self) -> str:
        return "; ".join(f"{one['offer']} ({one['usd_per_hour']:.3f} USD/h) {one['reason']}" for one in self.tried)


def affordable(client: Client, wish: Wish, rows: list[Row], attempts: Attempts) -> list[Offer]:
    """The offers that fit and can be paid, the best first. Raises InputError when there is none, with the numbers."""
    found = offers.search(client, wish.search)
    if not found:
        explained = offers.explained(client, wish.search)
        raise InputError(f"No offer fits for {wish.label}: {offers.summary(explained, wish.search)}")
    burning = instances.burn(rows)
    left = wish.max_usd_per_hour - burning
    fitting = [offer for offer in found if offers.price(offer) <= left + _NOTHING]
    for offer in found:
        if offer not in fitting:
            attempts.missed(offer, f"is above the {left:.3f} USD/h that are left")
    if not fitting:
        cheapest = min(found, key=offers.price)
        refusal = over_cap(wish, burning, offers.price(cheapest), f"offer {cheapest['id']}", rows)
        raise InputError(f"{refusal} Nothing was rented.")
    return fitting


def over_cap(wish: Wish, burning: float, more: float, what: str, rows: t.Sequence[Row]) -> str:
    """The refusal with its numbers; ``more`` is what would come on top, in US dollars an hour."""
    running = f" ({instances.told(rows)})" if rows else ""
    return (
        f"{wish.label} was refused: {what} costs {more:.3f} USD/h, the account's instances cost {burning:.3f} USD/h"
        f"{running}, together {burning + more:.3f} USD/h, and max_usd_per_hour is {wish.max_usd_per_hour:.3f}."
    )


def take_one(client: Client, wish: Wish, fitting: list[Offer], attempts: Attempts) -> tuple[int, Offer]:
    """The new instance's id and the offer that it came from. Raises RestError when none of the offers can be had."""
    for offer in fitting:
        made = _take(client, wish, offer)
        if made is not None:
            return made, offer
        attempts.missed(offer, "was rented by somebody else or left the market")
    raise RestError(
        f"None of the {len(fitting)} offers for {wish.label} could be had, all went to somebody else: {attempts.text()}. "
        "Run the task again, or widen the search."
    )


def _take(client: Client, wish: Wish, offer: Offer) -> int | None:
    """None when the offer is sold. A lost answer is looked for by label before anything is asked again."""
    problem: RestError | None = None
    for _ in range(_TRIES):
        try:
            answer = client.put(
                f"/api/v0/asks/{offer['id']}/", _body(wish), doing=_doing(wish, offer), repeatable=False
            )
            if answer.get("new_contract"):
                return int(answer["new_contract"])
            problem = RestError(f"Vast rented offer {offer['id']} without naming the instance.")
        except ApiError as error:
            if not error.unsure and error.sold:
                return None
            problem = error
        except RestError as error:
            problem = error
        if isinstance(problem, ApiError) and not unsure(problem):
            raise problem
        made = _look_for(client, wish)
        if made is not None:
            return made
    raise problem or RestError("unreachable")


def _look_for(client: Client, wish: Wish) -> int | None:
    for pause in _LOOKS:
        time.sleep(pause * wish.poll)
        rows = instances.labelled(instances.listed(client), wish.label)
        if rows:
            return int(rows[0]["id"])
    return None


def _doing(wish: Wish, offer: Offer) -> str:
    return f"renting offer {offer['id']} for {wish.label}"


def _body(wish: Wish) -> dict[str, t.Any]:
    """PUT /api/v0/asks/{id}/. No key of the account is ever handed to the machine."""
    what = {"template_hash_id": wish.template_hash} if wish.template_hash else {"image": wish.image}
    return {
        "client_id": "me",
        **what,
        "label": wish.label,
        "disk": wish.disk_gb,
        "runtype": "ssh_direc ssh_proxy",
        "env": {},
        # an error instead of a stopped instance that waits, and costs, for ever
        "cancel_unavail": True,
        "force": False,
    }
