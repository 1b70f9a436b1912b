# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Builds images and host files from package registries on the controller. Documentation: plugins/modules/artifacts.py."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.inference.platform.plugins.module_utils.artifacts.engine import Engine, Options
from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import ArtifactError

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "catalogue" / "catalogue.yml"
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "cache_dir": {"type": "path", "required": True},
    "catalogue": {"type": "path"},
    "names": {"type": "list", "elements": "str", "default": []},
    "groups": {"type": "list", "elements": "str", "default": []},
    "select": {"type": "str", "default": "all", "choices": ["all", "images", "files"]},
    "jobs": {"type": "int", "default": 2, "choices": [1, 2]},
    "verify": {"type": "bool", "default": False},
    "keep_downloads": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Ensures the artefacts of the catalogue in a cache."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Builds what is missing and returns where everything is."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            outcome = Engine(self._options(arguments), _say).ensure()
        except ArtifactError as error:
            raise AnsibleActionFail(str(error)) from error
        for warning in outcome.warnings:
            Display().warning(warning)
        return {**result, **dataclasses.asdict(outcome), "changed": bool(outcome.built)}

    def _options(self, arguments: dict[str, t.Any]) -> Options:
        parent = os.getppid()
        return Options(
            cache=pathlib.Path(arguments["cache_dir"]).absolute(),
            catalogue=pathlib.Path(arguments["catalogue"] or CATALOGUE),
            names=tuple(arguments["names"]),
            groups=tuple(arguments["groups"]),
            select=arguments["select"],
            jobs=arguments["jobs"],
            verify=arguments["verify"],
            keep_downloads=arguments["keep_downloads"],
            check=bool(self._task.check_mode),
            # Ansible runs this in a child process, which would build on alone when Ansible is killed.
            wanted=lambda: os.getppid() == parent,
        )


def _say(line: str) -> None:
    Display().display(f"artifacts: {line}")
