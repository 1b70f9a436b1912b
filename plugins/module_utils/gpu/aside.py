# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs the kernels in a process of their own, because a card that is broken may never answer.

The process may then be one that cannot even be killed. So it holds no file of ours open, and nobody waits for its end.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import time
import typing as t

from . import cuda

Outcome = dict[str, t.Any]
_END_SECONDS = 5.0


def load() -> t.Any:
    """The driver's library. Raises OSError when there is none."""
    return ctypes.CDLL(cuda.LIBRARY)


def run_kernels(seconds: float, library: t.Callable[[], t.Any] = load) -> Outcome:
    """Runs a kernel on every card.

    Returns:
        C(devices), as cuda.run_all returns them, and C(error), empty when the driver's API worked.

    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _child(writing, library)
    os.close(writing)
    try:
        text = _read(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        ended = _end(child)
    if text is None:
        return _failed(f"a kernel that adds a million numbers did not end within {seconds:g} s")
    if not text:
        return _failed(f"the process with the kernel ended by itself ({ended})")
    outcome: Outcome = json.loads(text)
    return outcome


def _failed(error: str) -> Outcome:
    return {"devices": [], "error": error}


def _child(answer: int, library: t.Callable[[], t.Any]) -> t.NoReturn:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    # The order of NVML.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    try:
        with os.fdopen(answer, "w") as stream:
            json.dump(_outcome(library), stream)
    finally:
        # What is left of the task is the parent's to do.
        os._exit(0)


def _outcome(library: t.Callable[[], t.Any]) -> Outcome:
    try:
        return {"devices": cuda.run_all(library()), "error": ""}
    except OSError as error:
        return _failed(f"the driver's library {cuda.LIBRARY} cannot be loaded: {error}")
    except cuda.CudaError as error:
        return _failed(str(error))


def _read(reading: int, deadline: float) -> str | None:
    """All that is written, None when nobody ends writing in time."""
    text = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([reading], [], [], left)[0]:
        part = os.read(reading, 65536)
        if not part:
            return text.decode()
        text += part
    return None


def _end(child: int) -> str:
    """Ends the process, and says how it ended; one that cannot be ended is left to itself."""
    deadline = time.monotonic() + _END_SECONDS
    os.kill(child, signal.SIGKILL)
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return f"signal {-code}" if code < 0 else f"exit status {code}"
        time.sleep(0.01)
    return "and cannot be killed"


__all__ = ("Outcome", "load", "run_kernels")
