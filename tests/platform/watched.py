# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everything that a run may write or show: its output at the highest verbosity, its log, cached facts, and the list of processes."""

from __future__ import annotations

import contextlib
import pathlib
import threading
import time
import typing as t

_EVERY_SECONDS = 0.02


class ProcessList:
    """Command lines of all processes, looked at again and again."""

    def __init__(self) -> None:
        self._on = True
        self.lines: set[bytes] = set()
        self.looks = 0

    @contextlib.contextmanager
    def watched(self) -> t.Iterator[ProcessList]:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._on = False
            thread.join()

    def _look(self) -> None:
        while self._on:
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.lines.add(path.read_bytes())
            self.looks += 1
            time.sleep(_EVERY_SECONDS)


def holding(values: dict[str, bytes], places: t.Iterable[pathlib.Path]) -> list[str]:
    """Files below the places that hold one of the values: "<value's name> in <file>"."""
    found = []
    for place in places:
        files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        for file in files:
            content = file.read_bytes()
            found += [f"{name} in {file}" for name, value in values.items() if value in content]
    return found
