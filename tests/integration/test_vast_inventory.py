# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The inventory plugin for Vast against the emulated provider."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from emulator.vast import Emulator, Fault
from vast_fixture.inventories import Reader
from vast_fixture.modules import Person

ANSIBLE = str(pathlib.Path(sys.executable).parent / "ansible")


@pytest.fixture(scope="module")
def reader() -> t.Iterator[Reader]:
    running = Reader()
    yield running
    running.close()


@pytest.fixture
def alice(vast: Emulator, tmp_path: pathlib.Path) -> Person:
    person = Person(vast, tmp_path)
    person.add_key()
    return person


@pytest.fixture
def read(vast: Emulator, alice: Person, reader: Reader, tmp_path: pathlib.Path) -> t.Any:
    """Reads an inventory file with these options besides the usual ones."""

    def make(name: str = "demo.vast.yml", **options: t.Any) -> dict[str, t.Any]:
        return reader.read(write(vast, alice, tmp_path / name, **options))

    return make


def write(vast: Emulator, alice: Person, file: pathlib.Path, **options: t.Any) -> pathlib.Path:
    usual = {
        "plugin": "inference.platform.vast",
        "platform": "demo",
        "owner": alice.owner,
        "base_url": vast.url,
        "api_key": vast.api_key,
        "known_hosts": str(alice.known_hosts),
    }
    file.write_text(yaml.safe_dump({**usual, **options}))
    return file


def rent(vast: Emulator, label: str, offer: int, *, boots: bool = False) -> None:
    vast.account.rent(offer, {"label": label, "image": "x/kvm", "disk": 50}, boots=boots)


def groups_of(found: dict[str, t.Any], host: str) -> set[str]:
    return {name for name, hosts in found["groups"].items() if host in hosts}


def test_a_machine_is_a_host_in_groups_by_label_gpu_and_status(alice: Person, read: t.Any) -> None:
    instance = alice.instance()["instance"]
    found = read()
    host = found["hosts"]["node-1"]
    assert host["ansible_host"] == instance["ssh_host"]
    assert host["ansible_port"] == instance["ssh_port"]
    assert host["ansible_user"] == "root"
    assert {name: host[f"vast_{name}"] for name in instance} == instance
    assert groups_of(found, "node-1") >= {
        "vast",
        "vast_platform_demo",
        "vast_label_inference_platform_alice_desk_demo_node_1",
        "vast_gpu_RTX_4090",
        "vast_status_running",
    }


def test_machines_of_other_people_and_platforms_are_no_hosts(vast: Emulator, alice: Person, read: t.Any) -> None:
    rent(vast, "inference-platform/bob@lap/demo/node-1", 4200001)
    rent(vast, f"inference-platform/{alice.owner}/other/node-2", 4200002)
    rent(vast, "", 4200005)
    rent(vast, f"inference-platform/{alice.owner}/demo/node-3", 4200006)
    found = read()
    assert list(found["hosts"]) == ["node-3"]
    assert "ansible_host" not in found["hosts"]["node-3"]
    assert list(read(owner="bob@lap")["hosts"]) == ["node-1"]


def test_an_empty_account_gives_empty_groups(read: t.Any) -> None:
    found = read()
    assert found["hosts"] == {}
    assert {"vast", "vast_platform_demo"} <= found["groups"].keys()


def test_groups_and_variables_can_be_composed(alice: Person, read: t.Any) -> None:
    alice.instance()
    found = read(
        strict=True,
        keyed_groups=[{"key": "vast_country", "prefix": "in"}],
        compose={"all_memory": "vast_gpu_memory_gb * vast_num_gpus"},
        groups={"small": "vast_num_gpus < 2", "large": "vast_num_gpus > 1"},
    )
    assert found["hosts"]["node-1"]["all_memory"] == pytest.approx(24.6)
    assert {"in_SE", "small"} <= groups_of(found, "node-1")
    assert "large" not in groups_of(found, "node-1")


def test_strict_mode_fails_on_what_cannot_be_composed(alice: Person, read: t.Any) -> None:
    alice.instance()
    wrong = {"compose": {"x": "vast_no_such_thing"}}
    assert "x" not in read(**wrong)["hosts"]["node-1"]
    assert "vast_no_such_thing" in read(strict=True, **wrong)["error"]


def test_the_cache_is_asked_instead_of_the_provider(
    vast: Emulator, alice: Person, read: t.Any, tmp_path: pathlib.Path
) -> None:
    alice.instance()
    cached = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    first, before = read(**cached), len(vast.calls)
    second = read(**cached)
    assert len(vast.calls) == before
    assert second["hosts"] == first["hosts"]
    assert first["hosts"]
    assert vast.api_key not in "".join(file.read_text() for file in (tmp_path / "cache").iterdir())
    assert read()["hosts"]
    assert len(vast.calls) == before + 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"api_key": "wrong"}, "Check the API key"),
        ({"owner": "a b"}, "owner may have letters"),
        ({"api_key": None, "api_key_file": "/nowhere/key"}, "api_key_file: /nowhere/key cannot be read"),
        ({"platform": None}, "platform"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(read: t.Any, options: dict[str, t.Any], text: str) -> None:
    assert text in read(**options)["error"]


def test_a_provider_that_is_away_for_a_moment_is_asked_again(vast: Emulator, alice: Person, read: t.Any) -> None:
    alice.instance()
    vast.inject(Fault("503", path="/instances/"))
    assert list(read()["hosts"]) == ["node-1"]


def test_a_file_of_another_name_is_not_for_the_plugin(read: t.Any) -> None:
    assert read(name="demo.yml")["error"] == "not for this plugin"


def test_ssh_reaches_a_host_at_once_and_only_with_the_pinned_key(vast: Emulator, tmp_path: pathlib.Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text()
    vast.account.add_key(public)
    alice = Person(vast, tmp_path)
    assert alice.instance(ssh_public_key=public)["changed"]
    file = write(vast, alice, tmp_path / "demo.vast.yml", private_key_file=str(key))
    command = [ANSIBLE, "-i", str(file), "vast_status_running", "-m", "ansible.builtin.raw", "-a", "whoami"]
    # a connection that is kept open would not look at the host key again
    environment = {**os.environ, "ANSIBLE_INVENTORY_ENABLED": "auto", "ANSIBLE_SSH_ARGS": "-o ControlMaster=no"}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    answered = run()
    assert answered.returncode == 0, answered.stdout + answered.stderr
    assert "root" in answered.stdout.splitlines()
    address, kind, _key, comment = alice.known_hosts.read_text().split()
    alice.known_hosts.write_text(f"{address} {kind} {public.split()[1]} {comment}\n")
    assert "Host key verification failed" in run().stdout
