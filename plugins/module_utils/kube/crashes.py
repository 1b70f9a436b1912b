# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Is it worth waiting on? Containers that end again and again, or that can never start, are told from slow ones."""

from __future__ import annotations

from .client import Client
from .errors import KubeError
from .explain import pods_of
from .objects import Object

# The kubelet's pauses between them are 10, 20 and 40 s: a dependency that is a little late is forgiven.
CRASHES = 4
# Reasons that the kubelet gives for what only a change of the object can mend.
_NEVER = ("InvalidImageName", "ErrImageNeverPull")


class Crashes:
    """Counts how often the containers of the awaited workloads ended since it was made; use once per wait."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._first: dict[tuple[str, str], int] = {}

    def hopeless(self, live: Object) -> str:
        """Say why waiting for this workload is pointless; empty while it is not, or when the server cannot be asked."""
        try:
            pods = pods_of(self._client, live)
        except KubeError:
            return ""
        for pod in pods:
            for entry in _statuses(pod):
                reason = self._judge(pod, entry)
                if reason:
                    return f"pod {pod['metadata']['name']}: container {entry['name']} {reason}"
        return ""

    def _judge(self, pod: Object, entry: Object) -> str:
        waiting = (entry.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _NEVER:
            return f"cannot start: {waiting['reason']} {waiting.get('message') or ''}".rstrip()
        restarts = int(entry.get("restartCount") or 0)
        # A pod that crashed before this wait may be on its way out: only what happens now counts.
        crashes = restarts - self._first.setdefault((str(pod["metadata"]["uid"]), str(entry["name"])), restarts)
        ended = (entry.get("lastState") or {}).get("terminated") or {}
        if crashes < CRASHES or waiting.get("reason") != "CrashLoopBackOff":
            return ""
        return f"ended {crashes} times while we waited, last with exit code {ended.get('exitCode', '?')}"


def _statuses(pod: Object) -> list[Object]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
