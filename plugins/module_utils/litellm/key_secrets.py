# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where values of virtual keys are kept and delivered: Secrets of the cluster and files."""

from __future__ import annotations

import os
import tempfile

from ..kube.client import Client
from ..kube.errors import KubeError
from ..kube.generate import decode, encode
from ..kube.objects import MANAGED_BY, MANAGER_LABEL, PART_OF, Object

VALUE = "api-key"
# The value of a rotation that is under way; that it is there is all that a run after a killed one needs to know.
NEXT = "api-key-next"


class KeySecret:
    """The Secret that keeps one key's value. Writes name the version that was read, so of two runs one is refused."""

    def __init__(self, client: Client, live: Object) -> None:
        self._client = client
        self._live = live
        metadata = live["metadata"]
        self._path = f"/api/v1/namespaces/{metadata['namespace']}/secrets/{metadata['name']}"

    @property
    def values(self) -> dict[str, str]:
        return decode(self._live.get("data"))

    def begin(self, value: str) -> None:
        self._write({NEXT: encode({NEXT: value})[NEXT]})

    def end(self) -> None:
        """The next value becomes the value, in one write."""
        self._write({VALUE: self._live["data"][NEXT], NEXT: None})

    def _write(self, data: dict[str, str | None]) -> None:
        metadata = {"resourceVersion": self._live["metadata"]["resourceVersion"]}
        self._live = self._client.merge(self._path, {"metadata": metadata, "data": data})


def read(client: Client, namespace: str, selector: str) -> dict[str, KeySecret]:
    """Secrets that keep values, by name."""
    items, _version = client.list(f"/api/v1/namespaces/{namespace}/secrets", {"labelSelector": selector})
    return {item["metadata"]["name"]: KeySecret(client, item) for item in items}


def publish(client: Client, namespace: str, name: str, key: str, value: str, *, check: bool) -> bool:
    """Makes a Secret hold the value; whether that is a change. Raises KubeError for a Secret of somebody else."""
    collection = f"/api/v1/namespaces/{namespace}/secrets"
    live = client.find(f"{collection}/{name}")
    if live is not None and (live["metadata"].get("labels") or {}).get(MANAGED_BY) != MANAGER_LABEL:
        raise KubeError(
            f"Secret {namespace}/{name} is there and was not made by this collection, so it is left as it is. "
            "Name another, or delete that one."
        )
    if live is not None and decode(live.get("data")).get(key) == value:
        return False
    if check:
        return True
    body: Object = {"data": encode({key: value})}
    if live is not None:
        client.merge(f"{collection}/{name}", body)
        return True
    labels = {PART_OF: "inference-platform", MANAGED_BY: MANAGER_LABEL}
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    client.create(collection, {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, **body})
    return True


def deliver(path: str, value: str, *, check: bool) -> bool:
    """Makes a file hold the value, for its owner alone; whether that is a change. Never half a file. Raises OSError."""
    try:
        with open(path, encoding="utf-8") as file:
            same = file.read() == f"{value}\n"
        if same and os.stat(path).st_mode & 0o777 == 0o600:
            return False
    except FileNotFoundError:
        pass
    if check:
        return True
    # made with mode 0600
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".key-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{value}\n")
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
    return True
