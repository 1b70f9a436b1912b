# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Prove, inside the finished environment, that torch computes without NVIDIA's libraries and fails cleanly.

``python -m cpu_torch.check`` ends with a message and exit status 1 when it does not.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
from pathlib import Path

import torch  # type: ignore[import-not-found]  # only there where vLLM is

from . import stubs


def main() -> None:
    if torch.cuda.is_available() or torch.cuda.device_count():
        raise SystemExit("torch believes that there is a GPU")
    if torch.ones(2, 2).mm(torch.ones(2, 2)).sum().item() != 8:
        raise SystemExit("torch does not compute")
    _cuda_refuses()
    runtime = ctypes.CDLL(str(next(Path(torch.__file__).parent.glob("lib/libcudart.so.*"))))
    if runtime.cudaGetDeviceCount(ctypes.byref(ctypes.c_int())) != stubs.NO_DEVICE:
        raise SystemExit("cudaGetDeviceCount does not report an error")
    if "+cpu" not in importlib.metadata.version("vllm"):
        raise SystemExit("the vllm distribution does not say that it is the CPU build")


def _cuda_refuses() -> None:
    try:
        torch.zeros(1, device="cuda")
    except RuntimeError:
        return
    raise SystemExit("torch made a tensor on a GPU that does not exist")


if __name__ == "__main__":
    main()
