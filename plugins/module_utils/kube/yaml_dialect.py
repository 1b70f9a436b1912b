# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How Kubernetes reads and we write YAML, as classes of PyYAML. Import it through yaml_text, which copes without PyYAML."""

from __future__ import annotations

import typing as t

import yaml

if t.TYPE_CHECKING:
    _BaseLoader = yaml.SafeLoader
    _BaseDumper = yaml.SafeDumper
else:
    # PyYAML may have been built without libyaml.
    _BaseLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _BaseDumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_TEXT = "tag:yaml.org,2002:str"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Loader(_BaseLoader):
    """SafeLoader without timestamps (the API server wants strings) that refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[t.Hashable, t.Any]:
        pairs = len(node.value)
        mapping: dict[t.Hashable, t.Any] = super().construct_mapping(node, deep)
        # A merge key (<<) rewrites node.value: there an overridden key is meant.
        if len(mapping) != pairs == len(node.value):
            self._explain_duplicate(node)
        return mapping

    def _explain_duplicate(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value!r}", key.start_mark)
            seen.add(key.value)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != _TIMESTAMP]
    for first, pairs in _BaseLoader.yaml_implicit_resolvers.items()
}


class Dumper(_BaseDumper):
    """SafeDumper without anchors, and with texts of several lines as blocks that people can read."""

    def ignore_aliases(self, data: t.Any) -> bool:
        return True


def _text(dumper: Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, value, style="|" if "\n" in value else None)


Dumper.add_representer(str, _text)
