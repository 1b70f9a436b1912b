# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is asked of an offer: each term as a filter of Vast's search and as a sentence about an offer that misses it.

Fields and units: POST /api/v0/bundles/ of the provider's client (memory in MB of 1000 to the GB, duration in seconds,
compute capability times 100, driver versions as one number with three digits a part).
"""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import InputError

Offer = dict[str, t.Any]
Options = t.Mapping[str, t.Any]

ORDERS: dict[str, list[list[str]]] = {
    "price": [["dph_total", "asc"], ["reliability", "desc"]],
    "reliability": [["reliability", "desc"], ["dph_total", "asc"]],
    "performance": [["dlperf_per_dphtotal", "desc"], ["dph_total", "asc"]],
}


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """The options of vast_offer_info, which are the keys of search in vast_instance."""
    return {
        "gpu": {"type": "list", "elements": "str"},
        "gpus": {"type": "int"},
        "gpu_memory_gb": {"type": "float"},
        "cpu_cores": {"type": "float"},
        "memory_gb": {"type": "float"},
        "disk_gb": {"type": "float", "default": 32.0},
        "reliability": {"type": "float", "default": 0.95},
        "driver": {"type": "str"},
        "cuda": {"type": "float"},
        "compute_capability": {"type": "float"},
        "countries": {"type": "list", "elements": "str"},
        "not_countries": {"type": "list", "elements": "str"},
        "max_usd_per_hour": {"type": "float"},
        "vm": {"type": "bool", "default": True},
        "verified": {"type": "bool", "default": True},
        "datacenter": {"type": "bool"},
        "static_ip": {"type": "bool"},
        "direct_ports": {"type": "int"},
        "inet_down_mbps": {"type": "float"},
        "inet_up_mbps": {"type": "float"},
        "min_days": {"type": "float"},
        "machines_excluded": {"type": "list", "elements": "int"},
        "order": {"type": "str", "choices": list(ORDERS), "default": "price"},
        "limit": {"type": "int", "default": 10},
    }


@dataclasses.dataclass(frozen=True)
class Term:
    """One option as Vast's filter.

    Attributes:
        field: Vast's field of an offer.
        operator: gte, lte, eq, in or notin.
        reason: what is said of an offer that misses it; {has} and {asked} are filled in.
        asked: the option's value as Vast counts it.
        has: the offer's value as Vast counts it, None when the offer does not say.
        scale: what Vast's number is divided by for people.

    """

    field: str
    operator: str
    reason: str
    asked: t.Callable[[t.Any], t.Any] = lambda value: value
    has: t.Callable[[Offer], t.Any] | None = None
    scale: float = 1.0

    def value(self, offer: Offer) -> t.Any:
        return self.has(offer) if self.has is not None else offer.get(self.field)

    def missed(self, offer: Offer, option: t.Any) -> str | None:
        """Why the offer misses the term, None when it does not. What an offer does not say counts as met."""
        has, asked = self.value(offer), self.asked(option)
        if has is None or _holds(self.operator, has, asked):
            return None
        return self.reason.format(has=self._shown(has), asked=self._shown(asked))

    def _shown(self, value: t.Any) -> str:
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return f"{value / self.scale:.6g}"
        return str(value)


def _holds(operator: str, has: t.Any, asked: t.Any) -> bool:
    if operator == "gte":
        return bool(has >= asked)
    if operator == "lte":
        return bool(has <= asked)
    if operator == "in":
        return has in asked
    if operator == "notin":
        return has not in asked
    return bool(has == asked)


def gpu_names(names: t.Iterable[str]) -> list[str]:
    """Names as Vast writes them: people also write RTX_4090, as the provider's client does."""
    return [name.replace("_", " ").strip() for name in names]


def driver_number(version: str) -> int:
    """570.124.06 as 570124006, which Vast compares. Raises InputError."""
    parts = version.split(".")
    if not 1 <= len(parts) <= 3 or not all(part.isdigit() and len(part) <= 3 for part in parts):
        raise InputError(f"driver must be a version such as 570 or 570.124.06, not {version!r}.")
    return int("".join(part.zfill(3) for part in [*parts, "0", "0"][:3]))


def country(offer: Offer) -> str | None:
    """The code that ends a place such as "Texas, US"."""
    place = str(offer.get("geolocation") or "")
    return place.rpartition(",")[2].strip().upper() or None


