# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keeps a text in a file, in check mode too; ansible.builtin.copy starts three processes for that, in every play of a test."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Options: content, dest."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        pathlib.Path(self._task.args["dest"]).write_text(self._task.args["content"], encoding="utf-8")
        return {"changed": False}
