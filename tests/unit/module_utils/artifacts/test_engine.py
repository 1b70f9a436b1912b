# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the request or the machine is said before anything is built."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import shutil
import typing as t

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.artifacts import engine as subject
from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import parse_catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import ArtifactError
from ansible_collections.inference.platform.plugins.module_utils.artifacts.plan import Plan
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import Catalogue

Usage = collections.namedtuple("Usage", "total used free")


@pytest.fixture
def options(data: dict[str, t.Any], folder: pathlib.Path, tmp_path: pathlib.Path) -> subject.Options:
    (folder / "catalogue.yml").write_text(yaml.safe_dump(data, sort_keys=False))
    return subject.Options(tmp_path / "cache", folder / "catalogue.yml", check=True)


def test_a_check_names_what_would_be_built_and_leaves_no_trace(options: subject.Options) -> None:
    outcome = subject.Engine(options, lambda _: None).ensure()
    assert outcome.built == ["one", "two", "app", "root", "definition"]
    assert outcome.images["app"]["ref"] == "example.org/app:2"
    assert outcome.images["app"]["digest"] == outcome.files["two"]["sha256"] == ""
    assert outcome.files["two"]["path"].startswith(f"{options.cache}/files/two-")
    assert not options.cache.exists()


@pytest.mark.parametrize(("select", "names"), [("images", ["one", "app"]), ("files", ["two", "root", "definition"])])
def test_images_and_host_files_can_be_made_apart(options: subject.Options, select: str, names: list[str]) -> None:
    assert subject.Engine(dataclasses.replace(options, select=select), lambda _: None).ensure().built == names


def test_an_unknown_name_is_refused_with_the_known_ones(options: subject.Options) -> None:
    with pytest.raises(ArtifactError, match="no artefact kublet; known are one, two"):
        subject.Engine(dataclasses.replace(options, names=("kublet",)), lambda _: None)


@pytest.mark.parametrize(
    ("asked", "built"),
    [
        ({}, ["two", "app", "root", "definition"]),
        ({"groups": ("cards",)}, ["one", "two", "app", "root", "definition"]),
        ({"groups": ("cards",), "select": "files"}, ["two", "root", "definition"]),
        ({"names": ("one",)}, ["one"]),
    ],
)
def test_an_artefact_of_a_group_is_made_only_when_the_group_or_itself_is_asked_for(
    data: dict[str, t.Any], options: subject.Options, asked: dict[str, t.Any], built: list[str]
) -> None:
    data["artifacts"]["one"]["group"] = "cards"
    options.catalogue.write_text(yaml.safe_dump(data, sort_keys=False))
    assert subject.Engine(dataclasses.replace(options, **asked), lambda _: None).ensure().built == built


def test_an_unknown_group_is_refused_with_the_known_ones(data: dict[str, t.Any], options: subject.Options) -> None:
    data["artifacts"]["one"]["group"] = "cards"
    options.catalogue.write_text(yaml.safe_dump(data, sort_keys=False))
    with pytest.raises(ArtifactError, match="no group card; known are cards"):
        subject.Engine(dataclasses.replace(options, groups=("card",)), lambda _: None)


def test_too_little_disk_for_what_is_missing_is_said_with_both_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 3e9))
    with pytest.raises(ArtifactError, match=r"Building app needs 5\.0 GB .* only 3\.0 GB are free"):
        subject.check_disk(Plan(needs={"artifact:app": []}, disk=4), tmp_path)


def test_little_disk_is_no_trouble_when_little_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 3e9))
    subject.check_disk(Plan(needs={"artifact:app": []}, disk=1.5), tmp_path)


def test_no_more_than_the_ceiling_is_ever_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 31e9))
    subject.check_disk(Plan(needs={"artifact:app": []}, disk=90), tmp_path)


def test_a_cache_path_that_overlayfs_cannot_take_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ArtifactError, match="no colon, comma or backslash"):
        subject.check_disk(Plan(), tmp_path / "a:b")


def test_a_missing_tool_is_named_only_when_it_is_needed(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "mmdebstrap" else f"/bin/{name}")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    subject.check_host(Plan(needs={"artifact:two": []}), catalogue)
    with pytest.raises(ArtifactError, match=r"lacks mmdebstrap; the role inference\.platform\.artifacts installs"):
        subject.check_host(Plan(needs={"layer:base": []}), catalogue)


def test_a_c_compiler_is_asked_for_only_when_c_code_is_to_be_built(
    data: dict[str, t.Any], folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data["go"]["other"]["cgo"] = True
    catalogue = parse_catalogue(data, folder)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "gcc" else f"/bin/{name}")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    subject.check_host(Plan(commands={"tools": ["one"]}), catalogue)
    with pytest.raises(ArtifactError, match="lacks gcc"):
        subject.check_host(Plan(commands={"other": ["three"]}), catalogue)


def test_another_architecture_is_refused(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(ArtifactError, match="amd64 only; this machine is aarch64"):
        subject.check_host(Plan(), catalogue)


def test_an_ordinary_user_is_told_to_become_root(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ArtifactError, match="needs root"):
        subject.check_host(Plan(), catalogue)
