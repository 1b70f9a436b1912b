# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The file of pinned host keys."""

from __future__ import annotations

import pathlib
import threading

import pytest

from ansible_collections.inference.platform.plugins.module_utils.vast.errors import InputError
from ansible_collections.inference.platform.plugins.module_utils.vast.known_hosts import (
    KnownHosts,
    Pin,
    host_name,
    scan,
)

LABEL = "inference-platform/alice@desk/demo/node-1"
KEYS = (("ecdsa-sha2-nistp256", "BBBB"), ("ssh-ed25519", "AAAA"))


@pytest.fixture
def file(tmp_path: pathlib.Path) -> KnownHosts:
    return KnownHosts(str(tmp_path / "ssh" / "known_hosts"))


def test_a_pin_is_read_back_and_replaced_by_a_newer_one(file: KnownHosts) -> None:
    first, second = Pin(5, "[192.0.2.1]:40022", KEYS), Pin(6, "192.0.2.2", KEYS[:1])
    file.pin(LABEL, first)
    assert file.pin_of(LABEL) == first
    file.pin(LABEL, second)
    assert file.pin_of(LABEL) == second
    assert file.path.read_text() == f"192.0.2.2 ecdsa-sha2-nistp256 BBBB {LABEL}#6\n"
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_an_address_that_is_rented_out_again_has_the_new_keys_alone(file: KnownHosts) -> None:
    file.pin(LABEL, Pin(5, "[192.0.2.1]:40022", KEYS))
    file.pin(f"{LABEL}b", Pin(9, "[192.0.2.1]:40022", (("ssh-ed25519", "CCCC"),)))
    assert file.pin_of(LABEL) is None
    assert file.path.read_text() == f"[192.0.2.1]:40022 ssh-ed25519 CCCC {LABEL}b#9\n"


def test_lines_of_others_stay(file: KnownHosts) -> None:
    file.path.parent.mkdir()
    file.path.write_text("# mine\ngithub.com ssh-ed25519 DDDD\n@cert-authority *.x ssh-rsa EEEE me\n")
    before = file.path.read_text()
    file.pin(LABEL, Pin(5, "192.0.2.1", KEYS))
    assert file.path.read_text().startswith(before)
    file.forget(LABEL)
    assert file.path.read_text() == before


def test_a_rent_that_was_begun_is_known_until_the_machine_answered(file: KnownHosts) -> None:
    assert not file.pending(LABEL)
    file.begin(LABEL)
    file.begin(LABEL)
    assert file.pending(LABEL)
    assert not file.pending(f"{LABEL}0")
    assert not file.pending(LABEL[:-1])
    file.pin(LABEL, Pin(5, "192.0.2.1", KEYS))
    assert not file.pending(LABEL)


def test_tasks_that_pin_at_once_lose_nothing(file: KnownHosts) -> None:
    work = [
        threading.Thread(target=file.pin, args=(f"{LABEL}{number}", Pin(number, f"192.0.2.{number}", KEYS)))
        for number in range(12)
    ]
    for one in work:
        one.start()
    for one in work:
        one.join()
    assert [file.pin_of(f"{LABEL}{number}") is not None for number in range(12)] == [True] * 12


def test_forgetting_what_is_not_there_makes_no_file(file: KnownHosts) -> None:
    file.forget(LABEL)
    assert not file.path.parent.exists()


def test_a_place_that_cannot_be_used_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"known_hosts: .*file cannot be used"):
        KnownHosts(str(tmp_path / "file" / "known_hosts")).begin(LABEL)
    with pytest.raises(InputError, match="cannot be read"):
        KnownHosts(str(tmp_path)).pin_of(LABEL)


def test_addresses_are_written_as_ssh_reads_them() -> None:
    assert (host_name("192.0.2.1", 22), host_name("192.0.2.1", 40022)) == ("192.0.2.1", "[192.0.2.1]:40022")


def test_a_port_where_nobody_answers_has_no_keys() -> None:
    assert scan("127.0.0.1", 9, timeout=1.0) == ()
