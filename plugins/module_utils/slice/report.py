# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The outcome of a whole run as files: results.json, junit.xml and report.html. Each replaces its predecessor at once."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import tempfile
import typing as t

from .junit import junit
from .page import page
from .results import Result


@dataclasses.dataclass(frozen=True)
class Run:
    """A whole run: when it began (ISO 8601, UTC), how long it took (seconds), and on what."""

    platform: str
    endpoint: str
    started: str
    seconds: float
    results: tuple[Result, ...]
    versions: t.Mapping[str, str]
    # The report of adoption_proof, when reconciliation was handed over.
    handover: t.Mapping[str, t.Any] | None = None

    @property
    def failed(self) -> int:
        return sum(1 for result in self.results if not result.passed)

    def as_dict(self) -> dict[str, t.Any]:
        """The plain form of results.json."""
        return {
            "platform": self.platform,
            "endpoint": self.endpoint,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "passed": len(self.results) - self.failed,
            "failed": self.failed,
            "versions": dict(self.versions),
            **({"handover": dict(self.handover)} if self.handover else {}),
            "results": [result.as_dict() for result in self.results],
        }


def write(run: Run, folder: str) -> dict[str, str]:
    """Write all reports into ``folder`` and return their paths. Raises OSError."""
    directory = pathlib.Path(folder)
    directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    texts = {
        "json": ("results.json", json.dumps(run.as_dict(), indent=2, ensure_ascii=False) + "\n"),
        "junit": ("junit.xml", junit(run.platform, run.started, run.seconds, run.results)),
        "html": ("report.html", page(run.as_dict())),
    }
    return {kind: _replace(directory / name, text) for kind, (name, text) in texts.items()}


def _replace(path: pathlib.Path, text: str) -> str:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return str(path)


__all__ = ("Run", "write")
