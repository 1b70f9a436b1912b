# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Is there a cluster to talk to? Check mode must be able to tell the truth before the cluster has been made."""

from __future__ import annotations

import os

from . import config
from .arguments import kubeconfig_path
from .client import Client
from .errors import TransportError


def reach(kubeconfig: str | None, context: str | None, *, check: bool) -> tuple[config.Cluster | None, str]:
    """The cluster, or in check mode None and why when it does not exist yet. Raises ConfigError."""
    path = kubeconfig_path(kubeconfig)
    if check and not os.path.exists(path):
        return None, f"There is no kubeconfig {path} yet"
    cluster = config.load(path, context)
    if check and not _answers(cluster):
        return None, f"The API server {cluster.address} does not answer"
    return cluster, ""


def _answers(cluster: config.Cluster) -> bool:
    client = Client(cluster, retry_seconds=0)
    try:
        client.text("/version")
    except TransportError:
        return False
    finally:
        client.close()
    return True
