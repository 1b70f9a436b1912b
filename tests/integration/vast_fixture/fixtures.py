# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: an empty account at the emulated provider, and the provider's own client for it."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Iterator

import pytest
from emulator.vast import Emulator
from kube_fixture.server import free_port

from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

from .client import Client, install
from .sites import Site


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


@pytest.fixture
def rented(vast: Emulator, tmp_path: pathlib.Path) -> Iterator[Site]:
    """A platform on rented machines, of which nothing is there yet."""
    made = Site(vast, tmp_path, (free_port(), free_port()))
    yield made
    ssh.end(ssh.running(str(made.state / "ssh/known_hosts")))
