# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""HTTP to one API server: one keep-alive connection per thread, retries with a budget, counted requests, watches.

Built on http.client because importing the Kubernetes client costs 0.25 to 0.45 s, more than a whole run of ours.
"""

from __future__ import annotations

import collections
import dataclasses
import http.client
import json
import socket
import ssl
import threading
import time
import typing as t
import urllib.parse

from . import retry
from .config import Cluster
from .errors import ApiError, KubeError, TransportError

Query = t.Mapping[str, str | int]
Notify = t.Callable[[str], None]

_APPLY = "application/apply-patch+yaml"
_QUIET_RETRY_SECONDS = 3.0


@dataclasses.dataclass(frozen=True)
class Request:
    """One request; ``label`` is the name it is counted under (DRY-RUN is not a PATCH that writes).

    ``versioned``: it holds for one version of the object, so that asking again after a conflict is pointless.
    """

    method: str
    path: str
    query: Query
    body: bytes | None = None
    content_type: str = "application/json"
    label: str = ""
    versioned: bool = False

    @property
    def target(self) -> str:
        return self.path + ("?" + urllib.parse.urlencode(self.query) if self.query else "")


class Client:
    """Thread-safe. ``notify`` hears a sentence when the server has to be asked for longer than a few seconds."""

    def __init__(
        self, cluster: Cluster, *, retry_seconds: float = 60.0, timeout: float = 60.0, notify: Notify | None = None
    ) -> None:
        self.cluster = cluster
        self.retry_seconds = retry_seconds
        self.warnings: set[str] = set()
        self._timeout = timeout
        self._notify = notify or (lambda _text: None)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self._connections: list[http.client.HTTPConnection] = []

    def get(self, path: str, query: Query | None = None, *, label: str = "GET") -> dict[str, t.Any]:
        """The object at ``path``. Raises ApiError (404 when absent) or TransportError."""
        return self._json(Request("GET", path, query or {}, label=label))

    def find(self, path: str) -> dict[str, t.Any] | None:
        """The object at ``path``, None when it (or its kind or namespace) does not exist."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, path: str, query: Query | None = None) -> tuple[list[dict[str, t.Any]], str]:
        """All items of a collection, in pages of 500, and the resourceVersion to watch from."""
        wanted = {"limit": 500, **(query or {})}
        items: list[dict[str, t.Any]] = []
        while True:
            page = self.get(path, wanted, label="LIST")
            items += page.get("items") or []
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                return items, str(metadata.get("resourceVersion") or "")
            wanted["continue"] = metadata["continue"]

    def apply(self, path: str, body: dict[str, t.Any], *, manager: str, dry_run: bool = False) -> dict[str, t.Any]:
        """Server-side apply with force and strict fields; returns the object as the server has (or would have) it."""
        query: dict[str, str | int] = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        data = json.dumps(body, separators=(",", ":")).encode()
        return self._json(Request("PATCH", path, query, data, _APPLY, "DRY-RUN" if dry_run else "PATCH"))

    def merge(self, path: str, body: dict[str, t.Any], query: Query | None = None) -> dict[str, t.Any]:
        """JSON merge patch (RFC 7386). One with a resourceVersion raises ApiError (409) at once where the object has another."""
        versioned = "resourceVersion" in (body.get("metadata") or {})
        data = _encode(body)
        return self._json(Request("PATCH", path, query or {}, data, "application/merge-patch+json", "PATCH", versioned))

    def create(self, path: str, body: dict[str, t.Any], query: Query | None = None) -> dict[str, t.Any]:
        """POST to a collection; never repeated when the first one may have arrived."""
        return self._json(Request("POST", path, query or {}, _encode(body), label="POST"))

    def delete(self, path: str, *, uid: str, propagation: str) -> None:
        """Delete exactly the object with ``uid``; one that is gone already, or is another by now, is left alone."""
        body = {"propagationPolicy": propagation, "preconditions": {"uid": uid}}
        try:
            self._json(Request("DELETE", path, {}, _encode(body), label="DELETE"))
        except ApiError as error:
            if error.status != 404 and not (error.status == 409 and "uid" in error.server_message.lower()):
                raise

    def text(self, path: str, query: Query | None = None) -> str:
        """A plain text answer (container logs)."""
        return self._send(Request("GET", path, query or {}, label="GET")).decode("utf-8", "replace")

    def watch(self, path: str, query: Query, *, seconds: float) -> Watch:
        """A stream of watch events that the server ends after ``seconds``; close it from any thread."""
        wanted = {**query, "watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": max(1, int(seconds))}
        connection = self._connect(timeout=seconds + 10)
        self._count("WATCH")
        request = Request("GET", path, wanted)
        try:
            connection.request("GET", self.cluster.prefix + request.target, headers=self._headers(request))
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._transport(error, sent=True) from error
        if response.status != 200:
            body = _decode(response.read())
            connection.close()
            raise ApiError(response.status, body, method="WATCH", path=path)
        return Watch(connection, response)

    def requests(self) -> dict[str, int]:
        """How many requests of each label were sent so far, retries included."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def close(self) -> None:
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()
        self._local = threading.local()

    def _json(self, request: Request) -> dict[str, t.Any]:
        value = _decode(self._send(request))
        return value if isinstance(value, dict) else {}

    def _send(self, request: Request) -> bytes:
        started = time.monotonic()
        attempt = 0
        told = False
        while True:
            try:
                return self._once(request)
            except KubeError as error:
                pause = retry.pause_seconds(error, attempt, method=request.method, versioned=request.versioned)
                waited = time.monotonic() - started
                if pause is None or waited + pause > self.retry_seconds:
                    raise
                if waited > _QUIET_RETRY_SECONDS and not told:
                    told = True
                    self._notify(f"asking again for up to {self.retry_seconds:.0f} s: {error}")
                time.sleep(pause)
                attempt += 1

    def _once(self, request: Request) -> bytes:
        self._count(request.label)
        connection, fresh = self._connection()
        try:
            response, data = self._exchange(connection, request)
        except (OSError, http.client.HTTPException) as error:
            self._drop(connection)
            # The server may have closed an idle keep-alive connection: that says nothing about the server itself.
            if fresh or request.method == "POST":
                raise self._transport(error, sent=not isinstance(error, ConnectionRefusedError)) from error
            return self._again(request)
        return self._accept(request, response, data)

    def _again(self, request: Request) -> bytes:
        connection, _fresh = self._connection()
        try:
            response, data = self._exchange(connection, request)
        except (OSError, http.client.HTTPException) as error:
            self._drop(connection)
            raise self._transport(error, sent=not isinstance(error, ConnectionRefusedError)) from error
        return self._accept(request, response, data)

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection.request(request.method, self.cluster.prefix + request.target, request.body, self._headers(request))
        response = connection.getresponse()
        return response, response.read()

    def _accept(self, request: Request, response: http.client.HTTPResponse, data: bytes) -> bytes:
        for warning in response.headers.get_all("Warning") or []:
            self._warn(warning)
        if response.status < 300:
            return data
        after = response.headers.get("Retry-After") or ""
        raise ApiError(
            response.status,
            _decode(data),
            method=request.label or request.method,
            path=request.path,
            retry_after=float(after) if after.isdigit() else None,
        )

    def _warn(self, header: str) -> None:
        # RFC 7234 section 5.5: code, agent, "text".
        _code, _agent, text = ([*header.split(" ", 2), "", ""])[:3]
        with self._lock:
            self.warnings.add(text.strip('"').replace('\\"', '"'))

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "inference.platform", **self.cluster.headers}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        return headers

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        existing = getattr(self._local, "connection", None)
        if existing is not None:
            return existing, False
        connection = self._connect(timeout=self._timeout)
        self._local.connection = connection
        with self._lock:
            self._connections.append(connection)
        return connection, True

    def _connect(self, *, timeout: float) -> http.client.HTTPConnection:
        cluster = self.cluster
        if cluster.tls is None:
            return http.client.HTTPConnection(cluster.host, cluster.port, timeout=timeout)
        if cluster.server_name:
            return _NamedConnection(cluster, timeout)
        return http.client.HTTPSConnection(cluster.host, cluster.port, timeout=timeout, context=cluster.tls)

    def _drop(self, connection: http.client.HTTPConnection) -> None:
        connection.close()
        self._local.connection = None
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)

    def _transport(self, error: Exception, *, sent: bool) -> KubeError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return KubeError(
                f"{self.cluster.address}: its certificate is not the one the kubeconfig trusts: {error.verify_message}. "
                "The kubeconfig belongs to another (or an earlier) cluster."
            )
        refused = isinstance(error, ConnectionRefusedError)
        what = "refuses connections" if refused else f"does not answer ({type(error).__name__}: {error})"
        return TransportError(f"API server {self.cluster.address} {what}", sent=sent, refused=refused)

    def _count(self, label: str) -> None:
        with self._lock:
            self._counts[label] += 1


class Watch:
    """Iterate for events; the iteration ends when the server ends the stream or somebody calls close()."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._response = response
        self._socket = connection.sock

    def __iter__(self) -> t.Iterator[dict[str, t.Any]]:
        try:
            while line := self._response.readline():
                yield json.loads(line)
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            return
        finally:
            self._connection.close()

    def close(self) -> None:
        # Only shutdown wakes a thread that blocks in recv.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            return


class _NamedConnection(http.client.HTTPSConnection):
    """Connects to one address and checks the certificate for another name (tls-server-name)."""

    def __init__(self, cluster: Cluster, timeout: float) -> None:
        super().__init__(cluster.host, cluster.port, timeout=timeout, context=cluster.tls)
        self._cluster = cluster

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        tls = t.cast(ssl.SSLContext, self._cluster.tls)
        self.sock = tls.wrap_socket(self.sock, server_hostname=self._cluster.server_name)


def _encode(body: dict[str, t.Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _decode(data: bytes) -> t.Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")
