# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs mypy in strict mode over the plugins under their real names (ansible_collections.inference.platform...)."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def main() -> int:
    """Exit status of mypy."""
    tree = ROOT / "build" / "typecheck"
    link = tree / "ansible_collections" / "inference" / "platform"
    link.mkdir(parents=True, exist_ok=True)
    plugins = link / "plugins"
    if not plugins.is_symlink():
        plugins.symlink_to(ROOT / "plugins")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(plugins)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "MYPYPATH": str(tree)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
