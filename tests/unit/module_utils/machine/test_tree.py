# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import pathlib
import stat
import subprocess
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import keys, settings, tree
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host, MachineError
from ansible_collections.inference.platform.plugins.module_utils.machine.plan import Step
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

from .conftest import FakeHost


@pytest.fixture(name="image")
def fixture_image(tmp_path: pathlib.Path) -> pathlib.Path:
    """A tar of a very small root file system with another machine's host key in it."""
    source = tmp_path / "source"
    for folder in ("etc/ssh", "root", "dev"):
        (source / folder).mkdir(parents=True)
    (source / "etc/ssh/ssh_host_rsa_key").write_text("of the image")
    (source / "dev/null").write_text("a device")
    subprocess.run(["tar", "-C", str(source), "-cf", str(tmp_path / "root.tar"), "."], check=True)
    return tmp_path / "root.tar"


@pytest.fixture(name="made")
def fixture_made(params: dict[str, t.Any], image: pathlib.Path) -> Spec:
    """A specification whose machine m1 was made."""
    spec = build({**params, "image": str(image)})
    apply(tree.plan_owner(spec) + keys.plan_user_key(Host(), spec.ssh_directory, "demo"))
    apply(tree.plan_create(Host(), spec, spec.machines[0], check_mode=False))
    return spec


def apply(steps: list[Step]) -> None:
    for step in steps:
        step.apply()


def test_a_new_machine_is_itself_before_its_first_boot(made: Spec) -> None:
    root = made.tree("m1")
    assert (root / "etc/hostname").read_text() == "m1\n"
    assert len((root / "etc/machine-id").read_text().strip()) == 32
    assert "10.9.0.11/24" in (root / "etc/systemd/system/static-address.service").read_text()
    assert "default via 10.9.0.1'" in (root / "etc/systemd/system/static-address.service").read_text()
    assert (root / "etc/systemd/system/sysinit.target.wants/static-address.service").is_symlink()
    assert not (root / "etc/ssh/ssh_host_rsa_key").exists()
    assert not (root / "dev/null").exists()


def test_the_pinned_key_is_the_one_the_machine_has(made: Spec) -> None:
    root = made.tree("m1")
    key = root / "etc/ssh/ssh_host_ed25519_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    public = subprocess.run(["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True, check=True).stdout
    found = tree.marker(made, "m1")
    assert found is not None
    assert public.split()[:2] == found.host_key.split()


def test_the_users_key_opens_the_machine(made: Spec) -> None:
    authorized = made.tree("m1") / "root/.ssh/authorized_keys"
    assert keys.public_key(made.ssh_directory) in authorized.read_text()
    assert stat.S_IMODE(authorized.parent.stat().st_mode) == 0o700
    assert tree.plan_authorized(made, "m1") == []


def test_a_new_user_key_is_let_in_to_an_existing_machine(made: Spec) -> None:
    (made.ssh_directory / "id_ed25519").unlink()
    apply(keys.plan_user_key(Host(), made.ssh_directory, "demo"))
    apply(tree.plan_authorized(made, "m1"))
    assert str(keys.public_key(made.ssh_directory)) in (made.tree("m1") / "root/.ssh/authorized_keys").read_text()


def test_a_machine_that_exists_is_not_made_again(made: Spec) -> None:
    assert tree.plan_create(Host(), made, made.machines[0], check_mode=False) == []


def test_an_interrupted_creation_leaves_no_machine_but_something_to_clean(
    made: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(settings, "link", killed)
    with pytest.raises(KeyboardInterrupt):
        tree.create(Host(), made, made.machines[1])
    assert tree.existing(made) == ["m1"]
    (left,) = tree.leftovers(made)
    apply(tree.plan_removal(Host(), made, left))
    assert tree.leftovers(made) == []


def test_a_missing_image_is_named_but_not_needed_in_check_mode(made: Spec, image: pathlib.Path) -> None:
    image.unlink()
    with pytest.raises(
        MachineError, match=r"machine 'm2' does not exist and the image .*root.tar to make it from is no file"
    ):
        tree.plan_create(Host(), made, made.machines[1], check_mode=False)
    assert len(tree.plan_create(Host(), made, made.machines[1], check_mode=True)) == 1


def test_a_changed_address_is_written_and_pinned(params: dict[str, t.Any], made: Spec) -> None:
    machines = [{"name": "m1", "address": "10.9.0.77"}, params["machines"][1]]
    moved = build({**params, "machines": machines})
    apply(tree.plan_network(moved, moved.machines[0]))
    found = tree.marker(moved, "m1")
    assert found is not None
    assert found.address == "10.9.0.77"
    assert "10.9.0.77/24" in (moved.tree("m1") / "etc/systemd/system/static-address.service").read_text()
    assert tree.plan_network(moved, moved.machines[0]) == []


def test_a_folder_of_nobody_known_is_refused(spec: Spec) -> None:
    (spec.directory / "precious").mkdir(parents=True)
    with pytest.raises(
        MachineError, match=r"machines does not belong to platform 'demo': it holds precious and no owner.json"
    ):
        tree.check_owner(spec)


def test_a_folder_of_another_platform_is_refused(made: Spec) -> None:
    (made.directory / "owner.json").write_text(json.dumps({"platform": "other"}))
    with pytest.raises(MachineError, match=r"owner\.json says platform 'other'"):
        tree.check_owner(made)


def test_a_foreign_machine_in_our_folder_is_refused(made: Spec) -> None:
    (made.directory / "m2").mkdir()
    with pytest.raises(MachineError, match=r"m2 does not belong to platform 'demo': it has no machine.json"):
        tree.check_owner(made)


def test_a_folder_that_an_interrupted_run_left_empty_is_taken(spec: Spec) -> None:
    spec.directory.mkdir(parents=True)
    (spec.directory / ".owner.json.new").write_text("{")
    tree.check_owner(spec)


def test_nothing_is_deleted_through_a_mount(host: FakeHost, made: Spec) -> None:
    mount = made.tree("m1") / "mnt"
    line = f"99 1 254:0 / {mount} rw - ext4 /dev/vdb rw\n"
    host.put("/proc/self/mountinfo", line)
    with pytest.raises(MachineError, match="mnt is a mount point"):
        tree.plan_removal(host, made, made.folder("m1"))
    assert made.tree("m1").is_dir()


def test_a_removed_machine_takes_its_lock_with_it(host: FakeHost, made: Spec) -> None:
    found = made.tree("m1").stat()
    lock = host.put(f"/run/systemd/nspawn/locks/inode-{found.st_dev}:{found.st_ino}")
    apply(tree.plan_removal(host, made, made.folder("m1")))
    assert not lock.exists()
    assert tree.existing(made) == []


def test_the_directory_goes_with_its_last_machine(host: FakeHost, made: Spec) -> None:
    assert tree.plan_directory_removal(made, []) == []
    steps = tree.plan_removal(host, made, made.folder("m1")) + tree.plan_directory_removal(made, ["m1"])
    apply(steps)
    assert not made.directory.exists()


def test_a_linked_folder_inside_a_machine_is_not_written_through(made: Spec, tmp_path: pathlib.Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (made.tree("m1") / "srv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MachineError, match="refusing to write srv/file through it"):
        settings.write(made.tree("m1"), "srv/file", "text")
    assert list((tmp_path / "elsewhere").iterdir()) == []
