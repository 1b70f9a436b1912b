# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs the checks, suite by suite, and says at the end what passed, what failed and what could not run here.

usage: tests/run.py [SUITE ...]    suites: lint unit integration molecule (default: all, in this order)
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "tests" / "output"
BIN = pathlib.Path(sys.executable).parent


@dataclasses.dataclass(frozen=True)
class Check:
    """One command of a suite; it passes when it exits 0.

    Attributes:
        name: what people call it.
        argv: the command.
        again: the command that repeats only what failed, for tests of real servers that a busy machine can upset; what passes
            only then is said in the summary.

    """

    name: str
    argv: tuple[str, ...]
    again: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a check ended; seconds of wall time."""

    check: Check
    passed: bool
    seconds: float
    tries: int = 1


def tool(name: str) -> str:
    """Path of a program of the pinned environment."""
    return str(BIN / name)


def suites() -> dict[str, tuple[Check, ...]]:
    """All checks by suite, cheap ones first."""
    scenario = os.environ.get("SCENARIO", "default")
    return {
        "lint": (
            Check("ruff", (tool("ruff"), "check", ".")),
            Check("ruff format", (tool("ruff"), "format", "--check", ".")),
            Check("mypy", (sys.executable, "tests/typecheck.py")),
            Check("yamllint", (tool("yamllint"), "--strict", ".")),
            Check("ansible-lint", (tool("ansible-lint"), "--offline", "--profile", "production", "--strict")),
            Check("documentation", (sys.executable, "-m", "pytest", "-q", "tests/documentation")),
        ),
        "unit": (Check("unit tests", (sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/unit")),),
        "integration": (
            # Integration tests run the real servers, so these are built (or found in the cache) first.
            Check("artefacts", (tool("ansible-playbook"), "-i", "inventories/local", "playbooks/artifacts.yml")),
            Check(
                "integration tests",
                (sys.executable, "-m", "pytest", "-v", "--durations=10", "-n", "2", "tests/integration"),
                (sys.executable, "-m", "pytest", "-v", "--last-failed", "tests/integration"),
            ),
        ),
        "molecule": (Check(f"molecule {scenario}", (tool("molecule"), "test", "--scenario-name", scenario)),),
    }


def run(check: Check) -> Outcome:
    """Runs one check, and where it may be repeated, what failed of it once more."""
    started = time.monotonic()
    if execute(check.name, check.argv):
        return Outcome(check, True, time.monotonic() - started)
    if not check.again:
        return Outcome(check, False, time.monotonic() - started)
    passed = execute(f"{check.name} again", check.again)
    return Outcome(check, passed, time.monotonic() - started, 2)


def execute(name: str, argv: tuple[str, ...]) -> bool:
    """Runs one command with its output on screen and in tests/output; whether it exited 0."""
    print(f"\n=== {name}: {' '.join(argv)}", flush=True)
    log = OUTPUT / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
        return process.wait() == 0


def main(names: list[str]) -> int:
    """Runs the named suites; 0 when every check passed."""
    known = suites()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"tests/run.py: no suite {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    OUTPUT.mkdir(parents=True, exist_ok=True)
    outcomes = [run(check) for name in names or known for check in known[name]]

    print("\n=== summary")
    for outcome in outcomes:
        tries = "" if outcome.tries == 1 else f" (at try {outcome.tries}; see tests/output for what failed at first)"
        print(f"{'passed' if outcome.passed else 'FAILED'}  {outcome.seconds:7.1f} s  {outcome.check.name}{tries}")
    for line in (ROOT / "tests" / "not_run.txt").read_text(encoding="utf-8").splitlines():
        print(f"not run here: {line}")
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"\n{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
