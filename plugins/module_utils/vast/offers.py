# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Offers of Vast's market: searching them, telling them, and saying why others are not among them."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from . import terms
from .client import Client
from .terms import Offer, Options

# More than this Vast does not answer to one search.
_MOST = 64


@dataclasses.dataclass(frozen=True)
class Found:
    """What a search gave.

    Attributes:
        offers: those that fit, the best first, as Vast tells them.
        excluded: others of the same GPU and count with their reasons; empty when it was not asked why.

    """

    offers: list[Offer]
    excluded: list[tuple[Offer, list[str]]]


def search(client: Client, options: Options) -> list[Offer]:
    """POST /api/v0/bundles/: the offers that fit, the best first. Raises RestError."""
    body = {**terms.query(options), "limit": min(_MOST, max(options["limit"], 1))}
    answer = client.post("/api/v0/bundles/", body, doing="searching offers")
    fitting = [offer for offer in answer.get("offers") or [] if not terms.reasons(offer, options)]
    return ordered(fitting, options["order"])[: options["limit"]]


def explained(client: Client, options: Options, *, why: bool = True) -> Found:
    """The offers that fit, and why others of this GPU and count do not: a second search without the other terms."""
    fitting = search(client, options)
    if not why:
        return Found(fitting, [])
    body = {**terms.query(options, kind_alone=True), "limit": _MOST}
    answer = client.post("/api/v0/bundles/", body, doing="searching offers that do not fit")
    known = {offer["id"] for offer in fitting}
    others = [
        (offer, terms.reasons(offer, options)) for offer in answer.get("offers") or [] if offer["id"] not in known
    ]
    return Found(fitting, [(offer, missed) for offer, missed in others if missed])


def ordered(offers: list[Offer], order: str) -> list[Offer]:
    """The best first, in an order that does not depend on the answer's."""

    def place(offer: Offer) -> tuple[float, ...]:
        keys = (
            (-1.0 if direction == "desc" else 1.0) * float(offer.get(field) or 0.0)
            for field, direction in terms.ORDERS[order]
        )
        return (*keys, float(offer["id"]))

    return sorted(offers, key=place)


def price(offer: Offer) -> float:
    """US dollars an hour with the disk that was asked for."""
    return float(offer["dph_total"])


def view(offer: Offer) -> dict[str, t.Any]:
    """The offer for people: GB, codes of countries, days."""
    return {
        "id": offer["id"],
        "machine_id": offer.get("machine_id"),
        "host_id": offer.get("host_id"),
        "gpu_name": offer.get("gpu_name"),
        "num_gpus": offer.get("num_gpus"),
        "gpu_memory_gb": _gigabytes(offer.get("gpu_ram")),
        "cpu_cores": offer.get("cpu_cores_effective"),
        "memory_gb": _gigabytes(offer.get("cpu_ram")),
        "disk_gb": offer.get("disk_space"),
        "usd_per_hour": round(price(offer), 6),
        "reliability": terms.reliability(offer),
        "driver": offer.get("driver_version"),
        "cuda": offer.get("cuda_max_good"),
        "country": terms.country(offer),
        "inet_down_mbps": offer.get("inet_down"),
        "inet_up_mbps": offer.get("inet_up"),
        "days": _rounded(offer.get("duration"), 86400.0),
        "vm": bool(offer.get("vms_enabled")),
    }


def excluded_view(offer: Offer, why: list[str]) -> dict[str, t.Any]:
    shown = view(offer)
    return {**{name: shown[name] for name in ("id", "gpu_name", "num_gpus", "country", "usd_per_hour")}, "reasons": why}


def summary(found: Found, options: Options) -> str:
    """How many fit and what excluded the others, in one sentence or two."""
    wanted = kind(options)
    if not found.offers and not found.excluded:
        return f"Nobody offers {wanted} at the moment. Check the name of the GPU and their number."
    everything = len(found.offers) + len(found.excluded)
    text = f"{len(found.offers)} of {everything} offers of {wanted} fit."
    if not found.excluded:
        return text
    counted = collections.Counter(
        name
        for offer, _why in found.excluded
        for name, value in terms.given(options).items()
        if terms.TERMS[name].missed(offer, value)
    )
    told = ", ".join(f"{count} by {name}" for name, count in counted.most_common())
    return f"{text} Excluded: {told}.{_nearest(found, options)}"


def kind(options: Options) -> str:
    names = " or ".join(terms.gpu_names(options.get("gpu") or [])) or "any GPU"
    return f"{options['gpus']} x {names}" if options.get("gpus") else names


def _nearest(found: Found, options: Options) -> str:
    """The excluded offer with the fewest reasons, when nothing fits."""
    if found.offers:
        return ""
    offer, why = min(found.excluded, key=lambda pair: (len(pair[1]), price(pair[0]), pair[0]["id"]))
    return f" The nearest is offer {offer['id']} at {price(offer):.3f} USD/h, which {', '.join(why)}."


def _gigabytes(megabytes: float | None) -> float | None:
    return _rounded(megabytes, 1000.0)


def _rounded(value: float | None, scale: float) -> float | None:
    return None if value is None else round(float(value) / scale, 1)


__all__ = ("Found", "Offer", "excluded_view", "explained", "kind", "ordered", "price", "search", "summary", "view")
