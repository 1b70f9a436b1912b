# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is asked of an offer and what is said of one that misses it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.vast import offers, terms
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client
from ansible_collections.inference.platform.plugins.module_utils.vast.errors import InputError

OFFER: dict[str, t.Any] = {
    "id": 7,
    "gpu_name": "RTX 4090",
    "num_gpus": 2,
    "gpu_ram": 24564,
    "cpu_ram": 64000,
    "cpu_cores_effective": 16.0,
    "disk_space": 500.0,
    "reliability2": 0.99,
    "driver_version": "570.86.15",
    "cuda_max_good": 12.8,
    "compute_cap": 890,
    "geolocation": "Texas, US",
    "dph_total": 0.8,
    "vms_enabled": True,
    "verification": "verified",
    "duration": 86400.0 * 10,
    "machine_id": 301,
}


def options(**given: t.Any) -> dict[str, t.Any]:
    defaults = {name: spec.get("default") for name, spec in terms.argument_spec().items()}
    return {**defaults, **given}


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({}, []),
        ({"gpu": ["RTX_4090", "H100"]}, []),
        ({"gpu": ["H100"]}, ["its GPU is RTX 4090"]),
        ({"gpus": 2}, []),
        ({"gpus": 1}, ["has 2 GPUs"]),
        ({"gpu_memory_gb": 24}, []),
        ({"gpu_memory_gb": 40}, ["has 24.564 GB a GPU"]),
        ({"memory_gb": 65}, ["has 64 GB of memory"]),
        ({"disk_gb": 501}, ["has 500 GB of disk"]),
        ({"reliability": 0.995}, ["has reliability 0.99"]),
        ({"driver": "570"}, []),
        ({"driver": "570.86.16"}, ["has an older driver"]),
        ({"cuda": 13.0}, ["has CUDA 12.8 at most"]),
        ({"compute_capability": 8.9}, []),
        ({"compute_capability": 9.0}, ["has compute capability 8.9"]),
        ({"countries": ["us"]}, []),
        ({"countries": ["CA"], "not_countries": ["US"]}, ["is in US", "is in US"]),
        ({"max_usd_per_hour": 0.5}, ["costs 0.8 USD/h"]),
        ({"min_days": 11}, ["can be had for 10 days"]),
        ({"machines_excluded": [301]}, ["its machine is excluded"]),
    ],
)
def test_an_offer_that_misses_a_term_says_how(given: dict[str, t.Any], reasons: list[str]) -> None:
    assert terms.reasons(OFFER, options(**given)) == reasons


def test_what_an_offer_does_not_say_is_left_to_the_provider_but_for_virtual_machines() -> None:
    assert terms.reasons({"id": 1}, options(cuda=12.0, countries=["DE"])) == ["cannot run a virtual machine"]
    assert terms.reasons({"id": 1}, options(vm=False)) == []


def test_the_query_counts_as_the_provider_does() -> None:
    body = terms.query(
        options(
            gpu=["RTX_4090"], gpu_memory_gb=24, driver="570.8", compute_capability=8.9, min_days=2, order="reliability"
        )
    )
    assert body["gpu_name"] == {"in": ["RTX 4090"]}
    assert body["gpu_ram"] == {"gte": 24000.0}
    assert body["driver_version"] == {"gte": 570008000}
    assert body["compute_cap"] == {"gte": 890}
    assert body["duration"] == {"gte": 172800.0}
    assert body["order"][0] == ["reliability", "desc"]
    assert body["allocated_storage"] == 32.0
    assert body["vms_enabled"] == body["rentable"] == body["verified"] == {"eq": True}
    assert body["rented"] == body["external"] == {"eq": False}


def test_two_terms_on_one_field_are_both_asked() -> None:
    body = terms.query(options(countries=["US", "CA"], not_countries=["CA"]))
    assert body["geolocation"] == {"in": ["US", "CA"], "notin": ["CA"]}


def test_the_search_without_terms_asks_for_the_kind_of_machine_alone() -> None:
    body = terms.query(options(gpu=["H100"], gpus=8, cuda=12.8), kind_alone=True)
    assert {"gpu_name", "num_gpus"} <= body.keys()
    assert not {"cuda_max_good", "vms_enabled", "verified", "reliability"} & body.keys()


@pytest.mark.parametrize("version", ["newest", "570.", "1.2.3.4", "5700.1", ""])
def test_a_driver_that_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(InputError, match="driver must be a version"):
        terms.driver_number(version)


@pytest.mark.parametrize("code", ["False", "Norway", "N1", ""])
def test_what_is_no_code_of_a_country_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="codes of two letters"):
        terms.query(options(not_countries=[code]))


def test_the_best_comes_first_and_equal_offers_keep_one_order() -> None:
    made = [{"id": number, "dph_total": price, "reliability": 0.9} for number, price in ((3, 0.2), (1, 0.2), (2, 0.1))]
    assert [offer["id"] for offer in offers.ordered(made, "price")] == [2, 1, 3]


class Market:
    """A provider that answers every search with the same, as if it did not know the filters."""

    def __init__(self, *found: dict[str, t.Any]) -> None:
        self.found = found

    def post(self, _path: str, _body: object, *, doing: str) -> t.Any:
        assert doing
        return {"offers": list(self.found)}


def test_an_answer_that_does_not_fit_is_not_believed() -> None:
    market = t.cast(Client, Market(OFFER, {**OFFER, "id": 8, "dph_total": 0.4}))
    found = offers.explained(market, options(max_usd_per_hour=0.5))
    assert [offer["id"] for offer in found.offers] == [8]
    assert [(offer["id"], why) for offer, why in found.excluded] == [(7, ["costs 0.8 USD/h"])]


def test_the_nearest_of_what_does_not_fit_is_named() -> None:
    market = t.cast(Client, Market(OFFER, {**OFFER, "id": 8, "cuda_max_good": 11.0, "dph_total": 0.1}))
    wish = options(gpu=["RTX 4090"], gpus=2, cuda=12.9, countries=["US"], driver="571", max_usd_per_hour=0.2)
    text = offers.summary(offers.explained(market, wish), wish)
    assert text.startswith(
        "0 of 2 offers of 2 x RTX 4090 fit. Excluded: 2 by driver, 2 by cuda, 1 by max_usd_per_hour."
    )
    assert text.endswith("The nearest is offer 8 at 0.100 USD/h, which has an older driver, has CUDA 11 at most.")
