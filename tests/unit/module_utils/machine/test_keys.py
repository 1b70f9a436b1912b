# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pathlib

from ansible_collections.inference.platform.plugins.module_utils.machine import keys
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host


def make(folder: pathlib.Path) -> None:
    for step in keys.plan_user_key(Host(), folder, "demo"):
        step.apply()


def test_the_key_is_made_once_and_only_root_reads_it(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "ssh"
    make(folder)
    private = (folder / "id_ed25519").read_text()
    assert (folder / "id_ed25519").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    make(folder)
    assert (folder / "id_ed25519").read_text() == private
    assert sorted(path.name for path in folder.iterdir()) == ["id_ed25519", "id_ed25519.pub"]


def test_a_lost_public_half_is_made_again_from_the_private_one(tmp_path: pathlib.Path) -> None:
    make(tmp_path)
    public = keys.public_key(tmp_path)
    (tmp_path / "id_ed25519.pub").unlink()
    make(tmp_path)
    assert keys.public_key(tmp_path) == public


def test_a_key_that_others_can_read_is_closed(tmp_path: pathlib.Path) -> None:
    make(tmp_path)
    (tmp_path / "id_ed25519").chmod(0o644)
    make(tmp_path)
    assert (tmp_path / "id_ed25519").stat().st_mode & 0o777 == 0o600


def test_known_hosts_holds_every_machine_by_address_and_name(tmp_path: pathlib.Path) -> None:
    pinned = {"m2": ("10.9.0.12", "ssh-ed25519 BB"), "m1": ("10.9.0.11", "ssh-ed25519 AA")}
    for step in keys.plan_known_hosts(tmp_path, pinned):
        step.apply()
    assert (tmp_path / "known_hosts").read_text() == "10.9.0.11,m1 ssh-ed25519 AA\n10.9.0.12,m2 ssh-ed25519 BB\n"
    assert keys.plan_known_hosts(tmp_path, pinned) == []


def test_a_file_of_somebody_else_survives_the_removal(tmp_path: pathlib.Path) -> None:
    make(tmp_path)
    (tmp_path / "notes").write_text("mine")
    for step in keys.plan_removal(tmp_path):
        step.apply()
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
    assert keys.plan_removal(tmp_path) == []


def test_a_file_is_replaced_as_a_whole_and_a_link_is_not_followed(tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    (tmp_path / "file").symlink_to(outside)
    keys.write_atomic(tmp_path / "file", "new", 0o640)
    assert outside.read_text() == "untouched"
    assert (tmp_path / "file").read_text() == "new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
