# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: an empty account at the emulated provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from emulator.vast import Emulator


@pytest.fixture
def vast() -> Iterator[Emulator]:
    """An account of its own, whose instances answer ssh and can do nothing."""
    with Emulator() as running:
        yield running
