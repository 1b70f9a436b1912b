# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A catalogue that does not fit is refused with the place of the fault."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts import catalogue as subject
from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import CatalogueError

Data = dict[str, t.Any]


def test_an_image_without_own_steps_stands_on_its_base_alone(data: Data, folder: pathlib.Path) -> None:
    data["artifacts"]["plain"] = {"version": 3.13, "kind": "debian", "image": "example.org/plain:1", "base": "python"}
    found = subject.parse_catalogue(data, folder)
    assert [layer.name for layer in found.chain(found.artifacts["plain"].layer)] == ["base", "python"]
    assert found.artifacts["plain"].version == "3.13"


def test_the_steps_of_an_image_become_a_layer_on_its_base(data: Data, folder: pathlib.Path) -> None:
    found = subject.parse_catalogue(data, folder)
    assert [layer.name for layer in found.chain(found.artifacts["app"].layer)] == ["base", "python", "artifact:app"]


def test_image_refs_gives_the_first_reference_of_each_image(data: Data, folder: pathlib.Path) -> None:
    assert subject.parse_catalogue(data, folder).image_refs() == {
        "one": "example.org/one:1",
        "app": "example.org/app:2",
    }


def _set(path: str, value: t.Any) -> t.Callable[[Data], None]:
    def change(data: Data) -> None:
        *parents, last = path.split("/")
        here: t.Any = data
        for part in parents:
            here = here[part]
        here[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("format", 2), "format must be 1"),
        (_set("surprise", 1), "catalogue: unknown key surprise"),
        (_set("go/tools/flags", "-x"), "go.tools: unknown key flags"),
        (_set("go/tools/directory", "absent"), "absent does not exist beside the catalogue"),
        (_set("go/tools/directory", "../.."), "lies outside of the catalogue"),
        (_set("layers/python/base", "nothing"), "there is no layer 'nothing'"),
        (_set("layers/python/steps", [{"debian": {"suite": "trixie"}}]), "debian may only be the first step"),
        (_set("layers/base/steps", [{"apt": ["x"]}]), "apt needs a layer with a base or a debian step"),
        (_set("layers/base/steps", [{"fly": {}}]), "no such step"),
        (_set("layers/python/steps", [{"apt": []}]), "must be a list of strings"),
        (_set("layers/maker/steps", [{"copy_from": {"layer": "x", "path": "/", "to": "/"}}]), "names a layer 'x'"),
        (_set("layers/maker/steps", [{"copy_from": {"artifact": "app", "path": "/", "to": "/"}}]), "is circular"),
        (_set("artifacts/one/steps", [{"go": {"set": "tools", "command": "x", "to": "/x"}}]), "no command 'x'"),
        (_set("artifacts/one/kind", "rust"), "'rust' is not one of"),
        (_set("artifacts/one/file", {"layer": "base"}), "exactly one of image and file"),
        (_set("artifacts/one/image", "example.org:5000/one"), "has no tag"),
        (_set("artifacts/one/image", "example.org/app:2"), "already stands for"),
        (_set("artifacts/root/file", {"layer": "python"}), "is not a layer without base"),
        (_set("artifacts/root/file", {"tree": 1}), "must be one of go, module and layer"),
        (_set("artifacts/definition/file/module/set", "x"), "there is no Go set 'x'"),
        (_set("artifacts/app/config", {"shell": "x"}), "artifacts.app.config: unknown key shell"),
        (_set("artifacts/app/version", None), "has the wrong type"),
    ],
)
def test_a_fault_is_named_with_its_place(
    data: Data, folder: pathlib.Path, change: t.Callable[[Data], None], words: str
) -> None:
    change(data)
    with pytest.raises(CatalogueError) as caught:
        subject.parse_catalogue(data, folder)
    assert words in str(caught.value)


def test_a_file_that_is_no_yaml_is_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "catalogue.yml"
    path.write_text("a: [")
    with pytest.raises(CatalogueError, match=r"catalogue\.yml: cannot be read"):
        subject.load_catalogue(path)
