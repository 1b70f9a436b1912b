# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Go commands are built with pinned tools and settings, whatever this host has set."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import parse_catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.golang import (
    GoBuilder,
    executable_name,
    parse_modules,
)
from ansible_collections.inference.platform.plugins.module_utils.artifacts.keys import Keys
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import Catalogue, ModuleFile
from ansible_collections.inference.platform.plugins.module_utils.artifacts.store import Store

HOST = {
    "PATH": "/usr/local/go/bin",
    "GOFLAGS": "-mod=mod",
    "GOTOOLCHAIN": "auto",
    "GOROOT": "/usr/local/go",
    "CGO_ENABLED": "1",
    "GOPROXY": "https://proxy.example",
    "GONOSUMDB": "corp.example",
    "SECRET": "x",
}


class Recorder:
    """A runner that writes down what it was asked to run, and makes the files that a build would make."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], dict[str, str], pathlib.Path | None]] = []

    def run(
        self,
        argv: t.Sequence[str],
        *,
        env: t.Mapping[str, str],
        log: pathlib.Path,
        cwd: pathlib.Path | None = None,
        network: bool = True,
        attempts: int = 1,
    ) -> None:
        self.calls.append((list(argv), dict(env), cwd))
        if argv[1] == "build":
            out = argv[argv.index("-o") + 1]
            for package in argv[argv.index("-o") + 2 :]:
                pathlib.Path(out, executable_name(package)).write_text(package)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def builder(catalogue: Catalogue, store: Store, recorder: Recorder) -> GoBuilder:
    return GoBuilder(catalogue, store, Keys(catalogue), recorder, HOST)


def test_all_commands_of_a_set_are_built_by_one_call_and_filed_by_key(
    catalogue: Catalogue, store: Store, builder: GoBuilder, recorder: Recorder
) -> None:
    builder.build(catalogue.go_sets["tools"], ["one", "two"], store.logs / "x")
    ((argv, _, cwd),) = recorder.calls
    assert argv[:4] == [str(builder.program), "build", "-trimpath", "-buildvcs=false"]
    assert argv[argv.index("-ldflags") + 1] == "-s -w"
    assert argv[-2:] == ["example.org/one", "example.org/two"]
    assert cwd == catalogue.root / "tools"
    assert store.command(Keys(catalogue).command("tools", "two")).read_text() == "example.org/two"


def test_settings_of_the_host_change_nothing_but_where_modules_come_from(
    catalogue: Catalogue, store: Store, builder: GoBuilder, recorder: Recorder
) -> None:
    builder.fetch(catalogue.go_sets["tools"], ["one"], store.logs / "x")
    environment = recorder.calls[0][1]
    assert environment["GOFLAGS"] == "-mod=readonly -modcacherw"
    assert environment["GOTOOLCHAIN"] == "local"
    assert environment["CGO_ENABLED"] == "0"
    assert environment["GOROOT"] == str(builder.program.parents[1])
    assert environment["GOPROXY"] == "https://proxy.example"
    assert "SECRET" not in environment
    assert environment["GOMODCACHE"].startswith(str(store.build))
    assert environment["GOCACHE"].startswith(str(store.build))


def test_only_sets_with_c_code_are_built_with_the_compiler_of_the_host(
    data: dict[str, t.Any], folder: pathlib.Path, store: Store, recorder: Recorder
) -> None:
    data["go"]["other"]["cgo"] = True
    catalogue = parse_catalogue(data, folder)
    builder = GoBuilder(catalogue, store, Keys(catalogue), recorder, HOST)
    for name in ("tools", "other"):
        builder.build(catalogue.go_sets[name], list(catalogue.go_sets[name].commands), store.logs / "x")
    plain, with_c = (call[1] for call in recorder.calls)
    assert (plain["CGO_ENABLED"], plain.get("CC")) == ("0", None)
    assert (with_c["CGO_ENABLED"], with_c["CC"]) == ("1", "gcc")


def test_the_checksum_database_is_left_out_for_the_named_modules_of_one_set_only(
    data: dict[str, t.Any], folder: pathlib.Path, store: Store, recorder: Recorder
) -> None:
    data["go"]["tools"]["nosumdb"] = ["example.org/unlisted"]
    catalogue = parse_catalogue(data, folder)
    builder = GoBuilder(catalogue, store, Keys(catalogue), recorder, HOST)
    for name in ("tools", "other"):
        builder.fetch(catalogue.go_sets[name], list(catalogue.go_sets[name].commands), store.logs / "x")
    assert [call[1]["GONOSUMDB"] for call in recorder.calls] == ["corp.example,example.org/unlisted", "corp.example"]


def test_files_of_the_catalogue_replace_those_of_a_patched_module(
    data: dict[str, t.Any], folder: pathlib.Path, store: Store, recorder: Recorder
) -> None:
    module = store.root / "module"
    for name, text in (("go.mod", "module example.org/other"), ("lists/all.go", "everything"), ("main.go", "main")):
        (module / name).parent.mkdir(parents=True, exist_ok=True)
        (module / name).write_text(text)
    patch = folder / "other/patch/lists"
    patch.mkdir(parents=True)
    (patch / "all.go").write_text("little")
    data["go"]["other"]["patch"] = "example.org/other"
    catalogue = parse_catalogue(data, folder)
    builder = GoBuilder(catalogue, store, Keys(catalogue), recorder, HOST)
    builder.program.parent.mkdir(parents=True)
    builder.program.write_text(f"#!/bin/sh\necho v1\necho {module}\n")
    builder.program.chmod(0o755)
    builder.fetch(catalogue.go_sets["other"], ["three"], store.logs / "x")
    builder.build(catalogue.go_sets["other"], ["three"], store.logs / "x")
    work = store.build / "patched/other"
    assert {cwd for _argv, _env, cwd in recorder.calls} == {work}
    assert "-replace=example.org/other=./module" in [word for argv, _env, _cwd in recorder.calls for word in argv]
    assert (work / "module/lists/all.go").read_text() == "little"
    assert (work / "module/main.go").read_text() == "main"
    assert (module / "lists/all.go").read_text() == "everything"
    # a file of the module is the release's own
    for name in ("go.mod", "go.sum"):
        (folder / "other" / name).write_text("as committed")
    builder.program.write_text(f"#!/bin/sh\ngrep -qx 'as committed' go.mod || exit 1\necho v1\necho {module}\n")
    source = ModuleFile("other", "example.org/other", "lists/all.go")
    builder.module_file(catalogue.go_sets["other"], source, store.root / "copy", store.logs / "x")
    assert (store.root / "copy").read_text() == "everything"
    builder.drop_caches()
    assert not work.exists()


def test_a_patch_is_part_of_the_key(data: dict[str, t.Any], folder: pathlib.Path) -> None:
    before = Keys(parse_catalogue(data, folder)).command("other", "three")
    (folder / "other/patch").mkdir()
    data["go"]["other"]["patch"] = "example.org/other"
    assert Keys(parse_catalogue(data, folder)).command("other", "three") != before


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("k8s.io/kubernetes/cmd/kubelet", "kubelet"),
        ("go.etcd.io/etcd/server/v3", "server"),
        ("github.com/coredns/coredns", "coredns"),
        ("helm.sh/helm/v4/cmd/helm", "helm"),
    ],
)
def test_the_name_of_a_built_command_is_known(package: str, name: str) -> None:
    assert executable_name(package) == name


def test_the_modules_in_a_binary_are_listed_with_what_replaced_them() -> None:
    text = (
        "/x: go1.26.6\n\tpath\texample.org/cmd\n\tmod\tkubernetes\t(devel)\t\n"
        "\tdep\tk8s.io/api\tv0.0.0\n\t=>\tk8s.io/api\tv0.34.4\th1:x=\n\tdep\tgolang.org/x/net\tv0.40.0\th1:y=\n"
    )
    assert [component["purl"] for component in parse_modules(text, "1.26.6")] == [
        "pkg:golang/golang.org/x/net@v0.40.0",
        "pkg:golang/k8s.io/api@v0.34.4",
        "pkg:golang/std@go1.26.6",
    ]
