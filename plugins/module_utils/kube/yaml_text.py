# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""YAML in and out the way Kubernetes means it: no timestamps, no silent duplicate keys, stable output."""

from __future__ import annotations

import typing as t

from .errors import ConfigError, ObjectError

try:
    import yaml
except ImportError:  # pragma: no cover - depends on the interpreter the module runs with
    yaml = None  # type: ignore[assignment]

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


def _build_loader() -> type[t.Any]:
    base: type[t.Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):
        """SafeLoader without timestamps (the API server wants strings) that refuses a key given twice."""

        def construct_mapping(self, node: t.Any, deep: bool = False) -> dict[t.Any, t.Any]:
            pairs = len(node.value)
            mapping: dict[t.Any, t.Any] = super().construct_mapping(node, deep)
            # A merge key (<<) rewrites node.value: there an overridden key is meant.
            if len(mapping) != pairs == len(node.value):
                self._explain_duplicate(node)
            return mapping

        def _explain_duplicate(self, node: t.Any) -> None:
            seen: set[str] = set()
            for key, _value in node.value:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value!r}", key.start_mark)
                seen.add(key.value)

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag != _TIMESTAMP]
        for first, pairs in base.yaml_implicit_resolvers.items()
    }
    return Loader


def _build_dumper() -> type[t.Any]:
    base: type[t.Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):
        """SafeDumper without anchors, and with texts of several lines as blocks that people can read."""

        def ignore_aliases(self, _data: t.Any) -> bool:
            return True

    def text(dumper: t.Any, value: str) -> t.Any:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


_LOADER = _build_loader() if yaml else None
_DUMPER = _build_dumper() if yaml else None


def require_yaml() -> None:
    """Raises ConfigError when PyYAML is missing from the interpreter that runs us."""
    if yaml is None:
        raise ConfigError(
            "PyYAML is missing from the Python that runs this module: set ansible_python_interpreter to the one that runs "
            "Ansible (ansible_playbook_python), or install PyYAML there."
        )


def load_all(text: str, origin: str) -> list[t.Any]:
    """All documents of ``text`` that are not empty. Raises ObjectError naming ``origin``, line and column."""
    require_yaml()
    try:
        return [document for document in yaml.load_all(text, Loader=_LOADER) if document is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{origin}, line {mark.line + 1}, column {mark.column + 1}" if mark else origin
        problem = getattr(error, "problem", None) or str(error)
        raise ObjectError(f"{place}: not valid YAML: {problem}.", origin=origin) from error


def dump(value: t.Any) -> str:
    """One document, keys in the order given, no line folding: the same object always gives the same text."""
    require_yaml()
    return str(
        yaml.dump(
            value,
            Dumper=t.cast(t.Any, _DUMPER),
            sort_keys=False,
            default_flow_style=False,
            width=2**20,
            allow_unicode=True,
        )
    )
