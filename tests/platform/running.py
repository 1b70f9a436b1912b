# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A running platform as its tests see it: playbooks, the cluster, the tree, and traffic through /v1."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pathlib
import shlex
import subprocess
import sys
import threading
import time
import typing as t
import urllib.error
import urllib.request

import yaml
from playbook_run import Run

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOK = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
ANSIBLE = str(pathlib.Path(sys.executable).parent / "ansible")


class Platform:
    """One platform, named by its inventory folder."""

    def __init__(self, inventory: str) -> None:
        self.inventory = inventory
        self.variables: dict[str, t.Any] = yaml.safe_load((ROOT / inventory / "group_vars" / "all.yml").read_text())
        home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
        self.state = pathlib.Path(home, "inference-platform", self.variables["platform_name"])
        self.tree = self.state / "tree"
        self.endpoint = f"http://127.0.0.1:{self.variables['platform_endpoint_port']}/v1"

    def play(self, playbook: str, *arguments: str, **variables: t.Any) -> Run:
        """Run a playbook to its end; ``variables`` win over the inventory's."""
        extra = ["-e", json.dumps(variables)] if variables else []
        answer = subprocess.run(
            [PLAYBOOK, "-i", self.inventory, f"playbooks/{playbook}.yml", *arguments, *extra],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
        )
        return Run(answer.returncode, f"{answer.stdout}\n{answer.stderr}")

    def must(self, playbook: str, *arguments: str, **variables: t.Any) -> Run:
        """Run a playbook that has to succeed."""
        done = self.play(playbook, *arguments, **variables)
        assert done.rc == 0, done.output[-8000:]
        return done

    def fails(self, playbook: str, **variables: t.Any) -> str:
        """The words of a playbook that has to fail, in one line."""
        code, output = self.play(playbook, **variables)
        assert code != 0, f"{playbook} must fail:\n{output[-8000:]}"
        return " ".join(output.replace("\\n", " ").split())

    def on_node(self, *argv: str) -> None:
        """Run a command on the first node."""
        command = [
            ANSIBLE,
            "-i",
            self.inventory,
            "control_plane",
            "-m",
            "ansible.builtin.command",
            "-a",
            shlex.join(argv),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.tree), *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def models(self, change: t.Callable[[list[dict[str, t.Any]]], t.Any]) -> list[dict[str, t.Any]]:
        """The inventory's models after a change."""
        models = copy.deepcopy(self.variables["platform_models"])
        change(models)
        return t.cast("list[dict[str, t.Any]]", models)

    def key(self) -> str:
        return (self.state / "keys" / "default-default").read_text().strip()


class Traffic:
    """Chats of a tenant, one after the other; counts what was answered and keeps what failed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stop = threading.Event()
        self.answered = 0
        self.failed: list[str] = []

    def _run(self) -> None:
        body = {"model": "coder-chat", "max_tokens": 4, "messages": [{"role": "user", "content": "Hello"}]}
        headers = {"Authorization": f"Bearer {self._platform.key()}", "Content-Type": "application/json"}
        while not self._stop.is_set():
            request = urllib.request.Request(  # noqa: S310 - the address is ours
                f"{self._platform.endpoint}/chat/completions", json.dumps(body).encode(), headers
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                    assert json.load(answer)["choices"]
                    self.answered += 1
            except (OSError, ValueError, AssertionError) as error:
                self.failed.append(f"{time.strftime('%X')} {error!r}")
            self._stop.wait(0.2)

    @contextlib.contextmanager
    def flowing(self) -> t.Iterator[Traffic]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join(90)
