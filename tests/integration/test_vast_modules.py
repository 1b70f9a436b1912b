# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The other modules for Vast against the emulated provider."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from emulator.vast import Emulator, Fault
from vast_fixture.modules import OWNER, PUBLIC_KEY, Person

from ansible_collections.inference.platform.plugins.module_utils.rest import client as rest_client
from ansible_collections.inference.platform.plugins.module_utils.vast import volumes

NAME = f"inference-platform/{OWNER}/demo"
VOLUME = f"{NAME}/models"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has to wait for an emulated provider to recover."""
    monkeypatch.setattr(rest_client, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(volumes, "LOOK", 0.01)


@pytest.fixture
def alice(vast: Emulator, tmp_path: pathlib.Path) -> Person:
    return Person(vast, tmp_path)


def writes(vast: Emulator) -> list[str]:
    lines = [f"{call.method} {call.path}" for call in vast.calls if call.method != "GET"]
    return [line for line in lines if "/bundles/" not in line and "/search/" not in line]


def found(result: dict[str, t.Any]) -> list[int]:
    return [offer["id"] for offer in result["offers"]]


ONE_4090 = {"gpu": ["RTX 4090"], "gpus": 1}


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (ONE_4090, [4200001, 4200002, 4200006]),
        ({**ONE_4090, "gpu": ["RTX_4090"]}, [4200001, 4200002, 4200006]),
        ({**ONE_4090, "vm": False}, [4200004, 4200001, 4200002, 4200006]),
        ({**ONE_4090, "order": "reliability"}, [4200006, 4200001, 4200002]),
        ({**ONE_4090, "countries": ["no", "IS"]}, [4200002, 4200006]),
        ({**ONE_4090, "not_countries": ["SE"]}, [4200002, 4200006]),
        ({**ONE_4090, "driver": "560"}, [4200002, 4200006]),
        ({**ONE_4090, "cuda": 12.8}, [4200002, 4200006]),
        ({**ONE_4090, "datacenter": True}, [4200006]),
        ({**ONE_4090, "max_usd_per_hour": 0.35}, [4200001]),
        ({**ONE_4090, "machines_excluded": [301, 302]}, [4200006]),
        ({**ONE_4090, "limit": 1}, [4200001]),
        ({"gpu": ["RTX 3090"], "disk_gb": 100}, [4200007]),
        ({"gpu": ["RTX 3090"], "verified": False, "reliability": 0.8}, [4200009, 4200008, 4200007]),
        ({"gpu_memory_gb": 70, "max_usd_per_hour": 3}, [4200012]),
        ({"compute_capability": 12.0}, [4200010]),
        ({"cpu_cores": 100, "memory_gb": 900, "direct_ports": 50, "static_ip": True, "min_days": 20}, [4200011]),
        ({"inet_down_mbps": 5000}, []),
    ],
)
def test_offers_are_those_that_fit_and_the_best_comes_first(
    alice: Person, options: dict[str, t.Any], ids: list[int]
) -> None:
    assert found(alice("offer_info", **options)) == ids


def test_every_offer_that_is_left_out_says_why(alice: Person) -> None:
    result = alice("offer_info", **ONE_4090, countries=["SE", "CN"], max_usd_per_hour=0.4)
    assert found(result) == [4200001]
    why = {one["id"]: one["reasons"] for one in result["excluded"]}
    assert why.keys() == {4200002, 4200003, 4200004, 4200006}
    assert why[4200003] == ["cannot run a virtual machine", "has reliability 0.9312"]
    assert why[4200006] == ["is in IS", "costs 0.456667 USD/h"]
    assert result["summary"].startswith("1 of 5 offers of 1 x RTX 4090 fit.")
    assert "3 by countries" in result["summary"]


def test_a_search_without_an_explanation_asks_once(vast: Emulator, alice: Person) -> None:
    result = alice("offer_info", **ONE_4090, countries=["XX"], explain=False)
    assert (result["offers"], result["excluded"], len(vast.calls)) == ([], [], 1)


def test_a_price_holds_the_disk_that_is_asked_for(alice: Person) -> None:
    small, large = (alice("offer_info", **ONE_4090, disk_gb=gb)["offers"][0]["usd_per_hour"] for gb in (10, 400))
    assert large - small == pytest.approx(390 * 0.15 / 720, abs=1e-5)


def test_instances_are_read_by_label_and_platform(vast: Emulator, alice: Person) -> None:
    alice.add_key()
    alice.instance()
    alice.instance(label=f"inference-platform/{OWNER}/other/node-1")
    assert len(alice("instance_info")["instances"]) == 2
    demo = alice("instance_info", platform="demo")
    assert [one["label"] for one in demo["instances"]] == [alice.label]
    assert demo["usd_per_hour"] == pytest.approx(vast.burning() - 0.380833, abs=1e-4)
    assert demo["account_usd_per_hour"] == pytest.approx(vast.burning(), abs=1e-4)
    assert alice("instance_info", label=alice.label)["instances"] == demo["instances"]
    assert "mutually exclusive" in alice("instance_info", label=alice.label, platform="demo")["msg"]


def test_an_ssh_key_is_added_once_and_taken_away(vast: Emulator, alice: Person) -> None:
    planned = alice("ssh_key", check=True, public_key=PUBLIC_KEY, name=NAME)
    assert (planned["changed"], planned["key"]["name"], writes(vast)) == (True, NAME, [])
    added = alice("ssh_key", public_key=PUBLIC_KEY, name=NAME)
    assert (added["changed"], added["key"]["name"]) == (True, NAME)
    other_comment = PUBLIC_KEY.rpartition(" ")[0] + " laptop"
    assert alice("ssh_key", public_key=other_comment)["changed"] is False
    assert alice("ssh_key", public_key=PUBLIC_KEY, state="absent", check=True)["changed"]
    gone = alice("ssh_key", public_key=other_comment, state="absent")
    assert (gone["changed"], gone["key"], vast.account.keys) == (True, {}, {})
    assert alice("ssh_key", public_key=PUBLIC_KEY, state="absent")["changed"] is False


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"public_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n"}, "holds a private key"),
        ({"public_key": "hello"}, "must be one public key"),
        ({"public_key": PUBLIC_KEY, "name": "a\nb"}, "name must be one line"),
    ],
)
def test_what_is_no_public_key_is_refused(vast: Emulator, alice: Person, options: dict[str, t.Any], text: str) -> None:
    assert text in alice("ssh_key", **options)["msg"]
    assert vast.calls == []


@pytest.mark.parametrize("kind", ["429", "500", "timeout", "reset", "lost_answer"])
def test_an_ssh_key_whose_request_fails_once_is_there_once(vast: Emulator, alice: Person, kind: str) -> None:
    vast.inject(Fault(kind, method="POST", path="/ssh/"))
    assert alice("ssh_key", public_key=PUBLIC_KEY, request_timeout=0.3)["changed"]
    assert len(vast.account.keys) == 1


def test_an_ssh_key_whose_removal_got_no_answer_is_gone(vast: Emulator, alice: Person) -> None:
    alice("ssh_key", public_key=PUBLIC_KEY)
    vast.inject(Fault("lost_answer", method="DELETE", path="/ssh/"))
    assert alice("ssh_key", public_key=PUBLIC_KEY, state="absent")["changed"]
    assert vast.account.keys == {}


def test_a_volume_is_rented_once_and_given_back(vast: Emulator, alice: Person) -> None:
    wish = {"name": VOLUME, "size_gb": 20, "machine_id": 304, "max_usd_per_gb_month": 0.2}
    planned = alice("volume", check=True, **wish)
    assert (planned["changed"], planned["offer"]["machine_id"], writes(vast)) == (True, 304, [])
    made = alice("volume", **wish)
    assert (made["changed"], made["volume"]["size_gb"], made["volume"]["machine_id"]) == (True, 20, 304)
    assert alice("volume", **wish)["changed"] is False
    assert "has 20 GB and 30 are asked for" in alice("volume", **{**wish, "size_gb": 30})["msg"]
    assert "is on machine 304 and 302" in alice("volume", **{**wish, "machine_id": 302})["msg"]
    assert alice("volume", name=VOLUME, state="absent", check=True)["changed"]
    assert vast.burning() == 0
    gone = alice("volume", name=VOLUME, state="absent")
    assert (gone["changed"], gone["volume"], [bill.ended for bill in vast.bill()]) == (True, {}, [True])
    assert alice("volume", name=VOLUME, state="absent")["changed"] is False


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "models", "size_gb": 10}, "name must look like"),
        ({"name": "inference-platform/bob@lap/demo/models", "state": "absent"}, "belongs to 'bob@lap'"),
        ({"name": VOLUME}, "size_gb"),
        ({"name": VOLUME, "size_gb": 100000}, "Nobody offers 100000 GB"),
        ({"name": VOLUME, "size_gb": 10, "max_usd_per_gb_month": 0.01}, "for 0.01 USD per GB and month"),
    ],
)
def test_a_volume_that_cannot_be_had_is_told(
    vast: Emulator, alice: Person, options: dict[str, t.Any], text: str
) -> None:
    assert text in alice("volume", **options)["msg"]
    assert writes(vast) == []


@pytest.mark.parametrize("kind", ["429", "500", "timeout", "reset", "lost_answer"])
def test_a_volume_whose_request_fails_once_is_there_once(vast: Emulator, alice: Person, kind: str) -> None:
    vast.inject(Fault(kind, method="PUT", path="/volumes/"))
    assert alice("volume", name=VOLUME, size_gb=10, request_timeout=0.3)["changed"]
    assert len(vast.bill()) == 1


@pytest.mark.parametrize("name", ["offer_info", "instance_info", "ssh_key", "volume"])
@pytest.mark.parametrize("kind", ["429", "500", "timeout", "reset"])
def test_a_provider_that_stays_away_is_named_after_the_retries(
    vast: Emulator, alice: Person, name: str, kind: str
) -> None:
    needed = {"ssh_key": {"public_key": PUBLIC_KEY}, "volume": {"name": VOLUME, "size_gb": 10}}
    vast.inject(Fault(kind, times=0))
    result = alice(name, retries=1, request_timeout=0.2, **needed.get(name, {}))
    assert result["failed"]
    assert f"Vast at {vast.url}" in result["msg"]
    assert len(vast.calls) == 2


@pytest.mark.parametrize("name", ["offer_info", "instance_info", "ssh_key", "volume"])
def test_a_wrong_key_is_named_at_once(vast: Emulator, alice: Person, name: str) -> None:
    needed = {"ssh_key": {"public_key": PUBLIC_KEY}, "volume": {"name": VOLUME, "size_gb": 10}}
    result = alice(name, api_key="wrong one", **needed.get(name, {}))
    assert "Check the API key" in result["msg"]
    assert len(vast.calls) == 1
