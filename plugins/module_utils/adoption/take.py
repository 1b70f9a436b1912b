# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Takes a snapshot of the cluster, with one LIST per kind and namespace."""

from __future__ import annotations

import contextlib
import dataclasses
import email.utils
import http.client
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..kube import live
from ..kube.client import Client, Request
from ..kube.discovery import Discovery, Resource, UnknownKindError
from ..kube.errors import KubeError
from ..kube.objects import Object
from .records import Mark, Snapshot, Target, pod, record
from .tree import Adopted

_WORKERS = 8
_CLUSTER_IDENTITY = "/api/v1/namespaces/kube-system"


class StampedClient(Client):
    """A client that keeps what the API server says of the moment at which it answered last."""

    def __init__(self, *arguments: t.Any, **options: t.Any) -> None:
        super().__init__(*arguments, **options)
        self._stamp = ("", "")

    def mark(self) -> Mark:
        """One request that the audit log shows too. Raises KubeError."""
        cluster = self.get(_CLUSTER_IDENTITY)["metadata"]["uid"]
        date, audit_id = self._stamp
        try:
            moment = email.utils.parsedate_to_datetime(date)
        except ValueError as error:
            raise KubeError(
                f"API server {self.cluster.address} does not say its time (header Date: {date!r})."
            ) from error
        return Mark(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), audit_id, cluster)

    def _accept(self, request: Request, response: http.client.HTTPResponse, data: bytes) -> bytes:
        self._stamp = (response.headers.get("Date") or "", response.headers.get("Audit-Id") or "")
        return super()._accept(request, response, data)


def take(
    client: StampedClient, wanted: Adopted, more: t.Iterable[Target] = (), namespaces: t.Iterable[str] = ()
) -> Snapshot:
    """The snapshot of the tree's objects, of ``more``, and of all pods in their and in the given ``namespaces``.

    The mark is set before anything is read: what is written while we read counts as written after the snapshot.
    Raises KubeError.
    """
    mark = client.mark()
    discovery = Discovery(client)
    discovery.learn(wanted.objects)
    targets = {target.key: target for target in (*more, *wanted.targets)}
    spaces = tuple(sorted({*wanted.namespaces, *namespaces}))
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="kube") as pool:
        pods = [pool.submit(client.list, f"/api/v1/namespaces/{namespace}/pods") for namespace in spaces]
        named = list(_named(discovery, list(targets.values()), pool))
        found = live.read(client, discovery, [_stub(target) for target in named if target.resource], pool)
        listed = [item for job in pods for item in job.result()[0]]
    return Snapshot(
        mark=mark,
        objects=tuple(record(target, found[target.key]) for target in named if target.key in found),
        missing=tuple(target for target in named if target.key not in found),
        namespaces=spaces,
        pods=tuple(pod(item) for item in listed),
    )


def _named(discovery: Discovery, targets: list[Target], pool: ThreadPoolExecutor) -> t.Iterator[Target]:
    """The targets with the plural of their kind, as the audit log names it."""
    kinds = sorted({(target.api_version, target.kind) for target in targets})

    def ask(kind: tuple[str, str]) -> Resource | None:
        with contextlib.suppress(UnknownKindError):
            return discovery.resource(*kind)
        return None

    known = dict(zip(kinds, pool.map(ask, kinds), strict=True))
    for target in targets:
        resource = known[(target.api_version, target.kind)]
        yield dataclasses.replace(target, resource=resource.plural if resource else "")


def _stub(target: Target) -> Object:
    metadata = {"name": target.name, **({"namespace": target.namespace} if target.namespace else {})}
    return {"apiVersion": target.api_version, "kind": target.kind, "metadata": metadata}
