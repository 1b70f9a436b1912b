# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs the kernels in a process of their own, because a card that is broken may never answer."""

from __future__ import annotations

import ctypes
import multiprocessing
import multiprocessing.connection
import os
import typing as t

from . import cuda

Outcome = dict[str, t.Any]


def load() -> t.Any:
    """The driver's library. Raises OSError when there is none."""
    return ctypes.CDLL(cuda.LIBRARY)


def run_kernels(seconds: float, library: t.Callable[[], t.Any] = load) -> Outcome:
    """Runs a kernel on every card.

    Returns:
        C(devices), as cuda.run_all returns them, and C(error), empty when the driver's API worked.

    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, library), daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            return {"devices": [], "error": f"a kernel that adds a million numbers did not end within {seconds:g} s"}
        answer: Outcome = ours.recv()
        return answer
    except EOFError:
        child.join(1)
        return {"devices": [], "error": f"the process with the kernel ended by itself (exit status {child.exitcode})"}
    finally:
        child.kill()
        child.join(5)
        ours.close()


def _child(answer: multiprocessing.connection.Connection, library: t.Callable[[], t.Any]) -> None:
    # The order of NVML.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    try:
        answer.send({"devices": cuda.run_all(library()), "error": ""})
    except OSError as error:
        answer.send({"devices": [], "error": f"the driver's library {cuda.LIBRARY} cannot be loaded: {error}"})
    except cuda.CudaError as error:
        answer.send({"devices": [], "error": str(error)})


__all__ = ("Outcome", "load", "run_kernels")
