# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The account as our modules see it, and as the provider's own client does."""

from __future__ import annotations

import typing as t

from emulator.vast import Emulator

from ansible_collections.inference.platform.plugins.module_utils.vast import (
    client,
    connection,
    instances,
    ssh_keys,
    volumes,
)

from .client import Client

View = dict[str, list[tuple[t.Any, ...]]]
KINDS = ("instances", "keys", "volumes")
_OWN = ("id", "label", "status", "intended_status", "gpu_name", "disk_gb", "ssh_host", "ssh_port")
# The same in the provider's words.
_SHOWN = ("id", "label", "actual_status", "intended_status", "gpu_name", "disk_space", "ssh_host", "ssh_port")


def ours(vast: Emulator) -> View:
    """Instances, ssh keys and volumes by our modules."""
    settings = connection.Connection(
        url=vast.url, api_key=vast.api_key, timeout=30, retries=0, validate_certs=True, ca_path=None
    )
    us = client.Client(settings)
    try:
        rented = [instances.view(row) for row in instances.listed(us)]
        keys = [ssh_keys.view(account) for account in ssh_keys.listed(us)]
        kept = [volumes.view(row) for row in volumes.listed(us)]
    finally:
        us.close()
    return {
        "instances": [tuple(view[name] for name in _OWN) for view in rented],
        "keys": [(view["id"], view["public_key"]) for view in keys],
        "volumes": [(view["id"], view["name"], view["size_gb"]) for view in kept],
    }


def providers(provider: Client, kinds: t.Iterable[str]) -> View:
    """The same by the provider's client, which is started once for each kind."""
    looks: dict[str, t.Callable[[], list[tuple[t.Any, ...]]]] = {
        "instances": lambda: [tuple(row[name] for name in _SHOWN) for row in provider("show", "instances")],
        "keys": lambda: [(row["id"], row["public_key"]) for row in provider("show", "ssh-keys")],
        "volumes": lambda: [(row["id"], row["label"], row["disk_space"]) for row in provider("show", "volumes")],
    }
    return {kind: looks[kind]() for kind in kinds}


class Comparison:
    """Looks at what has changed since the last look, and keeps where the two views differ."""

    def __init__(self, vast: Emulator, provider: Client) -> None:
        self.seen: list[View] = []
        self.differing: list[tuple[View, View]] = []
        self._vast = vast
        self._provider = provider

    def look(self) -> None:
        """Compare, if anything has changed by our modules' view."""
        view = ours(self._vast)
        changed = [kind for kind in KINDS if not self.seen or view[kind] != self.seen[-1][kind]]
        if not changed:
            return
        theirs = providers(self._provider, changed)
        if {**view, **theirs} != view:
            # A machine may have booted in between.
            view = ours(self._vast)
            if {**view, **theirs} != view:
                self.differing.append((view, theirs))
        self.seen.append(view)
