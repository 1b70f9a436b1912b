# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every role says what it takes, and says the same everywhere."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


def load(path: pathlib.Path) -> dict[str, t.Any]:
    """A YAML file as a dict; empty when the file is absent."""
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def options(role: str) -> dict[str, t.Any]:
    """Options of a role's main entry point."""
    specs = load(ROOT / "roles" / role / "meta" / "argument_specs.yml")
    found: dict[str, t.Any] = specs["argument_specs"]["main"].get("options") or {}
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_a_readme_that_names_every_option(role: str) -> None:
    readme = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    missing = [option for option in options(role) if option not in readme]
    assert not missing


@pytest.mark.parametrize("role", ROLES)
def test_defaults_and_argument_spec_say_the_same(role: str) -> None:
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml")
    specs = options(role)
    assert set(defaults) <= set(specs)
    for name, spec in specs.items():
        if "default" in spec:
            assert defaults[name] == spec["default"], name
        assert spec.get("description"), name
        assert spec.get("type"), name


@pytest.mark.parametrize("role", ROLES)
def test_variables_of_a_role_carry_its_name(role: str) -> None:
    assert [name for name in options(role) if not name.startswith(f"{role}_")] == []
