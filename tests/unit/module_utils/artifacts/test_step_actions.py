# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What each step does to a layer, as far as it can be seen without running a root's own programs."""

from __future__ import annotations

import pathlib
import stat
import threading
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts import steps
from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import ArtifactError, CommandError
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import Catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.sandbox import Root, Sandbox
from ansible_collections.inference.platform.plugins.module_utils.artifacts.step_actions import LayerSteps, Surroundings


class Recorder:
    """A runner that writes down the scripts it was given, and fails when told to."""

    def __init__(self) -> None:
        self.scripts: list[str] = []
        self.networks: list[bool] = []
        self.failure = ""

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
        self.scripts.append(" ".join(argv))
        self.networks.append(network)
        if self.failure:
            raise CommandError(self.failure)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def lower(tmp_path: pathlib.Path) -> pathlib.Path:
    """A layer below with a merged /usr and a folder that only its owner may enter."""
    root = tmp_path / "lower"
    (root / "usr/lib").mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    (root / "secret").mkdir(mode=0o700)
    return root


@pytest.fixture
def layer(catalogue: Catalogue, tmp_path: pathlib.Path, lower: pathlib.Path, recorder: Recorder) -> LayerSteps:
    root = Root((lower,), tmp_path / "upper", tmp_path / "work")
    sandbox = Sandbox(recorder, root, tmp_path / "glue", tmp_path / "scratch", tmp_path / "log", 1_700_000_000)
    around = Surroundings(
        catalogue=catalogue,
        runner=recorder,
        caches=tmp_path / "caches",
        apt_lock=threading.Lock(),
        apt_updated=set(),
        command=lambda set_name, name: catalogue.root / "tools/go.mod",
        layer=lambda name: tmp_path / "other",
    )
    return LayerSteps(around, root, sandbox, "bottom")


def _mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_go_command_is_executable_whatever_the_cache_says(layer: LayerSteps, tmp_path: pathlib.Path) -> None:
    layer.do(steps.Go("tools", "one", "/usr/bin/one"))
    assert _mode(tmp_path / "upper/usr/bin/one") == 0o755


def test_new_folders_look_like_those_of_the_layers_below(layer: LayerSteps, tmp_path: pathlib.Path) -> None:
    layer.do(steps.Write("/secret/file", "x", 0o600))
    assert _mode(tmp_path / "upper/secret") == 0o700
    assert _mode(tmp_path / "upper/secret/file") == 0o600


def test_writing_through_a_link_of_a_lower_layer_is_refused(layer: LayerSteps) -> None:
    with pytest.raises(ArtifactError, match="/lib is a symbolic link to usr/lib"):
        layer.do(steps.Write("/lib/modules.conf", "x", 0o644))


def test_a_folder_is_copied_into_what_is_there_with_executable_bits(
    layer: LayerSteps, catalogue: Catalogue, tmp_path: pathlib.Path
) -> None:
    source = catalogue.root / "maker"
    (source / "tool").write_text("#!/bin/sh")
    (source / "tool").chmod(0o700)
    (source / "__pycache__").mkdir()
    (source / "__pycache__/x.pyc").write_text("x")
    (source / "link").symlink_to("tool")
    layer.do(steps.Write("/opt/kept", "x", 0o644))
    layer.do(steps.Copy("maker", "/opt", None))
    upper = tmp_path / "upper/opt"
    assert {path.name for path in upper.iterdir()} == {"kept", "make.py", "tool", "link"}
    assert (_mode(upper / "tool"), _mode(upper / "make.py")) == (0o755, 0o644)
    assert (upper / "link").readlink() == pathlib.Path("tool")


def test_a_folder_may_be_copied_to_the_root(layer: LayerSteps, tmp_path: pathlib.Path) -> None:
    layer.do(steps.Copy("maker", "/", None))
    assert (tmp_path / "upper/make.py").exists()


def test_only_what_the_other_layer_made_is_copied_from_it(layer: LayerSteps, tmp_path: pathlib.Path) -> None:
    (tmp_path / "other/out").mkdir(parents=True)
    (tmp_path / "other/out/file").write_text("x")
    layer.do(steps.CopyFrom("maker", "/out", "/app"))
    assert (tmp_path / "upper/app/file").read_text() == "x"
    with pytest.raises(ArtifactError, match="the layer maker did not make /usr"):
        layer.do(steps.CopyFrom("maker", "/usr", "/app"))


def test_python_packages_come_with_hashes_as_wheels_and_without_their_dependencies(
    layer: LayerSteps, recorder: Recorder
) -> None:
    layer.do(steps.Python("/opt/x", "go.txt", ("only-as-source",)))
    make, install = recorder.scripts
    assert "python3 -m venv /opt/x" in make
    for word in ("--require-hashes", "--no-deps", "--only-binary :all: --no-binary only-as-source"):
        assert word in install
    assert recorder.networks == [False, True]


def test_byte_code_of_an_environment_is_compiled_after_the_last_step(layer: LayerSteps, recorder: Recorder) -> None:
    layer.do(steps.Python("/opt/x", "go.txt", ()))
    layer.finish()
    assert "unchecked-hash" in recorder.scripts[-1]
    assert "/opt/x" in recorder.scripts[-1]


def test_package_lists_are_read_once_for_one_debian(layer: LayerSteps, recorder: Recorder) -> None:
    layer.do(steps.Apt(("a",)))
    layer.do(steps.Apt(("b",)))
    assert [" update " in script for script in recorder.scripts] == [True, False, False]


def test_a_program_has_no_network_unless_its_recipe_says_so(layer: LayerSteps, recorder: Recorder) -> None:
    layer.do(steps.Run(("make",), (), "/", ("maker",), False))
    layer.do(steps.Run(("make",), (), "/", (), True))
    assert recorder.networks == [False, True]
    assert "/run/build/inputs/maker" in recorder.scripts[0]


def test_a_corrupt_npm_package_is_named(layer: LayerSteps, catalogue: Catalogue, recorder: Recorder) -> None:
    lock = '{"packages": {"node_modules/left-pad": {"version": "1.3.0", "integrity": "sha512-AA=="}}}'
    (catalogue.root / "maker/package-lock.json").write_text(lock)
    recorder.failure = "the download is corrupt: sha512-AA=="
    with pytest.raises(CommandError, match=r"corrupt: left-pad@1\.3\.0"):
        layer.do(steps.Npm("maker", "/app", ()))
