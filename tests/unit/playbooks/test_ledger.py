# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What ledger.yml says when something does not agree."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import yaml

from ansible_collections.inference.platform.plugins.module_utils.ledger.differences import USD, Difference
from ansible_collections.inference.platform.plugins.module_utils.ledger.money import Money

# In a process of its own: Ansible's controller, once imported, changes how modules warn.
TEMPLATE = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
text, variables = json.load(sys.stdin)
print(json.dumps(Templar(loader=DataLoader(), variables=variables).template(trust_as_template(text))))
"""
PLAYBOOK = pathlib.Path(__file__).parents[3] / "playbooks" / "ledger.yml"


def task(name: str) -> dict[str, t.Any]:
    (play,) = (play for play in yaml.safe_load(PLAYBOOK.read_text(encoding="utf-8")) if "tasks" in play)
    (found,) = (task for task in play["tasks"] if task.get("name") == name)
    return t.cast("dict[str, t.Any]", found)


def difference(name: str, *, fault: bool) -> dict[str, t.Any]:
    return Difference(
        "key", "id", name, USD, Money("0.15"), Money("0.1"), "It was lost.", "Repair it.", fault
    ).as_dict()


def test_each_fault_is_a_sentence_and_what_explains_itself_is_none() -> None:
    ledger = {"differences": [difference("research-ci", fault=True), difference("aborted", fault=False)]}
    words = task("Say what does not agree")["ansible.builtin.assert"]["fail_msg"]
    argv = [sys.executable, "-c", TEMPLATE]
    said = subprocess.run(
        argv, input=json.dumps([words, {"ledger": ledger}]), capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == ["key research-ci: 0.05 USD less than the rows say. It was lost. Repair it."]
