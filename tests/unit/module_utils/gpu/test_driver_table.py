# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The driver that cards need follows from their PCI device ids."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.gpu import driver_table as subject


@pytest.mark.parametrize(
    ("device", "name"),
    [
        (0x102D, "older"),  # Tesla K80
        (0x13C2, "maxwell"),  # GeForce GTX 970
        (0x17FD, "maxwell"),  # Tesla M40
        (0x15F8, "pascal"),  # Tesla P100
        (0x1B38, "pascal"),  # Tesla P40
        (0x1DB6, "volta"),  # Tesla V100
        (0x1E04, "turing"),  # GeForce RTX 2080 Ti
        (0x1EB8, "turing"),  # Tesla T4
        (0x2182, "turing"),  # GeForce GTX 1660 Ti
        (0x20B5, "ampere"),  # A100 80GB PCIe
        (0x2204, "ampere"),  # GeForce RTX 3090
        (0x2330, "hopper"),  # H100 SXM
        (0x2335, "hopper"),  # H200
        (0x25B6, "ampere"),  # A16
        (0x2684, "ada"),  # GeForce RTX 4090
        (0x27B8, "ada"),  # L4
        (0x2901, "blackwell"),  # B200
        (0x2B85, "blackwell"),  # GeForce RTX 5090
        (0x3182, "blackwell"),  # B300
        (0x3340, "newer"),
    ],
)
def test_the_architecture_of_a_card_is_known(device: int, name: str) -> None:
    assert subject.architecture(device) == name


@pytest.mark.parametrize(
    ("devices", "kind"),
    [
        ([0x2684], "open"),
        ([0x2330, 0x2330], "open"),
        ([0x1DB6], "proprietary"),
        ([0x1B38, 0x2204], "proprietary"),
        ([0x2B85], "open"),
    ],
)
def test_modules_are_open_where_all_cards_run_with_them(devices: list[int], kind: str) -> None:
    assert subject.kind(devices) == kind


def test_a_kind_that_the_cards_run_with_can_be_chosen() -> None:
    assert subject.kind([0x2204], "proprietary") == "proprietary"


@pytest.mark.parametrize(
    ("devices", "wanted", "words"),
    [
        ([0x1DB6], "open", "The open kernel module does not run the cards of this host (volta); choose proprietary."),
        ([0x2B85], "proprietary", "choose open"),
        ([0x1B38, 0x2B85], "", "No kernel module runs all cards of this host (blackwell, pascal)"),
        ([0x102D], "", "Card 10de:102d is older than Maxwell"),
        ([0x3340], "", "Card 10de:3340 is newer than this release knows; name the packages"),
    ],
)
def test_cards_that_no_driver_runs_are_named(devices: list[int], wanted: str, words: str) -> None:
    with pytest.raises(subject.DriverError) as caught:
        subject.kind(devices, wanted)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("distribution", "kind", "module"),
    [
        ("debian12", "open", "nvidia-kernel-open-dkms"),
        ("debian12", "proprietary", "nvidia-kernel-dkms"),
        ("ubuntu2204", "open", "nvidia-dkms-580-open"),
        ("ubuntu2404", "proprietary", "nvidia-dkms-580"),
    ],
)
def test_packages_are_named_as_the_distribution_has_them(distribution: str, kind: str, module: str) -> None:
    assert module in subject.packages(distribution, kind)


def test_another_distribution_is_refused_with_the_known_ones() -> None:
    with pytest.raises(subject.DriverError, match="for fedora42 are not known; known are debian12, ubuntu2204"):
        subject.packages("fedora42", "open")


def test_the_fabric_manager_has_the_version_of_the_driver() -> None:
    assert subject.fabric_packages("580.159.04", subnet_manager=False) == ["nvidia-fabricmanager-580=580.159.04*"]
    assert subject.fabric_packages("595.91.07", subnet_manager=True) == ["nvidia-fabricmanager-595=595.91.07*", "nvlsm"]


def test_only_newer_switches_need_a_subnet_manager() -> None:
    assert [device for device in (0x2330, 0x20B0, 0x2901, 0x3182, 0x2B85) if subject.needs_subnet_manager(device)] == [
        0x2901,
        0x3182,
    ]
