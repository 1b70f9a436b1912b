# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""All checks run, in their phases, whatever one of them does; secrets stay inside."""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.results import (
    Check,
    CheckError,
    Notes,
    Phase,
    Result,
    summary,
)
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import plan, run, run_one


def check(name: str, action: t.Callable[[], None], phase: Phase = Phase.TOGETHER) -> Check:
    return Check(name, "nothing", lambda _context, _notes: action(), phase)


def fail() -> None:
    raise CheckError("it is broken.", "Mend it.")


def test_every_check_runs_although_others_fail_in_any_way(context: Context) -> None:
    def stumble() -> None:
        raise KeyError("choices")

    checks = [
        check("a", fail),
        check("b", stumble),
        check("c", lambda: None),
        check("d", fail, Phase.ALONE),
        check("e", lambda: None),
    ]
    results = run(context, checks)
    assert [(result.name, result.passed) for result in results] == [
        ("a", False),
        ("b", False),
        ("c", True),
        ("d", False),
        ("e", True),
    ]
    assert "unexpected shape: KeyError" in results[1].why


def test_a_measuring_check_has_the_wire_to_itself(context: Context) -> None:
    running: set[str] = set()
    seen: list[set[str]] = []
    gate = threading.Event()

    def together(name: str) -> None:
        running.add(name)
        gate.wait(0.05)
        running.discard(name)

    names = [str(number) for number in range(8)]
    checks = [check("alone", lambda: seen.append(set(running)), Phase.ALONE)]
    checks += [Check(name, "", lambda _context, _notes, name=name: together(name)) for name in names]
    run(context, checks)
    assert seen == [set()]


def test_a_slow_background_check_does_not_hold_up_the_others(context: Context) -> None:
    over = threading.Event()
    results = run(
        context,
        [check("ledger", lambda: over.wait(5) and None, Phase.BACKGROUND), check("last", over.set, Phase.ALONE)],
    )
    assert all(result.passed for result in results)
    assert results[0].seconds < 4


def test_secrets_are_taken_out_of_what_is_kept(context: Context) -> None:
    secret = context.settings.keys[0].value

    def leak(_context: Context, notes: Notes) -> None:
        notes.sent(f"GET /?key={secret}")
        notes.got(f"Received API Key = {secret}; master sk-master-unit-000001")
        raise CheckError(f"the key {secret} is refused")

    result = run_one(context, Check("leak", "", leak))
    assert "sk-" not in str(result.as_dict())
    assert result.why == "the key ******** is refused"


def test_a_hanging_endpoint_is_told_apart_from_a_dead_one(context: Context) -> None:
    def hang() -> None:
        raise TimeoutError("timed out")

    def refuse() -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    hung, dead = run(context, [check("a", hang), check("b", refuse)])
    assert "did not answer in time" in hung.why
    assert "cannot be reached" in dead.why


def test_one_message_names_every_failed_check_with_its_cure() -> None:
    results = [
        Result("good", True, 0.1, "", "", ""),
        Result("bad", False, 0.1, "", "", "", "it is broken.", "Mend it."),
        Result("worse", False, 0.1, "", "", "", "it is gone."),
    ]
    assert summary(results) == "2 of 3 checks failed.\n- bad: it is broken. Mend it.\n- worse: it is gone."
    assert summary(results[:1]) == ""


def test_names_of_checks_are_unique(context: Context) -> None:
    names = [check.name for check in plan(context.settings)]
    assert len(names) == len(set(names))
    assert {name.split(".")[0] for name in names} >= {
        "models",
        "chat",
        "fim",
        "ledger",
        "replicas",
        "isolation",
        "latency",
    }


def test_a_long_answer_is_cut_to_an_excerpt() -> None:
    notes = Notes()
    notes.got("x" * 5000)
    assert notes.responses[0].endswith("... (5000 characters)")
    assert len(notes.responses[0]) < 1300
