# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two machines of this host, made into one cluster by the product's own playbooks, and removed again."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from playbook_run import Run

ROOT = Path(__file__).parents[3]
INVENTORY = Path(__file__).parent / "inventory"
ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
CONTROL_PLANE = "10.203.97.11"


@dataclass(frozen=True)
class Site:
    """The two-node platform with its state in a folder."""

    state: Path

    def argv(self, playbook: str, *more: str, **variables: t.Any) -> list[str]:
        """The command line of a playbook run; variables win over the inventory."""
        given = [
            f"--extra-vars={name}={value}" for name, value in {"platform_state_dir": self.state, **variables}.items()
        ]
        return [str(ANSIBLE), "-i", str(INVENTORY), str(ROOT / "playbooks" / playbook), *given, *more]

    def run(self, playbook: str, *more: str, **variables: t.Any) -> Run:
        """Run a playbook to its end."""
        done = subprocess.run(
            self.argv(playbook, *more, **variables),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def on(self, address: str, *argv: str, stdin: str = "") -> str:
        """Run a command on a machine and return what it printed."""
        ssh = self.state / "ssh"
        options = [
            "-i",
            str(ssh / "id_ed25519"),
            "-o",
            f"UserKnownHostsFile={ssh / 'known_hosts'}",
            "-o",
            "BatchMode=yes",
        ]
        command = ["ssh", *options, f"root@{address}", *argv]
        return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, text=True, check=True).stdout
