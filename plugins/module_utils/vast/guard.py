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


@contextlib.contextmanager
def signals_raise() -> t.Iterator[None]:
    """Makes the first ending signal raise Interrupted here; further ones are left unheard, so that cleaning up ends."""

    def stop(number: int, _frame: types.FrameType | None) -> None:
        ignore_signals()
        raise Interrupted(number)

    if not _main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals() -> None:
    """From here to the end of signals_raise nothing but SIGKILL ends the module: it is cleaning up."""
    if _main_thread():
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)


def _main_thread() -> bool:
    """Python lets the main thread alone set handlers; modules run in it."""
    return threading.current_thread() is threading.main_thread()
