# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""YAML in and out the way Kubernetes means it: no timestamps, no silent duplicate keys, stable output."""

from __future__ import annotations

import typing as t

from .errors import ConfigError, ObjectError

try:
    import yaml

    from .yaml_dialect import Dumper, Loader
except ImportError:
    HAS_YAML = False
else:
    HAS_YAML = True


def _require_yaml() -> None:
    if not HAS_YAML:
        raise ConfigError(
            "PyYAML is missing from the Python that runs this module: set ansible_python_interpreter to the one that "
            "runs Ansible (ansible_playbook_python), or install PyYAML there."
        )


def load_all(text: str, origin: str) -> list[t.Any]:
    """All documents of ``text`` that are not empty. Raises ObjectError naming ``origin``, line and column."""
    _require_yaml()
    try:
        return [document for document in yaml.load_all(text, Loader=Loader) if document is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{origin}, line {mark.line + 1}, column {mark.column + 1}" if mark else origin
        problem = getattr(error, "problem", None) or str(error)
        raise ObjectError(f"{place}: not valid YAML: {problem}.", origin=origin) from None


def dump(value: t.Any) -> str:
    """One document, keys in the order given, no line folding: the same object always gives the same text."""
    _require_yaml()
    return str(
        yaml.dump(value, Dumper=Dumper, sort_keys=False, default_flow_style=False, width=2**20, allow_unicode=True)
    )
