# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs the checks and says at the end what passed, what failed and what could not run here.

usage: tests/run.py [SUITE ...]    suites: artefacts lint unit integration machines, and molecule's scenarios: default handover
Without a suite all run but machines and handover, which take as long as the others together; with `all` these, too.

The artefacts come first, because all real servers are made of them. Then two lanes run side by side: the platforms, which wait
much, and everything else, which works at a lower priority in their gaps.
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import sys
import threading
import time
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "tests" / "output"
BIN = pathlib.Path(sys.executable).parent
FIRST = "artefacts"
# Scenarios of molecule. Each brings up a platform of its own, at the same place.
PLATFORMS = ("default", "handover")
EVERYTHING = "all"
# What is left out unless it is asked for.
APART = ("machines", "handover")


@dataclasses.dataclass(frozen=True)
class Check:
    """One command of a suite; it passes when it exits 0.

    Attributes:
        name: what people call it.
        argv: the command.
        again: the command that repeats only what failed, for tests that a busy machine can upset; what passes only then is
            said in the summary.

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


def pytest(folder: str) -> tuple[str, ...]:
    """pytest on one folder of tests; what failed there is remembered apart, because several run at once."""
    return (sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{folder}", f"tests/{folder}")


def molecule(scenario: str) -> Check:
    """A scenario from nothing to nothing."""
    return Check(f"molecule {scenario}", (tool("molecule"), "test", "--scenario-name", scenario))


def suites() -> dict[str, tuple[Check, ...]]:
    """All checks by suite, cheap ones first."""
    return {
        FIRST: (Check("artefacts", (tool("ansible-playbook"), "-i", "inventories/local", "playbooks/artifacts.yml")),),
        "lint": (
            Check("ruff", (tool("ruff"), "check", ".")),
            Check("ruff format", (tool("ruff"), "format", "--check", ".")),
            Check("mypy", (sys.executable, "tests/typecheck.py")),
            Check("yamllint", (tool("yamllint"), "--strict", ".")),
            Check("ansible-lint", (tool("ansible-lint"), "--offline", "--profile", "production", "--strict")),
            Check("documentation", (*pytest("documentation"), "-q")),
        ),
        "unit": (
            Check(
                "unit tests",
                (*pytest("unit"), "-q", "-n", "2"),
                (*pytest("unit"), "-q", "--last-failed"),
            ),
        ),
        "integration": (
            Check(
                "integration tests",
                # More workers than cores: much of a test waits for a server.
                (*pytest("integration"), "-v", "--durations=10", "-n", "3"),
                (*pytest("integration"), "-v", "--last-failed"),
            ),
        ),
        "machines": (
            Check(
                "tests of machines",
                (*pytest("machines"), "-v", "--durations=10"),
                (*pytest("machines"), "-v", "--last-failed"),
            ),
        ),
        **{scenario: (molecule(scenario),) for scenario in PLATFORMS},
    }


def run(check: Check, niceness: int) -> Outcome:
    """Runs one check, and where it may be repeated, what failed of it once more."""
    started = time.monotonic()
    if execute(check.name, check.argv, niceness):
        return Outcome(check, True, time.monotonic() - started)
    if not check.again:
        return Outcome(check, False, time.monotonic() - started)
    passed = execute(f"{check.name} again", check.again, niceness)
    return Outcome(check, passed, time.monotonic() - started, 2)


def execute(name: str, argv: tuple[str, ...], niceness: int) -> bool:
    """Runs one command with its output on screen and in tests/output; whether it exited 0."""
    say(name, " ".join(argv))
    with log_of(name).open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            ("nice", "-n", str(niceness), *argv),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            say(name, line.rstrip())
        return process.wait() == 0


def log_of(name: str) -> pathlib.Path:
    """Where the output of a check is kept."""
    return OUTPUT / f"{name.replace(' ', '-')}.log"


def failures(outcome: Outcome) -> list[str]:
    """What pytest says of each test that failed, at the first try too; empty for what passed at once."""
    if outcome.passed and outcome.tries == 1:
        return []
    text = log_of(outcome.check.name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith(("FAILED ", "ERROR "))]


def say(name: str, line: str) -> None:
    """One line on screen, with the check it comes from: two checks speak at once. One write, so that it stays one line."""
    sys.stdout.write(f"{name} | {line}\n")
    sys.stdout.flush()


def lane(names: list[str], niceness: int, outcomes: list[Outcome]) -> threading.Thread:
    """Runs suites one after the other beside what else runs; ``outcomes`` gets what came of them."""

    def work() -> None:
        outcomes.extend(run(check, niceness) for name in names for check in suites()[name])

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def chosen(names: list[str], known: t.Iterable[str]) -> list[str]:
    """The suites that run, in the order in which they are known."""
    if EVERYTHING in names:
        return list(known)
    return [name for name in known if (name in names if names else name not in APART)]


def main(names: list[str]) -> int:
    """Runs the named suites; 0 when every check passed."""
    known = suites()
    unknown = [name for name in names if name not in (*known, EVERYTHING)]
    if unknown:
        print(f"tests/run.py: no suite {', '.join(unknown)}; there are {', '.join(known)} and all", file=sys.stderr)
        return 2
    OUTPUT.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    wanted = chosen(names, known)
    outcomes: list[Outcome] = []
    if {FIRST, "integration", *PLATFORMS} & set(wanted):
        lane([FIRST], 0, outcomes).join()
    platforms = lane([name for name in wanted if name in PLATFORMS], 0, outcomes)
    others = lane([name for name in wanted if name not in (FIRST, *PLATFORMS)], 10, outcomes)
    platforms.join()
    others.join()

    print("\n=== summary")
    for outcome in outcomes:
        tries = "" if outcome.tries == 1 else f" (at try {outcome.tries}; see tests/output for what failed at first)"
        print(f"{'passed' if outcome.passed else 'FAILED'}  {outcome.seconds:7.1f} s  {outcome.check.name}{tries}")
        for line in failures(outcome):
            print(f"          {line}")
    if not names:
        print(f"left out: {', '.join(APART)}; make test-all runs these, too")
    for line in (ROOT / "tests" / "not_run.txt").read_text(encoding="utf-8").splitlines():
        print(f"not run here: {line}")
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"\n{len(outcomes) - failed} passed, {failed} failed, in {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
