# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Texts name everything a person may write."""

from __future__ import annotations

import pathlib
import re

import yaml

from ansible_collections.inference.platform.plugins.module_utils.config.schema import VARIABLES

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_configuration_page_describes_every_variable() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [name for name in VARIABLES if f"`platform_{name}`" not in page] == []


def test_every_playbook_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "playbooks").glob("*.yml") if path.name not in readme] == []


def test_the_compatibility_page_names_the_versions_that_are_pinned() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\|[^|]*\| `([^`]+)` \| (\S+) \|", page, re.MULTILINE))
    catalogue = yaml.safe_load((ROOT / "catalogue" / "catalogue.yml").read_text(encoding="utf-8"))
    assert stated
    assert stated == {name: str(catalogue["artifacts"][name]["version"]) for name in stated}
