# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Faults to inject, by the number of the call or by what is asked."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

from .journal import Call

Kind = t.Literal["401", "429", "500", "502", "503", "timeout", "reset", "lost_answer", "sold", "never_boots"]
KINDS: tuple[str, ...] = t.get_args(Kind)


@dataclasses.dataclass
class Fault:
    """Something that goes wrong.

    Attributes:
        kind: a status that is answered without effect; ``timeout``: no answer and no effect; ``reset``: the connection is cut
            before the effect; ``lost_answer``: it is cut after the effect; ``sold``: the offer that is to be rented goes
            to somebody else first; ``never_boots``: the instance that this call rents or starts stays in loading.
        call: number of the call it hits; 0 for any.
        method: method it hits; empty for any.
        path: text that the path has to contain; empty for any.
        times: how often it strikes; 0 for always.
        seconds: how long a ``timeout`` holds the connection.

    """

    kind: str
    call: int = 0
    method: str = ""
    path: str = ""
    times: int = 1
    seconds: float = 30.0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(KINDS)}")

    def hits(self, call: Call) -> bool:
        """Whether it strikes at this call."""
        return (
            (self.times == 0 or self.struck < self.times)
            and self.call in (0, call.number)
            and self.method in ("", call.method)
            and self.path in call.path
        )


class Faults:
    """The faults that wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        """Inject faults; the first that hits a call strikes."""
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        """Take all of them back."""
        with self._lock:
            self._waiting.clear()

    def strike(self, call: Call) -> Fault | None:
        """The fault of this call, counted as struck."""
        with self._lock:
            for fault in self._waiting:
                if fault.hits(call):
                    fault.struck += 1
                    call.fault = fault.kind
                    return fault
        return None
