# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A machine that stands in for a rented host, and roles that are run on it over ssh."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import typing as t

from playbook_run import Run

from .site import ANSIBLE, Site


class Rented:
    """One machine; ``number`` (one byte) keeps the networks of tests apart. Start with start(), end with stop()."""

    def __init__(self, folder: pathlib.Path, number: int, roles: str) -> None:
        self.folder = folder
        self.address = f"10.203.{number}.11"
        self._roles = roles
        self.site = Site(
            folder,
            machine_platform=f"mrent{number}",
            machine_network={"bridge": f"ipl-mrent{number}", "address": f"10.203.{number}.1/24"},
            machine_list=[{"name": "m1", "address": self.address}],
            machine_forwards=[],
        )

    def start(self) -> None:
        self.site.must("started")

    def stop(self) -> None:
        self.site.run("absent")

    def run(self, variables: dict[str, t.Any], *arguments: str) -> Run:
        """Run the tasks ``roles`` (YAML) to their end."""
        ssh = self.folder / "state/ssh"
        options = f"-o UserKnownHostsFile={ssh}/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
        host = {
            "ansible_host": self.address,
            "ansible_user": "root",
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_private_key_file": f"{ssh}/id_ed25519",
            "ansible_ssh_common_args": f"{options} -o ConnectTimeout=4",
        }
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        inventory = self.folder / "hosts.json"
        groups = {
            "nodes": {"hosts": {"m1": host}},
            "control_plane": {"hosts": {"m1": {}}},
            "others": {"hosts": {"m2": {}}},
        }
        everything = {"all": {"hosts": {"localhost": local}, "children": groups}}
        inventory.write_text(json.dumps(everything), encoding="utf-8")
        play = self.folder / "roles.yml"
        play.write_text(f"- hosts: nodes\n  gather_facts: false\n  tasks:\n{self._roles}", encoding="utf-8")
        argv = [str(ANSIBLE), "-i", str(inventory), str(play), "-e", json.dumps(variables), *arguments]
        environment = {**os.environ, "ANSIBLE_PIPELINING": "true", "ANSIBLE_SSH_RETRIES": "0"}
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
        return Run(done.returncode, done.stdout + done.stderr)

    def must(self, variables: dict[str, t.Any], *arguments: str) -> int:
        """Run the tasks, which have to succeed; the number of those that changed something."""
        done = self.run(variables, *arguments)
        assert done.rc == 0, done.output
        return done.changed

    def ssh(self, command: str, *, check: bool = True) -> str:
        """What a command on the machine printed."""
        return self.site.ssh("m1", command, check).stdout
