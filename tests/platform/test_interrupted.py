# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Kills site.yml with SIGKILL at place after place; the next run goes on from there, and the last one converges.

usage: INVENTORY=molecule/default/inventory pytest tests/platform/test_interrupted.py
The inventory's platform must not exist; the test leaves it torn down. Killing while artefacts are built is part of
tests/integration/test_artifacts.py.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOK = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
INVENTORY = os.environ.get("INVENTORY", "molecule/default/inventory")

# Where, the words of the output that say the run is there, and how many seconds later it is killed.
PLACES = (
    ("machines are made", "machine : Run the machines]", 4.0),
    ("machines boot", "machine : Run the machines]", 9.0),
    ("packages are installed", "node_base : Install the packages]", 3.0),
    ("images are loaded", "node_base : Load the images]", 12.0),
    ("images are kept", "machine : Keep the images]", 1.5),
    ("kubeadm runs", "kubeadm : Start the control plane]", 6.0),
    ("a layer is applied", "vllm : Bring up the engines]", 0.7),
    ("engines start", "vllm : Bring up the engines]", 10.0),
    ("the database is migrated", "litellm : Apply LiteLLM's migrations]", 15.0),
    ("the slice is asserted", "verify : Assert the platform as a tenant uses it]", 3.0),
)


def start(playbook: str) -> subprocess.Popen[str]:
    """One run of a playbook, in a session of its own so that a kill takes all its processes."""
    return subprocess.Popen(
        [PLAYBOOK, "-i", INVENTORY, f"playbooks/{playbook}.yml"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
        start_new_session=True,
    )


def lines(run: subprocess.Popen[str]) -> t.Iterator[str]:
    assert run.stdout is not None
    # Not yield from: a caller that stops early would close the pipe and so end the run.
    for line in run.stdout:  # noqa: UP028
        yield line


def complete(playbook: str) -> str:
    """The output of a run that must succeed."""
    output = "".join(lines(run := start(playbook)))
    assert run.wait() == 0, output[-6000:]
    return output


@pytest.fixture(scope="module", autouse=True)
def torn_down() -> t.Iterator[None]:
    # With the images of an earlier machine there would be nothing to load and nothing to keep.
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    shutil.rmtree(pathlib.Path(cache, "inference-platform", "containerd"), ignore_errors=True)
    yield
    complete("teardown")


@pytest.mark.parametrize(("place", "words", "seconds"), PLACES, ids=[place for place, _words, _seconds in PLACES])
def test_a_run_is_killed_while(place: str, words: str, seconds: float) -> None:
    run = start("site")
    seen = []
    for line in lines(run):
        seen.append(line)
        assert "fatal:" not in line, f"the run after the kill before does not go on:\n{''.join(seen)[-6000:]}"
        if words in line:
            break
    else:
        pytest.fail(f"the run ended before {place}:\n{''.join(seen)[-6000:]}")
    time.sleep(seconds)
    if run.poll() is not None:
        seen += lines(run)
        pytest.fail(f"the run ended by itself before it was killed while {place}:\n{''.join(seen)[-6000:]}")
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def test_the_next_run_converges() -> None:
    assert "failed=0" in complete("site")


def test_the_run_after_that_changes_nothing() -> None:
    recap = complete("site").partition("PLAY RECAP")[2]
    assert "changed=0" in recap, recap
    assert not [line for line in recap.splitlines() if "changed=" in line and "changed=0" not in line], recap
