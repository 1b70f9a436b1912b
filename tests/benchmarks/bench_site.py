# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long each phase of site.yml takes: from nothing with artefacts cached, and when nothing changes.

The local platform of inventories/local is removed first and is up afterwards. Seconds of wall time; the JSON goes to results/site.json.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests" / "benchmarks" / "results"
PLAYBOOK = pathlib.Path(sys.executable).parent / "ansible-playbook"


def run(playbook: str) -> dict[str, float]:
    """Runs a playbook of the collection; seconds by phase. Raises CalledProcessError when it fails."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        environment = {
            **os.environ,
            "INFERENCE_PLATFORM_PHASES": file.name,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        }
        command = [str(PLAYBOOK), "-i", "inventories/local", f"playbooks/{playbook}.yml"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
        seconds: dict[str, float] = json.loads(pathlib.Path(file.name).read_text(encoding="utf-8"))
        return seconds


def main() -> None:
    """Prints the table and writes the JSON."""
    run("artifacts")
    run("teardown")
    ways = {"from nothing": run("site"), "no change": run("site")}
    print(f"{'phase':<16}" + "".join(f"{way:>16}" for way in ways))
    for phase in ways["from nothing"]:
        print(f"{phase:<16}" + "".join(f"{seconds.get(phase, 0.0):>14.1f} s" for seconds in ways.values()))
    print(f"{'total':<16}" + "".join(f"{sum(seconds.values()):>14.1f} s" for seconds in ways.values()))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "site.json").write_text(json.dumps(ways, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
