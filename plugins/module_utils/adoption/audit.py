# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Counts what Argo CD asked the API server to write, from its audit log (audit.k8s.io/v1 Event, a JSON line each).

The log is read line by line and a line is parsed only when it names one of the users, so hundreds of megabytes cost seconds
and no memory.
"""

from __future__ import annotations

import dataclasses
import datetime
import glob
import json
import os
import typing as t
import urllib.parse

from ..kube.errors import KubeError
from ..kube.objects import Object, group_of
from .records import Mark, Target

_WRITES = ("create", "update", "patch", "delete", "deletecollection")
# The other stages tell of the same request once more.
_STAGES = ("ResponseComplete", "Panic")
# A copy of the log that was made before the comparison may be this much older.
_OLD_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Write:
    """A request that could write. ``code`` is the HTTP status of its answer, 0 when the log has none."""

    object: str
    verb: str
    subresource: str
    user: str
    time: str
    code: int

    def sentence(self) -> str:
        what = f"{self.verb} {self.subresource}".strip()
        answer = f", answered {self.code}" if self.code >= 300 else ""
        return f"{self.object}: {what} by {self.user} at {self.time}{answer}"

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Trail:
    """What the logs tell of the time since the snapshot. ``marked`` is False when they do not show the snapshot itself."""

    writes: tuple[Write, ...]
    status_writes: int
    marked: bool
    until: str
    files: tuple[str, ...]

    def problems(self, since: Mark, now: Mark) -> list[str]:
        """Why the logs prove nothing; empty when they cover the time between the two marks."""
        names = ", ".join(self.files)
        found: list[str] = []
        if not self.marked:
            found.append(
                f"The audit log ({names}) does not hold the snapshot's own request (audit id {since.audit_id}, {since.time}): "
                "it is of another API server, or lines of that time were rotated away. Give all files of all API servers."
            )
        if not self.until or _seconds(now.time) - _seconds(self.until) > _OLD_SECONDS:
            found.append(
                f"The audit log ({names}) ends at {self.until or 'nothing'}, and the comparison was made at {now.time}: "
                "give the log as it is now."
            )
        return found


def _seconds(stamp: str) -> float:
    return datetime.datetime.fromisoformat(stamp).timestamp()


def files_of(patterns: t.Iterable[str]) -> list[str]:
    """Paths that the patterns match. Raises KubeError for one that matches nothing."""
    found: list[str] = []
    for pattern in patterns:
        names = [name for name in sorted(glob.glob(os.path.expanduser(pattern))) if os.path.isfile(name)]
        if not names:
            raise KubeError(
                f"There is no audit log {pattern}: give the path of the API server's audit log on this machine."
            )
        found += [name for name in names if name not in found]
    return found


def scan(paths: t.Sequence[str], users: t.Collection[str], targets: t.Iterable[Target], since: Mark) -> Trail:
    """Write requests of ``users`` on ``targets`` after the request of ``since``. Raises KubeError for unreadable files."""
    adopted = _Adopted(targets)
    needles = [since.audit_id.encode()] if since.audit_id else []
    needles += [user.encode() for user in users]
    exact, until = "", ""
    found: list[Write] = []
    for path in paths:
        for event in _events(path, needles):
            stamp = str(event.get("requestReceivedTimestamp") or "")
            until = max(until, stamp)
            if event.get("auditID") == since.audit_id:
                exact = exact or stamp
            elif _counts(event, users):
                found += adopted.writes(event)
    # The mark knows whole seconds, its own line in the log knows microseconds.
    first = exact or since.time.removesuffix("Z")
    writes = sorted((write for write in found if write.time >= first), key=_time)
    status = sum(1 for write in writes if write.subresource == "status")
    loud = tuple(write for write in writes if write.subresource != "status")
    return Trail(loud, status, bool(exact), until, tuple(paths))


def _time(write: Write) -> str:
    return write.time


def _events(path: str, needles: list[bytes]) -> t.Iterator[Object]:
    """Events of the lines that hold one of ``needles``, and of the last whole line."""
    last = b""
    try:
        with open(path, "rb") as file:
            for line in file:
                # The server may be in the middle of the last line.
                if not line.endswith(b"\n"):
                    break
                last = line
                if any(needle in line for needle in needles):
                    yield _parse(line, path)
    except OSError as error:
        raise KubeError(f"Cannot read the audit log {path}: {error.strerror}.") from error
    # It says how far the log goes; without a stage it does not count a second time.
    if last.strip():
        yield _parse(last, path) | {"stage": ""}


def _parse(line: bytes, path: str) -> Object:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise KubeError(f"{path} is not an audit log of JSON lines: {error}.") from error
    if not isinstance(event, dict):
        raise KubeError(f"{path} is not an audit log of JSON lines: a line is {type(event).__name__}.")
    return event


def _counts(event: Object, users: t.Collection[str]) -> bool:
    if event.get("verb") not in _WRITES or event.get("stage") not in _STAGES:
        return False
    if _user(event) not in users:
        return False
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(str(event.get("requestURI") or "")).query)
    return "All" not in query.get("dryRun", [])


def _user(event: Object) -> str:
    user = event.get("impersonatedUser") or event.get("user") or {}
    return str(user.get("username") or "")


class _Adopted:
    """Finds the adopted objects that a request is about."""

    def __init__(self, targets: t.Iterable[Target]) -> None:
        self._names: dict[tuple[str, str, str, str], str] = {}
        for target in targets:
            if target.resource:
                key = (group_of(target.api_version), target.resource, target.namespace, target.name)
                self._names[key] = str(target.key)

    def writes(self, event: Object) -> list[Write]:
        reference = event.get("objectRef") or {}
        group, resource = str(reference.get("apiGroup") or ""), str(reference.get("resource") or "")
        namespace, name = str(reference.get("namespace") or ""), str(reference.get("name") or "")
        # A Namespace is filed under itself in the log.
        if (group, resource) == ("", "namespaces"):
            namespace = ""
        if event["verb"] == "deletecollection":
            return [_write(event, found) for found in self._collection(group, resource, namespace)]
        known = self._names.get((group, resource, namespace, name))
        return [_write(event, known)] if known else []

    def _collection(self, group: str, resource: str, namespace: str) -> list[str]:
        return [
            found
            for (one, other, place, _name), found in self._names.items()
            if (one, other) == (group, resource) and namespace in ("", place)
        ]


def _write(event: Object, known: str) -> Write:
    return Write(
        object=known,
        verb=str(event["verb"]),
        subresource=str((event.get("objectRef") or {}).get("subresource") or ""),
        user=_user(event),
        time=str(event.get("requestReceivedTimestamp") or ""),
        code=int((event.get("responseStatus") or {}).get("code") or 0),
    )
