# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A key changes when, and only when, something that decides the result changes."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import parse_catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.keys import Keys, tree_digest


def _keys(data: dict[str, t.Any], folder: pathlib.Path) -> dict[str, str]:
    catalogue = parse_catalogue(data, folder)
    keys = Keys(catalogue)
    return {name: keys.artifact(artifact) for name, artifact in catalogue.artifacts.items()}


def _changed(data: dict[str, t.Any], folder: pathlib.Path, change: t.Callable[[], object]) -> set[str]:
    before = _keys(data, folder)
    change()
    after = _keys(data, folder)
    return {name for name in before if before[name] != after[name]}


def test_nothing_changes_between_two_readings(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    assert _changed(data, folder, lambda: None) == set()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("go.txt", {"one", "two"}),
        ("tools/go.mod", {"one", "two"}),
        ("other/go.mod", {"definition"}),
        ("maker/make.py", {"app"}),
    ],
)
def test_an_input_file_changes_what_is_made_of_it(
    data: dict[str, t.Any], folder: pathlib.Path, file: str, expected: set[str]
) -> None:
    assert _changed(data, folder, lambda: (folder / file).write_text("other")) == expected


def test_a_base_changes_everything_that_stands_on_it(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    change = lambda: data["layers"]["base"].update(serial=1)  # noqa: E731
    assert _changed(data, folder, change) == {"app", "root"}


def test_the_settings_of_an_image_change_only_that_image(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    assert _changed(data, folder, lambda: data["artifacts"]["app"]["config"].update(user="0")) == {"app"}


def test_a_new_command_in_a_set_changes_no_other(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    assert _changed(data, folder, lambda: data["go"]["tools"]["commands"].update(four="example.org/four")) == set()


def test_linker_flags_change_the_commands_of_their_set(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    assert _changed(data, folder, lambda: data["go"]["tools"].update(ldflags="")) == {"one", "two"}


def test_c_code_in_a_set_changes_its_commands(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    assert _changed(data, folder, lambda: data["go"]["tools"].update(cgo=True)) == {"one", "two"}


def test_how_much_disk_a_recipe_wants_does_not_count(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    assert _changed(data, folder, lambda: data["layers"]["base"].update(disk=9)) == set()


def test_a_folder_counts_with_its_names_contents_and_executable_bits(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_text("1")
    seen = {tree_digest(tmp_path)}
    (tmp_path / "a").chmod(0o755)
    seen.add(tree_digest(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    seen.add(tree_digest(tmp_path))
    (tmp_path / "l").symlink_to("b")
    seen.add(tree_digest(tmp_path))
    assert len(seen) == 4


def test_byte_code_beside_the_sources_does_not_count(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = tree_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").write_text("x")
    assert tree_digest(tmp_path) == before