def reliability(offer: Offer) -> float | None:
    found = offer.get("reliability")
    return t.cast("float | None", offer.get("reliability2") if found is None else found)


def _driver(offer: Offer) -> int | None:
    try:
        return driver_number(str(offer["driver_version"]))
    except (KeyError, InputError):
        return None


def _verified(offer: Offer) -> bool | None:
    if "verification" in offer:
        return bool(offer["verification"] == "verified")
    return t.cast("bool | None", offer.get("verified"))


def _codes(names: list[str]) -> list[str]:
    """Raises InputError, for example at an unquoted NO, which YAML takes for false."""
    wrong = [name for name in names if not (len(name) == 2 and name.isascii() and name.isalpha())]
    if wrong:
        raise InputError(
            f"countries are codes of two letters, in quotes where YAML sees something else, not {wrong[0]!r}."
        )
    return [name.upper() for name in names]


def _thousand(value: float) -> float:
    return value * 1000.0


TERMS: dict[str, Term] = {
    "gpu": Term("gpu_name", "in", "its GPU is {has}", asked=gpu_names),
    "gpus": Term("num_gpus", "eq", "has {has} GPUs"),
    "vm": Term("vms_enabled", "eq", "cannot run a virtual machine", has=lambda offer: bool(offer.get("vms_enabled"))),
    "verified": Term("verified", "eq", "is not verified", has=_verified),
    "gpu_memory_gb": Term("gpu_ram", "gte", "has {has} GB a GPU", asked=_thousand, scale=1000.0),
    "cpu_cores": Term("cpu_cores_effective", "gte", "has {has} CPU cores"),
    "memory_gb": Term("cpu_ram", "gte", "has {has} GB of memory", asked=_thousand, scale=1000.0),
    "disk_gb": Term("disk_space", "gte", "has {has} GB of disk"),
    "reliability": Term("reliability", "gte", "has reliability {has}", has=reliability),
    "driver": Term("driver_version", "gte", "has an older driver", asked=driver_number, has=_driver),
    "cuda": Term("cuda_max_good", "gte", "has CUDA {has} at most"),
    "compute_capability": Term(
        "compute_cap", "gte", "has compute capability {has}", asked=lambda value: round(value * 100), scale=100.0
    ),
    "countries": Term("geolocation", "in", "is in {has}", asked=_codes, has=country),
    "not_countries": Term("geolocation", "notin", "is in {has}", asked=_codes, has=country),
    "max_usd_per_hour": Term("dph_total", "lte", "costs {has} USD/h"),
    "datacenter": Term("datacenter", "eq", "datacenter is {has}"),
    "static_ip": Term("static_ip", "eq", "static_ip is {has}"),
    "direct_ports": Term("direct_port_count", "gte", "has {has} direct ports"),
    "inet_down_mbps": Term("inet_down", "gte", "downloads at {has} Mb/s"),
    "inet_up_mbps": Term("inet_up", "gte", "uploads at {has} Mb/s"),
    "min_days": Term(
        "duration", "gte", "can be had for {has} days", asked=lambda value: value * 86400.0, scale=86400.0
    ),
    "machines_excluded": Term("machine_id", "notin", "its machine is excluded"),
}

# What an offer is before anything else is asked of it.
_KIND = ("gpu", "gpus")


def given(options: Options) -> dict[str, t.Any]:
    """The terms that the options state. A vm or verified that is false asks for nothing."""
    asked = {name: options[name] for name in TERMS if options.get(name) not in (None, [])}
    return {name: value for name, value in asked.items() if not (name in ("vm", "verified") and value is False)}


def query(options: Options, *, kind_alone: bool = False) -> dict[str, t.Any]:
    """The body of the search: all terms, or with ``kind_alone`` only which GPU and how many."""
    body: dict[str, t.Any] = {"external": {"eq": False}, "rentable": {"eq": True}, "rented": {"eq": False}}
    for name, value in given(options).items():
        if kind_alone and name not in _KIND:
            continue
        term = TERMS[name]
        body.setdefault(term.field, {})[term.operator] = term.asked(value)
    return {
        **body,
        "type": "on-demand",
        "order": ORDERS[options["order"]],
        "allocated_storage": options["disk_gb"],
    }


def reasons(offer: Offer, options: Options) -> list[str]:
    """Why the offer is not what is asked; empty when it is."""
    found = (TERMS[name].missed(offer, value) for name, value in given(options).items())
    return [reason for reason in found if reason is not None]
