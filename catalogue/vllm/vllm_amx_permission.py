# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A vLLM plugin that asks Linux for the AMX tile registers in every vLLM process.

Without it bfloat16 with ``--enforce-eager`` dies of SIGILL on a processor with AMX when the first prompt is short:
vLLM's own kernels use the tiles before oneDNN has asked for them.
"""

from __future__ import annotations

import torch  # type: ignore[import-not-found]  # only there where vLLM is


def register() -> None:
    if torch.cpu._is_amx_tile_supported():
        torch.cpu._init_amx()
