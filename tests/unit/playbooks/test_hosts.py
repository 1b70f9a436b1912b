# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which hosts hosts.yml accepts or refuses for their GPUs."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import yaml

# In a process of its own: Ansible's controller, once imported, changes how modules warn.
TEMPLATE = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
conditions, cases = json.load(sys.stdin)
def holds(variables):
    templar = Templar(loader=DataLoader(), variables=variables)
    return all(templar.evaluate_conditional(trust_as_template(one)) for one in conditions)
print(json.dumps([holds(variables) for variables in cases]))
"""
PLAYBOOK = pathlib.Path(__file__).parents[3] / "playbooks" / "hosts.yml"


def judged(*cases: tuple[str, int, str, bool]) -> list[bool]:
    """For each of stack, number of cards, version of the loaded driver and check mode: whether the host is judged."""
    (play,) = (play for play in yaml.safe_load(PLAYBOOK.read_text(encoding="utf-8")) if "tasks" in play)
    (task,) = (task for task in play["tasks"] if task["name"] == "Accept the GPUs before they get work")
    variables = [
        {
            "platform": {"gpu_stack": stack},
            "__hosts_gpus": {"driver": {"cards": [{}] * cards, "loaded": loaded}},
            "ansible_check_mode": check,
        }
        for stack, cards, loaded, check in cases
    ]
    done = subprocess.run(
        [sys.executable, "-c", TEMPLATE],
        input=json.dumps([task["when"], variables]),
        capture_output=True,
        text=True,
        check=True,
    )
    return [bool(one) for one in json.loads(done.stdout)]


def test_a_host_with_cards_is_judged_and_one_without_is_not() -> None:
    assert judged(("host", 2, "580.1", False), ("provider", 1, "580.1", False)) == [True, True]
    assert judged(("host", 0, "", False), ("provider", 0, "", False)) == [False, False]


def test_a_driver_that_is_missing_is_a_fault_unless_it_is_yet_to_come() -> None:
    assert judged(("host", 1, "", False), ("provider", 1, "", False)) == [True, True]
    assert judged(("operator", 1, "", False), ("host", 1, "", True)) == [False, False]


def test_cards_whose_driver_the_host_has_are_judged_whoever_offers_them() -> None:
    assert judged(("operator", 1, "580.1", False), ("host", 1, "580.1", True)) == [True, True]
