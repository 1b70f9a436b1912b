# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Hosts are restarted one after the other, only those that need it, and none after one that does not come back."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

RESTART = pathlib.Path(__file__).parents[3] / "roles/gpu_driver/tasks/restart.yml"
ANSIBLE = pathlib.Path(sys.executable).with_name("ansible-playbook")
NEEDS = {"one": "nouveau", "two": "", "three": "nouveau", "four": "another version"}


def restarted(folder: pathlib.Path, lost: str) -> tuple[int, list[str]]:
    """Run the role's own task with a command in place of the restart; C(lost) is a host that does not come back."""
    (task,) = [task for task in yaml.safe_load(RESTART.read_text()) if "ansible.builtin.reboot" in task]
    del task["ansible.builtin.reboot"]
    script = f"echo {{{{ item }}}} >> {folder}/log; test {{{{ item }}}} != '{lost}'"
    task["ansible.builtin.command"] = {"argv": ["sh", "-c", script]}
    hosts = {
        name: {"__gpu_driver_installed": {"driver": {"restart": why}}, "ansible_connection": "local"}
        for name, why in NEEDS.items()
    }
    everything: dict[str, t.Any] = {"hosts": hosts, "vars": {"ansible_python_interpreter": sys.executable}}
    (folder / "hosts.json").write_text(json.dumps({"all": everything}))
    (folder / "play.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    argv = [str(ANSIBLE), "-i", str(folder / "hosts.json"), str(folder / "play.json")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, (folder / "log").read_text().split()


@pytest.mark.parametrize(("lost", "expected"), [("", ["one", "three", "four"]), ("three", ["one", "three"])])
def test_hosts_that_need_it_are_restarted_in_order_until_one_is_lost(
    tmp_path: pathlib.Path, lost: str, expected: list[str]
) -> None:
    rc, log = restarted(tmp_path, lost)
    assert log == expected
    assert (rc == 0) is (lost == "")
