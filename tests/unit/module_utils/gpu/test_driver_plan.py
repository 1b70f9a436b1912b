# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is done about a host's driver depends on what is there, and never more than needed."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.gpu.driver_facts import HostFacts
from ansible_collections.inference.platform.plugins.module_utils.gpu.driver_plan import Plan, Wanted, as_data, plan

BARE = HostFacts(
    cards=[("0000:01:00.0", 0x2684)],
    nvswitches=0,
    loaded="",
    loaded_open=False,
    library="",
    nouveau=True,
    secure_boot=False,
    kernel="6.1.0-18-amd64",
    distribution="debian12",
    initramfs_stale=False,
    fabric_version="",
    units=[],
    described=False,
)
WORKING = dataclasses.replace(BARE, loaded="570.86.15", library="570.86.15", nouveau=False)
OURS = dataclasses.replace(BARE, loaded="580.159.04", loaded_open=True, library="580.159.04", nouveau=False)


def planned(facts: HostFacts, wanted: Wanted | None = None, **changed: t.Any) -> Plan:
    return plan(dataclasses.replace(facts, **changed), wanted or Wanted())


def test_without_a_card_nothing_is_done() -> None:
    found = planned(BARE, cards=[], nouveau=True, secure_boot=True)
    assert (found.action, found.problem, found.restart) == ("none", "", "")
    assert "no NVIDIA card" in found.message


def test_a_bare_card_gets_the_driver_and_nouveau_costs_a_restart() -> None:
    found = planned(BARE)
    assert found.action == "install"
    assert found.packages == ("nvidia-driver-cuda", "nvidia-persistenced", "nvidia-kernel-open-dkms")
    assert found.pin == ("nvidia-driver-pinning-580",)
    assert found.restart == "the kernel's own module nouveau holds the cards"
    assert "1 x 10de:2684 (ada)" in found.message


def test_without_nouveau_no_restart_is_needed() -> None:
    assert planned(BARE, nouveau=False).restart == ""


@pytest.mark.parametrize("facts", [WORKING, OURS])
def test_a_driver_that_works_is_kept(facts: HostFacts) -> None:
    found = planned(facts, secure_boot=True, distribution="nixos2411")
    assert (found.action, found.problem, found.restart, found.packages) == ("keep", "", "", ())
    assert f"driver {facts.loaded} is there and is kept" in found.message


def test_a_driver_that_was_updated_on_disk_costs_a_restart_and_nothing_else() -> None:
    found = planned(WORKING, library="570.133.20")
    assert (found.action, found.restart) == ("keep", "module 570.86.15 is loaded, and 570.133.20 is installed")


def test_another_driver_that_is_not_loaded_yet_is_kept_too() -> None:
    assert planned(WORKING, loaded="").action == "keep"


def test_a_run_that_broke_off_after_the_packages_goes_on() -> None:
    found = planned(BARE, library="580.159.04")
    assert (found.action, bool(found.restart)) == ("install", True)


@pytest.mark.parametrize(
    ("facts", "changed", "action"),
    [
        (WORKING, {}, "install"),
        (OURS, {}, "keep"),
        (OURS, {"loaded_open": False}, "install"),
        (OURS, {"cards": [("0000:01:00.0", 0x1DB6)], "loaded_open": False}, "keep"),
    ],
)
def test_a_driver_is_exchanged_only_when_asked_and_only_when_it_is_another(
    facts: HostFacts, changed: dict[str, t.Any], action: str
) -> None:
    assert planned(facts, Wanted(replace=True), **changed).action == action


def test_packages_can_be_named_for_what_the_table_does_not_know() -> None:
    wanted = Wanted(packages=("nvidia-open-600",))
    found = planned(BARE, wanted, cards=[("0000:01:00.0", 0x3340)], distribution="ubuntu2604")
    assert (found.problem, found.packages, found.pin) == ("", ("nvidia-open-600",), ())
    assert planned(OURS, Wanted(replace=True, packages=("nvidia-open-600",))).action == "install"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"secure_boot": True}, "Secure Boot is on"),
        ({"distribution": "nixos2411"}, "nixos2411 are not known"),
        ({"cards": [("0000:01:00.0", 0x102D)]}, "older than Maxwell"),
        ({"library": "570.86.15", "secure_boot": True}, "Secure Boot is on"),
    ],
)
def test_what_cannot_be_installed_is_said(changed: dict[str, t.Any], words: str) -> None:
    assert words in planned(BARE, **changed).problem


@pytest.mark.parametrize(
    ("changed", "packages"),
    [
        ({}, ()),
        ({"nvswitches": 4}, ("nvidia-fabricmanager-580=580.159.04*",)),
        ({"nvswitches": 4, "fabric_version": "580.159.04"}, ()),
        ({"nvswitches": 4, "fabric_version": "580.95.05"}, ("nvidia-fabricmanager-580=580.159.04*",)),
        ({"cards": [("0000:01:00.0", 0x2901)]}, ("nvidia-fabricmanager-580=580.159.04*", "nvlsm")),
    ],
)
def test_switches_get_a_fabric_manager_of_the_same_version(
    changed: dict[str, t.Any], packages: tuple[str, ...]
) -> None:
    found = planned(OURS, **changed)
    assert found.fabric == packages
    assert found.switched is ("nvswitches" in changed or bool(packages))


def test_nobody_knows_the_fabric_manager_of_a_driver_that_is_not_installed_yet() -> None:
    found = planned(BARE, nvswitches=4)
    assert (found.switched, found.fabric) == (True, ())


def test_the_answer_is_plain_data() -> None:
    assert as_data(planned(BARE))["packages"] == [
        "nvidia-driver-cuda",
        "nvidia-persistenced",
        "nvidia-kernel-open-dkms",
    ]
