# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A host's cards and driver are read from its files and from the linker's cache."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.inference.platform.plugins.module_utils.gpu import driver_facts as subject

LOADED = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (dvs-builder)\nGCC version: 12\n"
CACHE = """\t1 libs found in cache
\tlibnvidia-ml.so.1 (libc6) => /usr/lib/i386-linux-gnu/libnvidia-ml.so.1
\tlibnvidia-ml.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1
"""


def write(root: pathlib.Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    """A Debian host with a card, an NVSwitch, the card's sound device, and a network card."""
    devices = {
        "0000:01:00.0": ("0x10de", "0x030000", "0x2684"),
        "0000:01:00.1": ("0x10de", "0x040300", "0x22ba"),
        "0000:05:00.0": ("0x10de", "0x068000", "0x22a3"),
        "0000:06:00.0": ("0x8086", "0x020000", "0x1521"),
    }
    for bus, values in devices.items():
        for name, value in zip(("vendor", "class", "device"), values, strict=True):
            write(tmp_path, {f"sys/bus/pci/devices/{bus}/{name}": f"{value}\n"})
    release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
    write(tmp_path, {"etc/os-release": release, "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n"})
    return tmp_path


def read(root: pathlib.Path, cache: str = "") -> subject.HostFacts:
    return subject.read(root, lambda argv: cache if argv[0].endswith("ldconfig") else "")


def test_a_bare_host_shows_its_cards_and_what_it_runs(root: pathlib.Path) -> None:
    write(root, {"sys/module/nouveau/refcnt": "1"})
    found = read(root)
    assert (found.cards, found.nvswitches) == ([("0000:01:00.0", 0x2684)], 1)
    assert (found.distribution, found.kernel, found.nouveau) == ("debian12", "6.1.0-18-amd64", True)
    assert (found.loaded, found.library, found.secure_boot, found.units) == ("", "", False, [])


def test_ubuntu_is_named_with_its_month(root: pathlib.Path) -> None:
    write(root, {"etc/os-release": 'ID=ubuntu\nVERSION_ID="24.04"\n'})
    assert read(root).distribution == "ubuntu2404"


def test_versions_of_module_and_library_are_told_apart(root: pathlib.Path) -> None:
    write(root, {"proc/driver/nvidia/version": LOADED, "usr/lib/x86_64-linux-gnu/libnvidia-ml.so.580.173.02": ""})
    (root / "usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1").symlink_to("libnvidia-ml.so.580.173.02")
    found = read(root, CACHE)
    assert (found.loaded, found.loaded_open, found.library) == ("580.159.04", True, "580.173.02")


@pytest.mark.parametrize(("value", "on"), [(b"\6\0\0\0\1", True), (b"\6\0\0\0\0", False)])
def test_secure_boot_is_read_from_the_firmware(root: pathlib.Path, value: bytes, on: bool) -> None:
    path = root / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    path.parent.mkdir(parents=True)
    path.write_bytes(value)
    assert read(root).secure_boot is on


@pytest.mark.parametrize(("image", "settings", "stale"), [(100, 200, True), (200, 100, False), (None, 100, False)])
def test_an_initial_file_system_is_stale_when_it_is_older_than_the_settings(
    root: pathlib.Path, image: int | None, settings: int, stale: bool
) -> None:
    for name, moment in (("boot/initrd.img-6.1.0-18-amd64", image), (subject.NOUVEAU_SETTINGS, settings)):
        if moment is not None:
            write(root, {name: ""})
            os.utime(root / name, (moment, moment))
    assert read(root).initramfs_stale is stale


def test_units_are_found_in_each_folder(root: pathlib.Path) -> None:
    write(
        root,
        {"lib/systemd/system/nvidia-persistenced.service": "", "etc/systemd/system/nvidia-fabricmanager.service": ""},
    )
    assert read(root).units == ["nvidia-persistenced", "nvidia-fabricmanager"]


def test_a_description_counts_only_for_the_driver_that_it_was_made_of(root: pathlib.Path) -> None:
    write(root, {"proc/driver/nvidia/version": LOADED, subject.CDI: "kind: nvidia.com/gpu"})
    assert not read(root).described
    write(root, {subject.DESCRIBED: LOADED})
    assert read(root).described
    write(root, {"proc/driver/nvidia/version": LOADED.replace("159", "173")})
    assert not read(root).described


def test_the_answer_writes_device_ids_as_people_do(root: pathlib.Path) -> None:
    assert subject.as_data(read(root))["cards"] == [{"pci_bus_id": "0000:01:00.0", "device": "2684"}]
