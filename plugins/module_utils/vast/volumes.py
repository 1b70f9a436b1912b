# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Local volumes: disk on one host's machine that outlives instances. Their name is their identity, as labels are elsewhere.

POST /api/v0/volumes/search/, PUT, GET and DELETE /api/v0/volumes/.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .client import Client
from .errors import ApiError, InputError, RestError, unsure

Row = dict[str, t.Any]
_HOURS_OF_MONTH = 30 * 24
# How often one offer is asked for when answers get lost, and seconds between looks for it.
_TRIES = 3
LOOK = 1.0


@dataclasses.dataclass(frozen=True)
class Wish:
    """A volume to have; size in GB, price in US dollars for a GB and month, None for any."""

    label: str
    size_gb: int
    machine_id: int | None
    max_usd_per_gb_month: float | None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was done, or would be in check mode; empty rows where there is no volume."""

    before: Row
    after: Row
    offer: Row = dataclasses.field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.before != self.after


def listed(client: Client) -> list[Row]:
    """All volumes of the account, the oldest first."""
    answer = client.get("/api/v0/volumes", {"owner": "me", "type": "all_volume"}, doing="listing the account's volumes")
    return sorted(answer.get("volumes") or [], key=lambda row: int(row["id"]))


def named(rows: t.Iterable[Row], label: str) -> list[Row]:
    return [row for row in rows if label in (row.get("label"), row.get("name"))]


def view(row: Row) -> dict[str, t.Any]:
    return {
        "id": int(row["id"]),
        "name": row.get("label") or row.get("name"),
        "size_gb": row.get("disk_space", row.get("size")),
        "machine_id": row.get("machine_id"),
        "status": row.get("status"),
        "instances": row.get("instances") or [],
        "usd_per_hour": row.get("dph_total"),
    }


def present(client: Client, wish: Wish, *, check: bool) -> Outcome:
    """There is a volume of that name. Raises InputError when it is another one than asked for, as none can be changed."""
    found = named(listed(client), wish.label)
    if found:
        before = view(found[0])
        _refuse_another(wish, before)
        return Outcome(before, before)
    offer = _offer(client, wish)
    if check:
        size, machine = wish.size_gb, offer.get("machine_id")
        return Outcome({}, {"name": wish.label, "size_gb": size, "machine_id": machine}, offer_view(offer))
    return Outcome({}, view(_create(client, wish, offer)), offer_view(offer))


def absent(client: Client, label: str, *, check: bool) -> Outcome:
    """No volume has the name."""
    found = named(listed(client), label)
    for row in found if not check else []:
        client.delete("/api/v0/volumes/", {"id": int(row["id"])}, doing=f"deleting volume {row['id']} ({label})")
    left = named(listed(client), label) if found and not check else []
    if left:
        raise RestError(f"Vast still lists volume {left[0]['id']} ({label}) after its deletion.")
    return Outcome(view(found[0]) if found else {}, {})


def offer_view(offer: Row) -> dict[str, t.Any]:
    return {
        "id": offer["id"],
        "machine_id": offer.get("machine_id"),
        "usd_per_gb_month": offer.get("storage_cost"),
        "country": str(offer.get("geolocation") or "").rpartition(",")[2].strip() or None,
    }


def _refuse_another(wish: Wish, there: dict[str, t.Any]) -> None:
    wrong = []
    if there["size_gb"] is not None and int(there["size_gb"]) != wish.size_gb:
        wrong.append(f"has {there['size_gb']} GB and {wish.size_gb} are asked for")
    if wish.machine_id is not None and there["machine_id"] != wish.machine_id:
        wrong.append(f"is on machine {there['machine_id']} and {wish.machine_id} is asked for")
    if wrong:
        raise InputError(
            f"Volume {wish.label} exists with id {there['id']} and {' and '.join(wrong)}. A volume cannot be changed, so it "
            "was not touched. Delete it with state: absent first; its data goes with it."
        )


def _offer(client: Client, wish: Wish) -> Row:
    """The cheapest offer that fits. Raises InputError when there is none."""
    body: dict[str, t.Any] = {
        "verified": {"eq": True},
        "external": {"eq": False},
        "disk_space": {"gte": wish.size_gb},
        "order": [["storage_cost", "asc"]],
        "allocated_storage": wish.size_gb,
    }
    if wish.machine_id is not None:
        body["machine_id"] = {"eq": wish.machine_id}
    if wish.max_usd_per_gb_month is not None:
        body["storage_cost"] = {"lte": wish.max_usd_per_gb_month}
    found = client.post("/api/v0/volumes/search/", body, doing="searching disk space").get("offers") or []
    if not found:
        where = "" if wish.machine_id is None else f" on machine {wish.machine_id}"
        price = (
            ""
            if wish.max_usd_per_gb_month is None
            else f" for {wish.max_usd_per_gb_month} USD per GB and month at most"
        )
        raise InputError(f"Nobody offers {wish.size_gb} GB for volume {wish.label}{where}{price}.")
    return t.cast(Row, min(found, key=lambda row: (float(row.get("storage_cost") or 0.0), int(row["id"]))))


def _create(client: Client, wish: Wish, offer: Row) -> Row:
    """Rents the space once: after a lost answer the volume is looked for by name before it is asked for again."""
    body = {"id": int(offer["id"]), "size": wish.size_gb, "name": wish.label}
    problem: RestError = RestError(f"Vast took the request for volume {wish.label} and does not list it.")
    for _ in range(_TRIES):
        try:
            client.put("/api/v0/volumes/", body, doing=f"renting disk space for volume {wish.label}", repeatable=False)
        except ApiError as error:
            if not unsure(error):
                raise
            problem = error
        except RestError as error:
            problem = error
        for pause in (0.0, LOOK):
            time.sleep(pause)
            found = named(listed(client), wish.label)
            if found:
                return found[0]
    raise problem
