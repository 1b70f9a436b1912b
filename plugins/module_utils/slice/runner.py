# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs all checks: slow ones in the background, independent ones together, measuring ones alone. One failure stops nothing."""

from __future__ import annotations

import concurrent.futures
import time
import typing as t

from ..kube.errors import KubeError, cure
from . import (
    attribution,
    budgets,
    chat,
    embeddings,
    fallbacks,
    fim,
    isolation,
    latency,
    ledger,
    limits,
    models,
    privacy,
    refusals,
    replicas,
    revocation,
    streaming,
    structured_output,
    tools,
    workloads,
)
from .context import Context, Settings
from .results import Check, CheckError, Notes, Phase, Result

SUBJECTS = (
    models,
    chat,
    streaming,
    fim,
    tools,
    structured_output,
    embeddings,
    refusals,
    revocation,
    limits,
    privacy,
    ledger,
    attribution,
    budgets,
    fallbacks,
    workloads,
    replicas,
    isolation,
    latency,
)
TOGETHER = 6


def plan(settings: Settings) -> list[Check]:
    """All checks that apply to these models, keys and tree, in the order of the report."""
    return [check for subject in SUBJECTS for check in subject.checks(settings)]


def run(context: Context, checks: t.Sequence[Check]) -> list[Result]:
    """Run the checks; results in the order of ``checks``."""
    found: dict[str, Result] = {}
    phases = {phase: [check for check in checks if check.phase is phase] for phase in Phase}
    with concurrent.futures.ThreadPoolExecutor(max(1, len(phases[Phase.BACKGROUND]))) as slow:
        background = [slow.submit(run_one, context, check) for check in phases[Phase.BACKGROUND]]
        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
            for result in pool.map(lambda check: run_one(context, check), phases[Phase.TOGETHER]):
                found[result.name] = result
        for check in phases[Phase.ALONE]:
            found[check.name] = run_one(context, check)
        found |= {future.result().name: future.result() for future in background}
    return [found[check.name] for check in checks]


def run_one(context: Context, check: Check) -> Result:
    """Run one check. Whatever goes wrong in it becomes its reason: the others must still be heard."""
    notes = Notes()
    why = advice = ""
    started = time.monotonic()
    try:
        check.run(context, notes)
    except CheckError as error:
        why, advice = error.why, error.cure
    except KubeError as error:
        why, advice = f"the cluster could not be read: {error}", cure(error)
    except Exception as error:
        why, advice = explain(error, context.settings.endpoint)
    return Result(
        name=check.name,
        passed=not why,
        seconds=time.monotonic() - started,
        request=context.redact("\n".join(notes.requests)),
        response=context.redact("\n".join(notes.responses)),
        expected=check.expected,
        why=context.redact(why),
        cure=advice,
        data=notes.data,
    )


def explain(error: Exception, endpoint: str) -> tuple[str, str]:
    """Reason and cure for an error that is not a verdict of a check."""
    name = type(error).__name__
    if isinstance(error, TimeoutError) or name == "APITimeoutError":
        return (
            f"{endpoint} did not answer in time.",
            "Something on the way hangs: look at the checks 'workloads' and 'endpoint_picker', and at the gateway's log.",
        )
    if isinstance(error, OSError) or name == "APIConnectionError":
        return (
            f"{endpoint} cannot be reached: {error}",
            "Is the machine up, does LiteLLM run, and is the endpoint forwarded? Run the playbook site.yml again.",
        )
    return (
        f"the answer has an unexpected shape: {name}: {error}",
        "The response above shows what came back; if it looks right, this is an error in the check.",
    )


__all__ = ("SUBJECTS", "explain", "plan", "run", "run_one")
