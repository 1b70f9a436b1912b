# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Waiting until Services have somebody behind them (EndpointSlices of discovery.k8s.io/v1)."""

from __future__ import annotations

import time
import typing as t

from .client import Client
from .errors import WaitFailedError
from .objects import Object, identity

_SAY_SECONDS = 10.0


def await_endpoints(client: Client, items: list[Object], deadline: float, notify: t.Callable[[str], None]) -> None:
    """Return when every Service with a selector has a ready endpoint. Raises WaitFailedError at ``deadline`` (monotonic)."""
    rest = [item for item in items if item["kind"] == "Service" and (item.get("spec") or {}).get("selector")]
    say = time.monotonic() + _SAY_SECONDS
    while True:
        rest = [item for item in rest if not _has_endpoint(client, item)]
        if not rest:
            return
        names = ", ".join(str(identity(item)) for item in rest)
        if time.monotonic() > deadline:
            raise WaitFailedError(f"No ready endpoint behind {names}: does the selector match pods that are ready?")
        if time.monotonic() > say:
            say = time.monotonic() + _SAY_SECONDS
            notify(f"waiting for endpoints of {names}")
        time.sleep(0.3)


def _has_endpoint(client: Client, service: Object) -> bool:
    metadata = service["metadata"]
    path = f"/apis/discovery.k8s.io/v1/namespaces/{metadata['namespace']}/endpointslices"
    slices, _version = client.list(path, {"labelSelector": f"kubernetes.io/service-name={metadata['name']}"})
    endpoints = (endpoint for entry in slices for endpoint in entry.get("endpoints") or [])
    return any((endpoint.get("conditions") or {}).get("ready") is not False for endpoint in endpoints)
