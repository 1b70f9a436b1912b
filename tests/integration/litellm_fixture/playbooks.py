# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Running a playbook as a person does, and reading its recap."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

from playbook_run import Run

from litellm_fixture.images import COLLECTION


def play(playbook: str, variables: dict[str, t.Any], *options: str) -> Run:
    """Runs a playbook of this package with -vvv, the highest verbosity that people use to look for errors."""
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
    return Run(done.returncode, done.stdout + done.stderr)
