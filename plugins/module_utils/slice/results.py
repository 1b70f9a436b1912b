# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a check is, what it notes while it runs and what is kept of it afterwards."""

from __future__ import annotations

import dataclasses
import enum
import json
import typing as t

if t.TYPE_CHECKING:
    from .context import Context

EXCERPT = 1200


class CheckError(Exception):
    """The platform answered, and not as promised.

    Args:
        why: one sentence with what was wrong, naming the object.
        cure: what a person should do about it.

    """

    def __init__(self, why: str, cure: str = "") -> None:
        # Servers like to answer in several lines; a reason is one.
        self.why = " ".join(why.split())
        super().__init__(self.why)
        self.cure = cure


class Phase(enum.Enum):
    """When a check runs: beside everything, together with others, or with nothing else on the wire."""

    BACKGROUND = "background"
    TOGETHER = "together"
    ALONE = "alone"


class Notes:
    """What a check sent and got, kept also when it fails half way. Not shared between threads."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.responses: list[str] = []
        self.data: dict[str, t.Any] = {}

    def sent(self, line: str, body: t.Any = None) -> None:
        """Note a request: method and path, then the body. Headers, and so keys, never get here."""
        self.requests.append(line if body is None else f"{line} {compact(body)}")

    def got(self, answer: t.Any) -> None:
        """Note an answer, cut to an excerpt."""
        text = answer if isinstance(answer, str) else compact(answer)
        self.responses.append(text if len(text) <= EXCERPT else f"{text[:EXCERPT]}... ({len(text)} characters)")


@dataclasses.dataclass(frozen=True)
class Check:
    """A named promise; ``run`` returns when it holds and raises CheckError when it does not."""

    name: str
    expected: str
    run: t.Callable[[Context, Notes], None]
    phase: Phase = Phase.TOGETHER


@dataclasses.dataclass(frozen=True)
class Result:
    """The outcome of one check; ``seconds`` of wall time, ``data`` for the report (latency samples, counters)."""

    name: str
    passed: bool
    seconds: float
    request: str
    response: str
    expected: str
    why: str = ""
    cure: str = ""
    data: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, t.Any]:
        """The plain form that Ansible and the JSON report show."""
        return {
            "name": self.name,
            "status": "passed" if self.passed else "failed",
            "seconds": round(self.seconds, 3),
            "request": self.request,
            "response": self.response,
            "expected": self.expected,
            "why": self.why,
            "cure": self.cure,
            "data": self.data,
        }


def compact(value: t.Any) -> str:
    """JSON in one line, readable in any language."""
    return json.dumps(value, ensure_ascii=False, default=str)


def summary(results: t.Sequence[Result]) -> str:
    """One message that names every failed check with its reason and its cure; empty when all passed."""
    failed = [result for result in results if not result.passed]
    if not failed:
        return ""
    lines = [f"{len(failed)} of {len(results)} checks failed."]
    lines += [f"- {result.name}: {result.why}" + (f" {result.cure}" if result.cure else "") for result in failed]
    return "\n".join(lines)


__all__ = ("Check", "CheckError", "Notes", "Phase", "Result", "compact", "summary")
