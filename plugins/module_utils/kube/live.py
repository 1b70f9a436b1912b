# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is in the cluster now, for many objects with few requests: one LIST per kind and namespace."""

from __future__ import annotations

import collections
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .client import Client
from .discovery import Discovery, Resource
from .errors import ApiError
from .objects import Identity, Object, identity

Live = dict[Identity, Object]

# Reading a collection costs as much as its size, a single object one round trip: few objects are asked for by name.
_FEW = 2
_MANY_NAMESPACES = 3


def read(client: Client, discovery: Discovery, items: list[Object], pool: ThreadPoolExecutor) -> Live:
    """Live objects (managedFields included) of those of ``items`` that exist."""
    wanted = {identity(item): item["apiVersion"] for item in items}
    kinds = sorted({(api_version, key.kind) for key, api_version in wanted.items()})
    resources = dict(zip(kinds, pool.map(lambda kind: discovery.resource(*kind), kinds), strict=True))
    groups: dict[tuple[Resource, str], list[Identity]] = collections.defaultdict(list)
    for key, api_version in wanted.items():
        groups[(resources[(api_version, key.kind)], key.namespace)].append(key)
    live: Live = {}
    for found in pool.map(lambda job: job(), list(_jobs(client, groups))):
        live.update((key, value) for key, value in found.items() if key in wanted)
    return live


def _jobs(client: Client, groups: dict[tuple[Resource, str], list[Identity]]) -> t.Iterator[t.Callable[[], Live]]:
    namespaces = collections.Counter(resource for resource, _namespace in groups)
    whole: set[Resource] = set()
    for (resource, namespace), keys in groups.items():
        if not resource.served:
            continue
        if namespaces[resource] > _MANY_NAMESPACES:
            if resource not in whole:
                whole.add(resource)
                yield _lister(client, resource, "")
        elif len(keys) > _FEW:
            yield _lister(client, resource, namespace)
        else:
            yield from (_getter(client, resource, key) for key in keys)


def _lister(client: Client, resource: Resource, namespace: str) -> t.Callable[[], Live]:
    def job() -> Live:
        try:
            items, _version = client.list(resource.collection(namespace))
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        # Items of a list do not repeat their kind.
        full = ({**item, "apiVersion": resource.api_version, "kind": resource.kind} for item in items)
        return {identity(item): item for item in full}

    return job


def _getter(client: Client, resource: Resource, key: Identity) -> t.Callable[[], Live]:
    def job() -> Live:
        found = client.find(resource.item(key))
        return {key: found} if found else {}

    return job
