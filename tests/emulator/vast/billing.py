# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a rented machine costs, to the second: storage from the rent on, the GPU while it runs, until it is destroyed."""

from __future__ import annotations

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Bill:
    """The bill of one instance; seconds are whole and begun ones count.

    Attributes:
        seconds: from the rent to the destroy, or to now.
        gpu_seconds: of these, the ones in which it ran.
        ended: it was destroyed and costs nothing any more.

    """

    id: int
    label: str | None
    seconds: int
    gpu_seconds: int
    usd: float
    ended: bool


class Meter:
    """Counts the seconds of one instance; times in seconds since the epoch, prices in USD per hour."""

    def __init__(self, started: float, gpu_per_hour: float, storage_per_hour: float) -> None:
        self.started = started
        self.gpu_per_hour = gpu_per_hour
        self.storage_per_hour = storage_per_hour
        self.ended: float | None = None
        self._ran = 0.0
        self._running_since: float | None = None

    def run(self, now: float) -> None:
        """The GPU is used from now on."""
        if self._running_since is None and self.ended is None:
            self._running_since = now

    def rest(self, now: float) -> None:
        """The GPU is given back."""
        if self._running_since is not None:
            self._ran += now - self._running_since
            self._running_since = None

    def end(self, now: float) -> None:
        """Nothing is billed from now on."""
        self.rest(now)
        self.ended = now

    def bill(self, number: int, label: str | None, now: float) -> Bill:
        """The bill until now."""
        until = self.ended if self.ended is not None else now
        running = 0.0 if self._running_since is None else now - self._running_since
        seconds, gpu = math.ceil(until - self.started), math.ceil(self._ran + running)
        usd = (seconds * self.storage_per_hour + gpu * self.gpu_per_hour) / 3600
        return Bill(number, label, seconds, gpu, usd, self.ended is not None)
