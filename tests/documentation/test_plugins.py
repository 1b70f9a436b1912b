# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every plugin is documented completely, as ansible-doc shows it."""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSIBLE_DOC = str(pathlib.Path(sys.executable).parent / "ansible-doc")
# Plugins that no person names in a task.
NOT_TASKS = {"preflight", "artifacts"}


def names(kind: str) -> list[str]:
    """Names of the plugins in plugins/<kind>."""
    return sorted(path.stem for path in (ROOT / "plugins" / kind).glob("*.py") if not path.stem.startswith("_"))


@functools.cache
def documentation(kind: str) -> dict[str, t.Any]:
    """What ansible-doc says of all plugins of a kind (module, filter, callback)."""
    folder = {"module": "modules"}.get(kind, kind)
    plugins = [f"inference.platform.{name}" for name in names(folder)]
    if not plugins:
        return {}
    run = subprocess.run([ANSIBLE_DOC, "--json", "--type", kind, *plugins], capture_output=True, text=True, check=True)
    found: dict[str, t.Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("name", names("modules"))
def test_a_module_has_a_description_examples_and_return_values(name: str) -> None:
    entry = documentation("module")[f"inference.platform.{name}"]
    assert entry["doc"]["short_description"]
    assert entry["doc"]["author"]
    assert {"check_mode", "diff_mode"} <= set(entry["doc"]["attributes"])
    assert f"inference.platform.{name}:" in entry["examples"]
    assert entry["return"]
    for option, spec in (entry["doc"].get("options") or {}).items():
        assert spec.get("description"), option
        assert spec.get("type"), option


@pytest.mark.parametrize("name", names("action"))
def test_an_action_plugin_has_a_module_file_that_documents_it(name: str) -> None:
    assert name in names("modules")


@pytest.mark.parametrize("kind", ["callback", "filter", "inventory"])
def test_other_plugins_are_documented(kind: str) -> None:
    for name in names(kind):
        assert documentation(kind)[f"inference.platform.{name}"]["doc"]["short_description"]


def test_action_groups_name_only_modules_that_exist() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    assert {name for group in groups.values() for name in group} <= set(names("modules"))


def test_every_module_is_in_the_action_group_of_what_it_talks_to() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    for name in names("modules"):
        options = documentation("module")[f"inference.platform.{name}"]["doc"].get("options") or {}
        if "kubeconfig" in options:
            assert name in groups["cluster"]
        for group in ("litellm", "vast"):
            if name.startswith(f"{group}_"):
                assert name in groups[group]
