# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The real sealed-secrets controller as a process."""

from __future__ import annotations

import pathlib
import signal
import typing as t

from gateway_fixture import programs
from kube_fixture.in_cluster import InCluster, unpack, wait_for
from kube_fixture.server import ControlPlane

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

__all__ = ("Controller", "wait_for")


class Controller(InCluster):
    """It answers when it has its key."""

    name = "sealed-secrets"
    flags = ("--listen-addr=127.0.0.1:{health}", "--listen-metrics-addr=127.0.0.1:{metrics}")

    def __init__(self, plane: ControlPlane, client: Client, folder: pathlib.Path) -> None:
        layout = programs.cache() / "oci"
        program = unpack("sealed-secrets-controller", "controller", layout, folder, programs.BUILD)
        super().__init__(plane, client, folder, program)

    def make_a_new_key(self) -> None:
        """What it does by itself every 30 days."""
        before = len(self.sealing_keys())
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        wait_for(lambda: len(self.sealing_keys()) > before, "a new key")

    def sealing_keys(self) -> list[dict[str, t.Any]]:
        """The Secrets with its keys."""
        query = {"labelSelector": "sealedsecrets.bitnami.com/sealed-secrets-key=active"}
        return self._client.list(f"/api/v1/namespaces/{self.name}/secrets", query)[0]
