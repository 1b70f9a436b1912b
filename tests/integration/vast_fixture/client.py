# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The provider's own command-line client, installed once from pinned, hashed requirements."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import typing as t

from emulator.vast import Emulator

REQUIREMENTS = pathlib.Path(__file__).with_name("client.txt")


def install() -> pathlib.Path:
    """The program, in an environment of its own in the cache; made when it is not there yet."""
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "inference-platform/tests"
    folder = base / f"vastai-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    program = folder / "bin/vastai"
    base.mkdir(parents=True, exist_ok=True)
    with (base / "vastai.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            python = str(folder / "bin/python")
            run = [sys.executable, "-m", "venv", "--clear", str(folder)]
            subprocess.run(run, check=True)
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
            (folder / "complete").touch()
    return program


@dataclasses.dataclass(frozen=True)
class Client:
    """The client with its settings in a folder of the test; nothing of the user's account is seen."""

    program: pathlib.Path
    home: pathlib.Path
    server: Emulator

    def __call__(self, *words: str) -> t.Any:
        """The answer of a command as data; fails when the command does."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stderr.strip(), done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, *words: str) -> dict[str, t.Any]:
        """What the client says of a refusal: status_code and msg."""
        done = self.run(*words)
        return dict(json.loads(done.stderr.strip().splitlines()[-1]))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command with the answers as JSON."""
        argv = [str(self.program), *words, "--raw", "--url", self.server.url]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "VAST_API_KEY": self.server.api_key,
            "VASTAI_NO_UPDATE_CHECK": "1",
        }
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=120)
