# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two runs never build into one cache; a dead one holds nothing up."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import CancelledError
from ansible_collections.inference.platform.plugins.module_utils.artifacts.lock import exclusive

HOLD = (
    "import pathlib, sys, time\n"
    "from ansible_collections.inference.platform.plugins.module_utils.artifacts.lock import exclusive\n"
    "with exclusive(pathlib.Path(sys.argv[1]), print):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(600)\n"
)


def _holder(path: pathlib.Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_waits_says_whom_for_and_goes_on_when_the_first_dies(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "cache/lock"
    holder = _holder(path)
    lines: list[str] = []

    def sleep(_: float) -> None:
        if len(lines) == 2:
            holder.kill()
            holder.wait()

    with exclusive(path, lines.append, sleep=sleep):
        assert path.read_text().strip() == str(os.getpid())
    assert len(lines) == 2
    assert f"another run (process {holder.pid}) builds into {path.parent}" in lines[0]
    assert "since 10 s" in lines[1]


def test_waiting_ends_when_nobody_wants_it_any_more(tmp_path: pathlib.Path) -> None:
    holder = _holder(tmp_path / "lock")
    try:
        with pytest.raises(CancelledError), exclusive(tmp_path / "lock", lambda _: None, wanted=lambda: False):
            pass
    finally:
        holder.kill()
        holder.wait()


def test_a_free_lock_says_nothing(tmp_path: pathlib.Path) -> None:
    lines: list[str] = []
    for _ in range(2):
        with exclusive(tmp_path / "lock", lines.append):
            pass
    assert lines == []
