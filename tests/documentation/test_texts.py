# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Texts name everything a person may write."""

from __future__ import annotations

import pathlib

from ansible_collections.inference.platform.plugins.module_utils.config.schema import VARIABLES

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_configuration_page_describes_every_variable() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [name for name in VARIABLES if f"`platform_{name}`" not in page] == []


def test_every_playbook_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "playbooks").glob("*.yml") if path.name not in readme] == []
