# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A person's platform on rented machines: playbooks against the inventory of Vast."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import socket
import subprocess
import sys
import typing as t

from emulator.vast import Emulator
from playbook_run import Run

ROOT = pathlib.Path(__file__).resolve().parents[3]
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

    def access(self) -> dict[str, t.Any]:
        """What the modules need to speak to the account as its owner."""
        return {"base_url": self.vast.url, "api_key": self.vast.api_key, "owner": "alice@desk"}

    def writes(self) -> list[str]:
        """What was asked to change so far."""
        return [f"{call.method} {call.path}" for call in self.vast.calls if call.writes]


def tunnelled(port: int) -> bool:
    """Whether a port of this machine leads somewhere."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
