# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The one place where nvidia-ml-py is imported, and what is read of a host with it."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

from . import machine, xids
from .look import Facts, gather

PACKAGE = "nvidia-ml-py"


def api() -> t.Any | None:
    """The module pynvml, None when it is not installed."""
    try:
        return importlib.import_module("pynvml")
    except ImportError:
        return None


def look(*, kernel_log: bool = True) -> Facts:
    """Everything that is known of the GPUs of the host that runs this."""
    return gather(machine.describe(Path("/")), api(), xids.kernel_log() if kernel_log else None)


__all__ = ("PACKAGE", "api", "look")
