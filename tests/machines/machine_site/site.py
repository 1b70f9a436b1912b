# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A platform of real machines on this host, handled through the role as a play does it."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import sys
import typing as t
from collections.abc import Iterator

from ansible_collections.inference.platform.plugins.module_utils.machine import boot, nspawn
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

ANSIBLE = pathlib.Path(sys.executable).with_name("ansible-playbook")
NETWORK = {"bridge": "ipl-mtest", "address": "10.203.99.1/24"}
MACHINES = [{"name": "m1", "address": "10.203.99.11"}, {"name": "m2", "address": "10.203.99.12"}]
HOST_PORT, PORT = 49317, 30400


@functools.cache
def image() -> pathlib.Path:
    """The root file system: the one named by INFERENCE_PLATFORM_MACHINE_IMAGE, or the newest of the artefact cache."""
    named = os.environ.get("INFERENCE_PLATFORM_MACHINE_IMAGE")
    if named:
        return pathlib.Path(named)
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    found = sorted((base / "inference-platform/files").glob("machine-*"), key=lambda path: path.stat().st_mtime)
    assert found, (
        "no root file system of a machine: build the artefacts, or name one in INFERENCE_PLATFORM_MACHINE_IMAGE"
    )
    return found[-1]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run of the role ended: its last result that tells something, and the number of changed tasks."""

    rc: int
    result: dict[str, t.Any]
    changed: int
    output: str


class Site:
    """A platform of machines, handled through the role as a play does it."""

    def __init__(self, folder: pathlib.Path, **changed: t.Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        forward = {"host_address": "127.0.0.1", "host_port": HOST_PORT, "machine": "m1", "port": PORT}
        self.variables: dict[str, t.Any] = {
            "machine_platform": "mtest",
            "machine_list": MACHINES,
            "machine_network": NETWORK,
            "machine_root": str(image()),
            "machine_images": "",
            "machine_binds": [],
            "machine_forwards": [forward],
            "machine_internal_networks": [],
            "machine_stop_timeout": 6,
            "machine_dir": str(folder / "state/machines"),
            "machine_ssh_dir": str(folder / "state/ssh"),
            **changed,
        }

    @property
    def spec(self) -> Spec:
        """The same as the module sees it."""
        read = {key.removeprefix("machine_"): value for key, value in self.variables.items()}
        further = {
            "directory": read["dir"],
            "ssh_directory": read["ssh_dir"],
            "machines": read["list"],
            "image": read["root"],
        }
        return build({**read, **read["network"], **further, "state": "started", "timeout": 60, "stop_timeout": 25})

    def argv(self, state: str, *arguments: str) -> list[str]:
        """The command that runs the role."""
        play = self.folder / "play.yml"
        play.write_text(
            "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
            "    - ansible.builtin.include_role: {name: inference.platform.machine}\n"
        )
        variables = self.folder / f"variables-{state}.json"
        variables.write_text(json.dumps({**self.variables, "machine_state": state}))
        return [str(ANSIBLE), "-i", "localhost,", "-c", "local", str(play), "-e", f"@{variables}", *arguments]

    def run(self, state: str, *arguments: str) -> Outcome:
        """Run the role to its end."""
        settings = self.folder / "ansible.cfg"
        settings.write_text("[defaults]\nstdout_callback = ansible.posix.json\ninterpreter_python = /usr/bin/python3\n")
        environment = {**os.environ, "ANSIBLE_CONFIG": str(settings)}
        done = subprocess.run(
            self.argv(state, *arguments), capture_output=True, text=True, env=environment, check=False
        )
        report = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])
        results = [task["hosts"]["localhost"] for task in report["plays"][0]["tasks"] if "localhost" in task["hosts"]]
        telling = [result for result in results if "steps" in result or result.get("failed")]
        return Outcome(done.returncode, telling[-1], report["stats"]["localhost"]["changed"], done.stdout + done.stderr)

    def must(self, state: str, *arguments: str) -> Outcome:
        """Run the role; it has to succeed."""
        outcome = self.run(state, *arguments)
        assert outcome.rc == 0, outcome.output
        return outcome

    def ssh_argv(self, machine: str) -> list[str]:
        """What speaks to a machine, with strict host key checking."""
        address = next(entry["address"] for entry in self.variables["machine_list"] if entry["name"] == machine)
        return ["ssh", *boot.ssh_arguments(self.spec), f"root@{address}"]

    def ssh(self, machine: str, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in a machine."""
        argv = [*self.ssh_argv(machine), command]
        return subprocess.run(argv, capture_output=True, text=True, check=check, timeout=120)

    def supervisor(self, machine: str) -> int:
        """The process that runs a machine."""
        return nspawn.find(Host(), self.spec, [machine])[machine].pid

    def traces(self) -> list[str]:
        """Everything on this host that says it belongs to the machines."""
        spec = self.spec
        labels = [spec.label(machine.name) for machine in spec.machines]
        listings = [
            subprocess.run(argv, capture_output=True, text=True, check=True).stdout
            for argv in (["ip", "-o", "link"], ["ip", "-4", "route"], ["iptables-save"], ["ps", "-eo", "args"])
        ]
        listings.append(pathlib.Path("/proc/self/mountinfo").read_text())
        lines = [line for listing in listings for line in listing.splitlines() if " ps -eo" not in line]
        words = [spec.bridge, spec.chain(""), spec.key, str(spec.directory), str(spec.ssh_directory), *labels]
        found = [line for line in lines if any(word in line for word in words) and "pytest" not in line]
        for top in ("/sys/fs/cgroup", "/run/systemd/nspawn", "/run/inference-platform", str(self.folder)):
            paths = map(str, pathlib.Path(top).rglob("*")) if top != "/sys/fs/cgroup" else groups()
            found += [
                path for path in paths if any(word in path for word in (spec.key, spec.identity, *labels, "/state/"))
            ]
        return found


def groups() -> Iterator[str]:
    """The control groups of all platforms, and those near the top."""
    for pattern in ("*", "*/*", "*/*/*", "*/*/*/*"):
        yield from map(str, pathlib.Path("/sys/fs/cgroup").glob(pattern))


def refused(outcome: Outcome, *words: str) -> None:
    """The run failed, said why, and changed nothing."""
    assert outcome.rc != 0
    assert outcome.changed == 0
    message = outcome.result["msg"]
    assert [word for word in words if word not in message] == [], message
