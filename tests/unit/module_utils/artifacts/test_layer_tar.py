# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A layer becomes the same tar every time, and a tar becomes the same layer again."""

from __future__ import annotations

import hashlib
import io
import os
import pathlib
import stat
import tarfile

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.layer_tar import pack, unpack

CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="device nodes and trusted attributes need root")


def _tree(root: pathlib.Path) -> pathlib.Path:
    (root / "etc/sub").mkdir(parents=True)
    (root / "etc/a").write_text("a")
    os.link(root / "etc/a", root / "etc/b")
    (root / "etc/link").symlink_to("a")
    (root / "etc/tool").write_text("tool")
    os.setxattr(root / "etc/tool", "security.capability", CAPABILITY)
    os.mknod(root / "etc/gone", stat.S_IFCHR, 0)
    os.setxattr(root / "etc/sub", "trusted.overlay.opaque", b"y")
    os.chown(root / "etc/a", 999, 998)
    for path in (*root.rglob("*"), root):
        os.utime(path, (1000, 1000), follow_symlinks=False)
    return root


def _packed(root: pathlib.Path, *lowers: pathlib.Path) -> bytes:
    out = io.BytesIO()
    pack(root, out, lowers)
    return out.getvalue()


def test_two_equal_layers_give_the_same_bytes(tmp_path: pathlib.Path) -> None:
    assert _packed(_tree(tmp_path / "one")) == _packed(_tree(tmp_path / "two"))


def test_what_is_gone_is_marked_as_the_image_specification_says(tmp_path: pathlib.Path) -> None:
    lower = tmp_path / "lower"
    (lower / "etc/sub").mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(_packed(_tree(tmp_path / "upper"), lower))) as tar:
        names = tar.getnames()
    assert "etc/.wh.gone" in names
    assert "etc/gone" not in names
    assert "etc/sub/.wh..wh..opq" in names


def test_a_folder_that_hides_nothing_is_not_marked(tmp_path: pathlib.Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_packed(_tree(tmp_path / "upper")))) as tar:
        assert "etc/sub/.wh..wh..opq" not in tar.getnames()


def test_owners_links_times_and_capabilities_survive_the_way_there_and_back(tmp_path: pathlib.Path) -> None:
    lower = tmp_path / "lower"
    (lower / "etc/sub").mkdir(parents=True)
    first = _packed(_tree(tmp_path / "upper"), lower)
    unpack(io.BytesIO(first), tmp_path / "again")
    again = tmp_path / "again/etc"
    assert (again / "a").stat().st_uid == 999
    assert (again / "a").stat().st_ino == (again / "b").stat().st_ino
    assert os.getxattr(again / "tool", "security.capability") == CAPABILITY
    assert os.getxattr(again / "sub", "trusted.overlay.opaque") == b"y"
    assert stat.S_ISCHR((again / "gone").lstat().st_mode)
    assert again.stat().st_mtime == 1000
    assert _packed(tmp_path / "again", lower) == first


def test_the_digest_and_size_are_those_of_the_tar(tmp_path: pathlib.Path) -> None:
    out = io.BytesIO()
    digest, size = pack(_tree(tmp_path / "upper"), out)
    assert (digest, size) == (hashlib.sha256(out.getvalue()).hexdigest(), len(out.getvalue()))
