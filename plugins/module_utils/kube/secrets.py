# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Many Secrets of one namespace whose values are made once: one reading for all, several writers for those that lack something."""

from __future__ import annotations

import concurrent.futures
import dataclasses

from .client import Client
from .generate import Spec, decode
from .secret import Secret, State

WRITERS = 8


@dataclasses.dataclass(frozen=True)
class Wanted:
    """How each key of a Secret gets its value, and labels that the Secret has."""

    specs: dict[str, Spec]
    labels: dict[str, str]


def ensure_all(client: Client, namespace: str, wanted: dict[str, Wanted], *, check: bool) -> dict[str, State]:
    """Adds what is missing, by name. Interrupted, what was made stays and is found. Raises KubeError."""
    live, _version = client.list(f"/api/v1/namespaces/{namespace}/secrets")
    found = {item["metadata"]["name"]: item for item in live}
    states: dict[str, State] = {}
    lacking = []
    for name, one in wanted.items():
        item = found.get(name) or {}
        values = decode(item.get("data"))
        labels = (item.get("metadata") or {}).get("labels") or {}
        if one.specs.keys() <= values.keys() and one.labels.items() <= labels.items():
            states[name] = State(values, frozenset(), frozenset(), existed=True)
        else:
            lacking.append(name)

    def ensure(name: str) -> State:
        return Secret(client, namespace, name).ensure(wanted[name].specs, wanted[name].labels, check=check)

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        return states | dict(zip(lacking, pool.map(ensure, lacking), strict=True))
