# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A platform on machines that are rented from an emulated Vast, where every instance is a real machine of this host."""

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
from emulator.vast.machines import Machines
from playbook_run import Run

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOK = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
NODE = {"gpu": "RTX 4090", "gpus": 1, "disk_gb": 40}


def cache() -> pathlib.Path:
    """The artefact cache."""
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "inference-platform"


def machines(folder: pathlib.Path, *, images_mounted: bool) -> Machines:
    """Instances as machines of this host, made from the root file system of the artefact cache."""
    found = sorted((cache() / "files").glob("machine-*"), key=lambda path: path.stat().st_mtime)
    assert found, "no root file system of a machine: build the artefacts first (make test SUITES=artefacts)"
    layout = {"source": str(cache() / "oci"), "target": "/var/lib/inference-platform/oci", "read_only": True}
    return Machines(folder, found[-1], timeout=300, binds=(layout,) if images_mounted else ())


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclasses.dataclass(frozen=True)
class Rented:
    """The platform, with its state in a folder; ``variables`` win over those of inventories/vast."""

    vast: Emulator
    folder: pathlib.Path
    variables: dict[str, t.Any]

    @property
    def state(self) -> pathlib.Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def endpoint_port(self) -> int:
        """Port of 127.0.0.1 that leads to the endpoint."""
        return int(json.loads((self.folder / "variables.json").read_text())["platform_endpoint_port"])

    def prepare(self) -> None:
        """Write the key and the variables where the playbooks read them."""
        key = self.folder / "api_key"
        key.touch(mode=0o600)
        key.write_text(self.vast.api_key)
        own = {
            "platform_name": "rented",
            "platform_state_dir": str(self.state),
            "platform_artifacts": "packages",
            "platform_network": {"pods": "10.246.0.0/16", "services": "10.98.0.0/16", "nodes": ["10.213.0.0/24"]},
            "platform_vast_base_url": self.vast.url,
            "platform_vast_api_key_file": str(key),
            "platform_vast_owner": "tests@here",
            "platform_vast_nodes": [{"name": f"node-{number}", **NODE} for number in (1, 2)],
            "platform_vast_max_usd_per_hour": 1.5,
            "platform_endpoint_port": free_port(),
            "platform_vast_kubernetes_port": free_port(),
            "platform_vast_git_port": free_port(),
            "vast_poll": 1.0,
            # Some machines boot on two busy cores.
            "vast_timeout": 600,
        }
        (self.folder / "variables.json").write_text(json.dumps({**own, **self.variables}))

    @property
    def said(self) -> str:
        """What the last playbook said so far."""
        return (self.folder / "output").read_text()

    def start(self, playbook: str, *words: str) -> subprocess.Popen[bytes]:
        """Begin a playbook of the product."""
        argv = [PLAYBOOK, "-i", "inventories/vast", f"playbooks/{playbook}.yml"]
        # Not a pipe: what outlives the playbook would keep it open.
        with (self.folder / "output").open("wb") as output:
            return subprocess.Popen(
                [*argv, "-e", f"@{self.folder / 'variables.json'}", *words],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
            )

    def play(self, playbook: str, *words: str) -> Run:
        """Run one to its end."""
        rc = self.start(playbook, *words).wait()
        return Run(rc, self.said)

    def must(self, playbook: str, *words: str) -> Run:
        """Run one that has to succeed."""
        done = self.play(playbook, *words)
        assert done.rc == 0, done.output[-8000:]
        return done

    def writes(self) -> list[str]:
        """What the provider was asked to change so far."""
        return [f"{call.method} {call.path}" for call in self.vast.calls if call.writes]

    def labels(self) -> list[str | None]:
        """Labels of all living instances."""
        return [instance.label for instance in self.vast.account.living()]
