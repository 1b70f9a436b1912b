# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Instances of the account: listing, telling, what they cost, and the few requests that change them.

GET /api/v1/instances/ (pages of 25), PUT and DELETE /api/v0/instances/{id}/.
"""

from __future__ import annotations

import json
import time
import typing as t

from . import labels, terms
from .client import Client
from .errors import RestError

Row = dict[str, t.Any]
# GPU charges have ended in these; a disk goes on costing.
_HALTED = ("stopped", "exited")


def listed(client: Client) -> list[Row]:
    """All instances of the account, the oldest first. One listing serves identity, burn cap and waiting. Raises RestError."""
    rows: list[Row] = []
    query: dict[str, str | int] = {
        "select_filters": json.dumps({}),
        "order_by": json.dumps([{"col": "id", "dir": "asc"}]),
        "limit": 25,
    }
    while True:
        page = client.get("/api/v1/instances/", query, doing="listing the account's instances")
        rows += page.get("instances") or []
        following = page.get("next_token")
        if not following:
            return sorted(rows, key=lambda row: int(row["id"]))
        query["after_token"] = str(following)


def labelled(rows: t.Iterable[Row], label: str) -> list[Row]:
    return [row for row in rows if (row.get("label") or "").strip() == label]


def owned(rows: t.Iterable[Row], owner: str, *, platform: str | None = None, label: str | None = None) -> list[Row]:
    """The owner's instances, of one platform or with one label when these are given."""
    found = []
    for row in rows:
        named = labels.parse((row.get("label") or "").strip())
        if named is None or named.owner != owner:
            continue
        if platform in (None, named.platform) and label in (None, str(named)):
            found.append(row)
    return found


def destroy_one(client: Client, row: Row) -> None:
    client.delete(f"/api/v0/instances/{row['id']}/", doing=f"destroying instance {row['id']}")


def set_state(client: Client, row: Row, state: str) -> None:
    """PUT /api/v0/instances/{id}/ with running or stopped."""
    doing = f"asking instance {row['id']} to be {state}"
    client.put(f"/api/v0/instances/{row['id']}/", {"state": state}, doing=doing)


def destroy(client: Client, label: str, *, patience: float, pause: float = 2.0, linger: float = 0.0) -> list[int]:
    """Destroys every instance with the label and looks until none is listed any more.

    Args:
        patience: seconds for which errors of Vast and instances that are still listed are borne with.
        linger: seconds for which to go on looking when none is listed, after a rent whose answer is not known.

    Returns the ids. Raises RestError when something is left, or when it cannot be known.

    """
    start = time.monotonic()
    gone: set[int] = set()
    tries = 0
    while True:
        try:
            rows = labelled(listed(client), label)
            if not rows and (gone or time.monotonic() >= start + linger):
                return sorted(gone)
            for row in rows:
                destroy_one(client, row)
                gone.add(int(row["id"]))
            problem = RestError(f"Vast still lists {told(rows)}." if rows else "Its rent was not answered.")
        except RestError as error:
            problem = error
        if time.monotonic() >= start + patience:
            raise RestError(
                f"What has the label {label!r} could not be destroyed and may cost money: {problem} "
                "Run the task with state: absent, or destroy it where Vast shows the account's instances."
            ) from problem
        # the first look after a destroy finds nothing in general, so there is no pause before it
        time.sleep(pause if tries else 0.0)
        tries += 1


def halted(row: Row) -> bool:
    """Whether it is meant not to run."""
    return row.get("intended_status") == "stopped"


def usd_per_hour(row: Row) -> float:
    """What the instance costs an hour: all of it, or when it is stopped its disk."""
    total = float(row.get("dph_total") or 0.0)
    if not (halted(row) and row.get("actual_status") in _HALTED):
        return total
    disk = row.get("storage_total_cost")
    if disk is not None:
        return float(disk)
    base = row.get("dph_base")
    return total if base is None else max(0.0, total - float(base))


def burn(rows: t.Iterable[Row]) -> float:
    """US dollars an hour of all of them."""
    return sum((usd_per_hour(row) for row in rows), 0.0)


def address(row: Row) -> tuple[str, int] | None:
    """Host and port of ssh as the provider's client finds them: the mapped port of the machine, else Vast's proxy."""
    ports = row.get("ports")
    mapped = ports.get("22/tcp") if isinstance(ports, dict) else None
    if mapped and row.get("public_ipaddr"):
        return str(row["public_ipaddr"]).strip(), int(mapped[0]["HostPort"])
    if row.get("ssh_host") and row.get("ssh_port"):
        return str(row["ssh_host"]).strip(), int(row["ssh_port"])
    return None


def view(row: Row) -> dict[str, t.Any]:
    """The instance for people; nothing that opens it, such as tokens, is in it."""
    host, port = address(row) or (None, None)
    return {
        "id": int(row["id"]),
        "label": (row.get("label") or "").strip() or None,
        "status": row.get("actual_status") or "provisioning",
        "intended_status": row.get("intended_status"),
        "status_message": (row.get("status_msg") or "").strip(),
        "ssh_host": host,
        "ssh_port": port,
        "usd_per_hour": round(usd_per_hour(row), 6),
        "gpu_name": row.get("gpu_name"),
        "num_gpus": row.get("num_gpus"),
        "gpu_memory_gb": _gigabytes(row.get("gpu_ram")),
        "cpu_cores": row.get("cpu_cores_effective"),
        "memory_gb": _gigabytes(row.get("cpu_ram")),
        "disk_gb": row.get("disk_space"),
        "driver": row.get("driver_version"),
        "cuda": row.get("cuda_max_good"),
        "country": terms.country(row),
        "machine_id": row.get("machine_id"),
        "host_id": row.get("host_id"),
        "image": row.get("image_uuid"),
        "started_at": row.get("start_date"),
    }


def told(rows: t.Iterable[Row]) -> str:
    """The instances in a few words, for messages."""
    return ", ".join(f"instance {row['id']} ({usd_per_hour(row):.3f} USD/h, {row.get('label')})" for row in rows)


def _gigabytes(megabytes: float | None) -> float | None:
    return None if megabytes is None else round(float(megabytes) / 1000.0, 1)
