# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Texts name everything a person may write."""

from __future__ import annotations

import pathlib
import re
import typing as t

import yaml

from ansible_collections.inference.platform.plugins.module_utils.config.schema import VARIABLES
from ansible_collections.inference.platform.plugins.module_utils.litellm import versions

ROOT = pathlib.Path(__file__).resolve().parents[2]


def components() -> list[dict[str, t.Any]]:
    """The entries of the compatibility file."""
    file = yaml.safe_load((ROOT / "meta" / "compatibility.yml").read_text(encoding="utf-8"))
    return list(file["components"].values())


def test_the_configuration_page_describes_every_variable() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [name for name in VARIABLES if f"`platform_{name}`" not in page] == []


def test_every_playbook_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "playbooks").glob("*.yml") if path.name not in readme] == []


def test_the_compatibility_file_knows_every_version_that_is_pinned() -> None:
    catalogue = yaml.safe_load((ROOT / "catalogue" / "catalogue.yml").read_text(encoding="utf-8"))
    pinned = {entry["artefact"]: str(catalogue["artifacts"][entry["artefact"]]["version"]) for entry in components()}
    assert [entry for entry in components() if pinned[entry["artefact"]] not in entry["tested"]] == []


def test_the_compatibility_page_says_what_the_file_says() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    stated = {
        artefact: (versions.split(", "), how)
        for artefact, versions, how in re.findall(
            r"^\|[^|]*\| `([^`]+)` \| ([^|]+) \| `([^`]+)` \|", page, re.MULTILINE
        )
    }
    assert stated == {entry["artefact"]: (entry["tested"], entry["how"]) for entry in components()}


def test_what_runs_a_version_can_be_made() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {entry["how"] for entry in components()} <= {f"make {target}" for target in targets}


def test_modules_doubt_versions_of_litellm_that_the_compatibility_file_does_not_reach() -> None:
    (tested,) = [entry["tested"] for entry in components() if entry["artefact"] == "litellm"]
    assert (tested[0], tested[-1]) == (f"v{versions.OLDEST}", f"v{versions.NEWEST}")


def test_every_other_version_of_litellm_has_a_lock() -> None:
    (tested,) = [entry["tested"] for entry in components() if entry["artefact"] == "litellm"]
    catalogue = yaml.safe_load((ROOT / "catalogue" / "catalogue.yml").read_text(encoding="utf-8"))
    others = {version.removeprefix("v") for version in tested} - {catalogue["artifacts"]["litellm"]["version"][1:]}
    locks = (ROOT / "tests" / "integration" / "litellm_fixture" / "locks").glob("*.txt")
    assert others == {lock.stem for lock in locks if f"litellm=={lock.stem} " in lock.read_text(encoding="utf-8")}
