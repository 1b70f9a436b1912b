# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Running commands: what they get, what they leave, what is repeated of them."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kubeadm import cli

TOKEN = "abcdef.0123456789abcdef"


@pytest.fixture
def kubeadm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeadm that notes its arguments and its configuration file; its folder."""
    program = tmp_path / "kubeadm"
    notes = f'echo "$*" > {tmp_path}/argv; cp -p "$3" {tmp_path}/config'
    program.write_text(f"#!/bin/sh\n{notes}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(cli, "RUN", tmp_path / "run")
    (tmp_path / "run").mkdir()
    return tmp_path


def test_the_configuration_is_for_root_alone_and_gone_afterwards(kubeadm: Path) -> None:
    with cli.exclusive(str(kubeadm / "lock")) as lock:
        cli.apply_documents("join", [{"token": TOKEN}, {"kind": "Other"}], ["Swap", "Mem"], lock)
    argv = (kubeadm / "argv").read_text()
    assert TOKEN not in argv
    assert argv.split()[-1] == "--ignore-preflight-errors=Swap,Mem"
    assert (kubeadm / "config").read_text() == f'{{"token": "{TOKEN}"}}\n---\n{{"kind": "Other"}}'
    assert stat.S_IMODE((kubeadm / "config").stat().st_mode) == 0o600
    assert list((kubeadm / "run").iterdir()) == []


def test_a_failure_repeats_what_the_command_said() -> None:
    with pytest.raises(cli.CommandError, match="failed with 3: port 6443 is in use"):
        cli.run(["sh", "-c", "echo port 6443 is in use >&2; exit 3"])


def test_a_secret_failure_repeats_nothing() -> None:
    with pytest.raises(cli.CommandError) as raised:
        cli.run(["sh", "-c", f"echo {TOKEN.partition('.')[2]} >&2; exit 1", "name"], secret=True)
    assert str(raised.value).endswith("failed with 1")


def test_an_absent_command_is_explained() -> None:
    with pytest.raises(cli.CommandError, match="node_base installs it"):
        cli.run(["/nowhere/kubeadm"])


def test_a_kubeadm_that_outlives_its_run_keeps_the_lock(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with cli.exclusive(path) as lock:
        orphan = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock,))
    try:
        with pytest.raises(cli.CommandError, match="Another kubeadm has held"), cli.exclusive(path, timeout=0.3):
            pass
    finally:
        orphan.communicate(b"\n")
    with cli.exclusive(path, timeout=5):
        pass
