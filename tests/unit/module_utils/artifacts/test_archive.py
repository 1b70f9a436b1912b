# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The archive of a folder depends on nothing but its files."""

from __future__ import annotations

import os
import pathlib
import tarfile

from ansible_collections.inference.platform.plugins.module_utils.artifacts.archive import pack_folder


def make(folder: pathlib.Path, names: list[str], mode: int, age: int) -> pathlib.Path:
    for name in names:
        path = folder / "chart" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
        os.utime(path, (age, age))
    return folder / "chart"


def test_order_age_and_modes_of_files_leave_no_trace(tmp_path: pathlib.Path) -> None:
    one = make(tmp_path / "one", ["Chart.yaml", "templates/a.yaml", ".helmignore"], 0o444, 1)
    two = make(tmp_path / "two", [".helmignore", "templates/a.yaml", "Chart.yaml"], 0o755, 2)
    pack_folder(one, tmp_path / "one.tgz", 5)
    pack_folder(two, tmp_path / "other-name.tgz", 5)
    assert (tmp_path / "one.tgz").read_bytes() == (tmp_path / "other-name.tgz").read_bytes()
    with tarfile.open(tmp_path / "one.tgz") as tar:
        assert tar.getnames() == ["chart/.helmignore", "chart/Chart.yaml", "chart/templates/a.yaml"]
        assert {(entry.mtime, entry.mode, entry.uid) for entry in tar} == {(5, 0o644, 0)}


def test_other_contents_are_another_archive(tmp_path: pathlib.Path) -> None:
    pack_folder(make(tmp_path / "one", ["a"], 0o644, 1), tmp_path / "one.tgz", 5)
    pack_folder(make(tmp_path / "two", ["b"], 0o644, 1), tmp_path / "two.tgz", 5)
    assert (tmp_path / "one.tgz").read_bytes() != (tmp_path / "two.tgz").read_bytes()
