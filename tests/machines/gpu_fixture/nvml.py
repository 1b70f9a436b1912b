# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The made-up NVML library, compiled."""

from __future__ import annotations

import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).with_suffix(".c")


def build(target: pathlib.Path, *, driver: str, cards: int, name: str = "libnvidia-ml.so.1") -> None:
    """A library ``name`` in ``target`` that answers for so many H100 with a driver of this version."""
    defines = [f'-DDRIVER="{driver}"', f"-DCARDS={cards}"]
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", *defines, f"-Wl,-soname,{name}"]
    subprocess.run([*command, "-o", str(target), str(SOURCE)], check=True)
