# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tools run isolated, fail with their last words, and never outlive who started them."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import threading
import time
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import CancelledError, CommandError
from ansible_collections.inference.platform.plugins.module_utils.artifacts.process import TAIL, Processes

ENVIRONMENT = {"PATH": os.environ["PATH"]}
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")


def test_a_failure_tells_status_log_and_last_lines(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(CommandError) as caught:
        Processes().run(["sh", "-c", "seq 100; echo boom; exit 3"], env=ENVIRONMENT, log=log)
    assert "sh failed with status 3" in caught.value.message
    assert str(log) in caught.value.message
    assert caught.value.lines[-1] == "boom"
    assert len(caught.value.lines) == TAIL


def test_only_the_last_commands_words_count(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "log"
    Processes().run(["sh", "-c", "echo E: Unable to locate package old"], env=ENVIRONMENT, log=log)
    with pytest.raises(CommandError, match="status 1"):
        Processes().run(["false"], env=ENVIRONMENT, log=log)


def test_passing_trouble_is_tried_again(tmp_path: pathlib.Path) -> None:
    line = f"echo x >> {tmp_path}/tries; [ $(wc -l < {tmp_path}/tries) -ge 3 ] || {{ echo connection reset; exit 1; }}"
    Processes(pause=0.01).run(["sh", "-c", line], env=ENVIRONMENT, log=tmp_path / "log", attempts=3)
    assert (tmp_path / "tries").read_text() == "x\n" * 3


def test_a_final_answer_is_not_tried_again(tmp_path: pathlib.Path) -> None:
    line = f"echo x >> {tmp_path}/tries; echo 403 Forbidden; exit 1"
    with pytest.raises(CommandError):
        Processes(pause=0.01).run(["sh", "-c", line], env=ENVIRONMENT, log=tmp_path / "log", attempts=3)
    assert (tmp_path / "tries").read_text() == "x\n"


def test_without_network_there_is_none(tmp_path: pathlib.Path) -> None:
    line = "ls /sys/class/net >/dev/null; [ $(wc -l < /proc/net/route) -le 1 ]"
    Processes().run(["sh", "-c", line], env=ENVIRONMENT, log=tmp_path / "log", network=False)


def test_cancelling_ends_what_runs_and_lets_nothing_start(tmp_path: pathlib.Path) -> None:
    processes = Processes()
    threading.Timer(0.3, processes.cancel).start()
    start = time.monotonic()
    with pytest.raises(CancelledError):
        processes.run(["sleep", "60"], env=ENVIRONMENT, log=tmp_path / "log")
    assert time.monotonic() - start < 30
    with pytest.raises(CancelledError):
        processes.run(["true"], env=ENVIRONMENT, log=tmp_path / "log")


def test_a_killed_builder_leaves_no_process_and_no_mount(tmp_path: pathlib.Path) -> None:
    code = (
        "import pathlib, sys, os\n"
        "from ansible_collections.inference.platform.plugins.module_utils.artifacts.process import Processes\n"
        "t = pathlib.Path(sys.argv[1])\n"
        "line = f'mount -t tmpfs marked {t}; touch {t}/up; sleep 4242 & echo started > {t.parent}/flag; wait'\n"
        "Processes().run(['sh', '-c', line], env={'PATH': os.environ['PATH']}, log=t.parent / 'log')\n"
    )
    (tmp_path / "mnt").mkdir()
    builder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "mnt")])
    try:
        _until((tmp_path / "flag").exists)
        _until(lambda: _sleepers() != [])
    finally:
        builder.kill()
        builder.wait()
    _until(lambda: _sleepers() == [])
    assert str(tmp_path) not in pathlib.Path("/proc/mounts").read_text()


def _sleepers() -> list[str]:
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == b"sleep\0004242\0":
                found.append(str(path))
        except OSError:
            continue
    return found


def _until(condition: t.Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
