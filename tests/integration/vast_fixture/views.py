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
    shown = ("id", "label", "status", "intended_status", "gpu_name", "disk_gb", "ssh_host", "ssh_port")
    return {
        "instances": [tuple(view[name] for name in shown) for view in rented],
        "keys": [(view["id"], view["public_key"]) for view in keys],
        "volumes": [(view["id"], view["name"], view["size_gb"]) for view in kept],
    }


def providers(provider: Client) -> View:
    """The same by the provider's client."""
    shown = ("id", "label", "actual_status", "intended_status", "gpu_name", "disk_space", "ssh_host", "ssh_port")
    return {
        "instances": [tuple(row[name] for name in shown) for row in provider("show", "instances")],
        "keys": [(row["id"], row["public_key"]) for row in provider("show", "ssh-keys")],
        "volumes": [(row["id"], row["label"], row["disk_space"]) for row in provider("show", "volumes")],
    }
