# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Machines are rented for the inventory of Vast, become hosts, and are given back with a proof; nothing is left that costs."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import typing as t

import pytest
from emulator.vast import Emulator
from kube_fixture.server import free_port

from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSIBLE = pathlib.Path(sys.executable).with_name("ansible-playbook")
NODE = {"gpu": "RTX 4090", "gpus": 1, "disk_gb": 40}
OWN = "inference-platform/alice@desk/rented"
# Only the rent: what follows on the hosts is the same on every substrate.
RENT = f"""
- ansible.builtin.import_playbook: {ROOT}/playbooks/preflight.yml
- ansible.builtin.import_playbook: {ROOT}/playbooks/substrate.yml
- hosts: nodes
  gather_facts: false
  tasks:
    - ansible.builtin.raw: whoami
      changed_when: false
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """How a playbook ended."""

    rc: int
    output: str

    @property
    def changed(self) -> int:
        """Changed tasks of all hosts."""
        return sum(int(number) for number in re.findall(r"changed=(\d+)", self.output))


@dataclasses.dataclass(frozen=True)
class Site:
    """A person's platform on rented machines, with its state in a folder."""

    vast: Emulator
    folder: pathlib.Path
    ports: tuple[int, int]

    @property
    def state(self) -> pathlib.Path:
        """The state folder."""
        return self.folder / "state"

    def run(self, playbook: str, *words: str, **changed: t.Any) -> Run:
        """Run a playbook of the product, or the rent alone."""
        play = self.folder / "rent.yml"
        play.write_text(RENT)
        key = self.folder / "api_key"
        key.touch(mode=0o600)
        key.write_text(self.vast.api_key)
        variables = {
            "platform_name": "rented",
            "platform_state_dir": str(self.state),
            "platform_endpoint_port": self.ports[0],
            "platform_vast_kubernetes_port": self.ports[1],
            "platform_vast_base_url": self.vast.url,
            "platform_vast_api_key_file": str(key),
            "platform_vast_owner": "alice@desk",
            "platform_vast_max_usd_per_hour": 5,
            "platform_vast_nodes": [{"name": "node-1", **NODE}, {"name": "node-2", **NODE}],
            "platform_network": {"nodes": ["10.213.0.0/24"]},
            "platform_gpu_stack": "provider",
            "artifacts": {},
            "vast_poll": 0.1,
            # The image of these instances has no shell to speak of.
            "ansible_ssh_args": "-o ControlMaster=no",
            **changed,
        }
        path = play if playbook == "rent" else ROOT / "playbooks" / f"{playbook}.yml"
        argv = [str(ANSIBLE), "-i", "inventories/vast", str(path), "-e", json.dumps(variables), *words]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
        return Run(done.returncode, done.stdout + done.stderr)

    def must(self, playbook: str, *words: str, **changed: t.Any) -> Run:
        """Run one that has to succeed."""
        done = self.run(playbook, *words, **changed)
        assert done.rc == 0, done.output
        return done

    def writes(self) -> list[str]:
        """What was asked to change so far."""
        return [f"{call.method} {call.path}" for call in self.vast.calls if call.writes]


@pytest.fixture
def site(vast: Emulator, tmp_path: pathlib.Path) -> t.Iterator[Site]:
    """A platform of which nothing is there yet."""
    made = Site(vast, tmp_path, (free_port(), free_port()))
    yield made
    ssh.end(ssh.running(str(made.state / "ssh/known_hosts")))


def test_a_check_on_an_empty_account_shows_what_would_be_rented_and_for_how_much(site: Site) -> None:
    done = site.must("rent", "--check", "--diff")
    assert "node-1: would cost 0.348333 USD per hour (1 x RTX 4090, SE)" in done.output
    assert f"label: {OWN}/node-1" in done.output
    assert (site.writes(), site.state.exists()) == ([], False)


def test_machines_are_rented_once_become_hosts_and_are_given_back_with_a_proof(site: Site) -> None:
    stranger = site.vast.account.search({"vms_enabled": {"eq": True}})[-1]["id"]
    theirs = site.vast.account.rent(
        stranger, {"image": "python", "label": "inference-platform/bob@desk/rented/node-1"}, True
    )

    done = site.must("rent")
    assert "node-1: costs 0.348333 USD per hour (1 x RTX 4090, SE)" in done.output
    assert [one.label for one in site.vast.account.living()[1:]] == [f"{OWN}/node-1", f"{OWN}/node-2"]
    assert re.search(r"node-2\s+: ok=1 ", done.output), "it was reached by ssh with its pinned host key"
    assert all(tunnelled(port) for port in site.ports)

    before = site.writes()
    again = site.must("rent", platform_vast_nodes=[{"name": "node-1", **NODE}])
    assert (again.changed, site.writes()) == (0, before)
    assert f"{OWN}/node-2 is rented for 0.368333 USD per hour" in " ".join(again.output.split())

    site.vast.account.add_volume(301, f"{OWN}/models", 20, "local_volume")
    site.must("teardown")
    assert site.vast.account.living() == [theirs]
    assert [bill.ended for bill in site.vast.bill()] == [False, True, True, True]
    assert list(site.vast.account.keys) == []
    assert not any(tunnelled(port) for port in site.ports)
    report = json.loads((site.state / "report/bill.json").read_text())
    assert (report["left"], report["instances"], report["volumes"], report["ssh_keys"]) == (0, [], [], [])
    assert report["others"]["instances"] == 1
    assert [path.name for path in site.state.iterdir()] == ["report"]

    assert site.must("teardown").changed == 0


def tunnelled(port: int) -> bool:
    """Whether a port of this machine leads somewhere."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def test_when_not_every_machine_can_be_had_none_is_kept(site: Site) -> None:
    nodes = [{"name": "node-1", **NODE}, {"name": "node-2", **NODE, "gpu": "H900"}]
    done = site.run("rent", platform_vast_nodes=nodes)
    assert done.rc == 2
    assert "what this run rented was destroyed" in done.output
    assert "H900" in done.output
    assert site.vast.account.living() == []
    assert [bill.ended for bill in site.vast.bill()] == [True]


def test_a_teardown_that_leaves_something_fails_and_names_it_with_its_price(site: Site) -> None:
    site.vast.account.add_volume(301, f"{OWN}/models", 20, "local_volume")
    offer = site.vast.account.search({})[0]["id"]
    (volume,) = site.vast.account.volumes
    site.vast.account.rent(offer, {"image": "python", "label": "bob", "volume_info": {"volume_id": volume}}, True)
    done = site.run("teardown")
    assert done.rc == 2
    assert "existing instances use that volume!" in done.output
    assert f"volume {volume} ({OWN}/models, 0.004167 USD/h)" in " ".join(done.output.split())
    report = json.loads((site.state / "report/bill.json").read_text())
    assert (report["left"], [one["id"] for one in report["volumes"]]) == (1, [volume])
