# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Signals that would end the module between renting and destroying."""

from __future__ import annotations

import contextlib
import signal
import threading
import types
import typing as t

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked the module to end. Not an Exception, so that nothing on the way takes it for an error of its own."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")


class Signals:
    """The ending signals while something rented may have to be destroyed.

    Attributes:
        heard: the last signal that came, also one that was put off; None when there was none.

    """

    def __init__(self) -> None:
        self.heard: int | None = None

    def put_off(self) -> None:
        """From here to the end of signals_raise nothing but SIGKILL ends the module: it is cleaning up."""
        if _main_thread():
            for number in _ENDING:
                signal.signal(number, self._hear)

    def strike(self, number: int, _frame: types.FrameType | None) -> None:
        """The first one: further ones are put off, so that cleaning up ends."""
        self.heard = number
        self.put_off()
        raise Interrupted(number)

    def _hear(self, number: int, _frame: types.FrameType | None) -> None:
        self.heard = number


@contextlib.contextmanager
def signals_raise() -> t.Iterator[Signals]:
    """Makes the first ending signal raise Interrupted here."""
    signals = Signals()
    if not _main_thread():
        yield signals
        return
    before = {number: signal.signal(number, signals.strike) for number in _ENDING}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _main_thread() -> bool:
    """Python lets the main thread alone set handlers; modules run in it."""
    return threading.current_thread() is threading.main_thread()
