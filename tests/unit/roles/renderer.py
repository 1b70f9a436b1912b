# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Renders roles for as long as it is asked: one JSON request a line, one JSON answer a line."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

ROOT = pathlib.Path(__file__).resolve().parents[3]


def render(role: str, folders: list[str], variables: dict[str, t.Any]) -> list[t.Any]:
    """Objects of every template below these folders of a role."""
    home = ROOT / "roles" / role
    own = {**loaded(home / "defaults" / "main.yml"), **loaded(home / "vars" / "main.yml")}
    templar = Templar(loader=DataLoader(), variables={**trusted(own), "role_path": str(home), **variables})
    found: list[t.Any] = []
    for path in sorted(entry for folder in folders for entry in (home / folder).rglob("*.yaml.j2")):
        text = templar.template(
            trust_as_template(path.read_text(encoding="utf-8")),
            escape_backslashes=False,
            overrides={"trim_blocks": True, "lstrip_blocks": True},
        )
        found += [item for item in yaml.safe_load_all(str(text)) if item is not None]
    return found


def loaded(path: pathlib.Path) -> dict[str, t.Any]:
    """Variables of a file, none when it is not there."""
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def trusted(value: t.Any) -> t.Any:
    """Defaults of a role may be templates."""
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, dict):
        return {key: trusted(entry) for key, entry in value.items()}
    return [trusted(entry) for entry in value] if isinstance(value, list) else value


def main() -> None:
    """Answers until there are no more requests."""
    init_plugin_loader()
    for line in sys.stdin:
        try:
            answer: dict[str, t.Any] = {"objects": render(**json.loads(line))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
