# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: an empty account at the emulated provider, and the provider's own client for it."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterator

import pytest
from emulator.vast import Emulator

from .client import Client, install


@pytest.fixture
def vast() -> Iterator[Emulator]:
    """An account of its own, whose instances answer ssh and can do nothing."""
    with Emulator() as running:
        yield running


@pytest.fixture
def provider(vast: Emulator, tmp_path: pathlib.Path) -> Client:
    """The provider's client, talking to the account."""
    return Client(install(), tmp_path, vast)


@pytest.fixture
def ssh_key(tmp_path: pathlib.Path) -> pathlib.Path:
    """A private key; the public one lies beside it."""
    key = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(key)], check=True)
    return key
