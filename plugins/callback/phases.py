# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Shows at the end of a run how long each play took."""

from __future__ import annotations

DOCUMENTATION = r"""
name: phases
type: aggregate
short_description: How long each phase of a run took
version_added: "0.1.0"
description:
  - Prints one line per play that did something, with its seconds, and the total, at the end of a run.
  - Writes the same as JSON when a file is named, for benchmarks.
requirements:
  - enabled by C(callbacks_enabled) in ansible.cfg
options:
  json_path:
    description: File that receives the seconds by phase as JSON; nothing is written when empty.
    type: str
    default: ""
    env:
      - name: INFERENCE_PLATFORM_PHASES
author:
  - inference.platform maintainers
"""

import json
import pathlib
import time
import typing as t

from ansible.plugins.callback import CallbackBase

# Plays below this did nothing but skip.
SHORTEST_SECONDS = 0.5


class CallbackModule(CallbackBase):
    """Adds up the seconds of plays of one name."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "inference.platform.phases"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Starts the clock."""
        super().__init__(*args, **kwargs)
        self._seconds: dict[str, float] = {}
        self._current: str | None = None
        self._since = time.monotonic()

    def _close(self) -> None:
        now = time.monotonic()
        if self._current is not None:
            self._seconds[self._current] = self._seconds.get(self._current, 0.0) + now - self._since
        self._since = now

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        """A play begins: the one before it has ended."""
        self._close()
        self._current = play.get_name()

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """The run has ended: print and, when asked, write."""
        self._close()
        if not self._seconds:
            return
        path = self.get_option("json_path")
        if path:
            pathlib.Path(path).write_text(json.dumps(self._seconds, indent=2) + "\n", encoding="utf-8")
        self._display.banner("PHASES")
        for name, seconds in self._seconds.items():
            if seconds >= SHORTEST_SECONDS:
                self._display.display(f"{name:<28} {seconds:7.1f} s")
        self._display.display(f"{'total':<28} {sum(self._seconds.values()):7.1f} s")
