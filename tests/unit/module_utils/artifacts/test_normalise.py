# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What differs from build to build, or is of this host, is not in a layer."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.normalise import normalise

EPOCH = 1_700_000_000


@pytest.mark.parametrize(
    "name",
    [
        "etc/resolv.conf",
        "etc/ssh/ssh_host_ed25519_key",
        "etc/ssl/private/ssl-cert-snakeoil.key",
        "etc/shadow-",
        "var/log/dpkg.log",
        "var/log/apt/history.log",
        "var/lib/apt/lists/deb_Packages",
        "var/cache/apt/archives/a.deb",
        "var/lib/dpkg/status-old",
        "tmp/x/y",
        "run/lock",
        "dev/null",
        "root/.cache/pip/x",
    ],
)
def test_it_is_removed(tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("x")
    normalise(tmp_path, EPOCH)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    "name", ["etc/passwd", "etc/ssh/sshd_config", "var/lib/dpkg/status", "usr/bin/tool", "opt/run/x"]
)
def test_it_stays(tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("x")
    normalise(tmp_path, EPOCH)
    assert (tmp_path / name).read_text() == "x"


def test_the_machine_id_is_emptied_and_not_removed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("0123")
    normalise(tmp_path, EPOCH)
    assert (tmp_path / "etc/machine-id").read_bytes() == b""


def test_emptied_folders_stay_themselves(tmp_path: pathlib.Path) -> None:
    (tmp_path / "var/cache/apt/archives").mkdir(parents=True)
    normalise(tmp_path, EPOCH)
    assert (tmp_path / "var/cache/apt").is_dir()


def test_new_times_become_the_epoch_and_old_ones_stay_in_whole_seconds(tmp_path: pathlib.Path) -> None:
    (tmp_path / "old").write_text("x")
    os.utime(tmp_path / "old", ns=(5, 1_600_000_000_500_000_000))
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "new").write_text("x")
    normalise(tmp_path, EPOCH)
    assert (tmp_path / "old").stat().st_mtime_ns == 1_600_000_000 * 10**9
    assert (tmp_path / "new").stat().st_mtime == EPOCH
    assert (tmp_path / "link").lstat().st_mtime == EPOCH
    assert tmp_path.stat().st_mtime == EPOCH


def test_the_mark_of_a_removed_file_stays(tmp_path: pathlib.Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("device nodes need root")
    (tmp_path / "etc").mkdir()
    os.mknod(tmp_path / "etc/resolv.conf", stat.S_IFCHR, 0)
    normalise(tmp_path, EPOCH)
    assert stat.S_ISCHR((tmp_path / "etc/resolv.conf").lstat().st_mode)
