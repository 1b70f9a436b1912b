# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Running a playbook as a person does, and reading its recap."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import typing as t

from litellm_fixture.images import COLLECTION


@dataclasses.dataclass(frozen=True)
class Run:
    """How a playbook ended; output at the highest verbosity that people use to look for errors."""

    status: int
    changed: int
    output: str


def play(playbook: str, variables: dict[str, t.Any], *options: str) -> Run:
    """Runs a playbook of this package with -vvv."""
    program = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
    path = pathlib.Path(__file__).with_name(playbook)
    command = [program, "-vvv", "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", *options]
    done = subprocess.run(
        [*command, "-e", json.dumps(variables), str(path)],
        cwd=COLLECTION,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    changed = re.search(r"changed=(\d+)", output)
    return Run(done.returncode, int(changed[1]) if changed else -1, output)
