# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Wait until every object of the tree is up; on the controller, with words while it takes."""

from __future__ import annotations

import json
import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.kube.run import await_up
from ansible_collections.inference.platform.plugins.module_utils.tree import writer
from ansible_collections.inference.platform.plugins.module_utils.tree.arguments import TREE_READY

display = Display()

Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """See the documentation of the module of the same name."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        super().run(tmp, task_vars)
        _validated, tagged = self.validate_argument_spec(argument_spec=TREE_READY)
        args: Result = json.loads(json.dumps(tagged))
        try:
            return self._wait(args)
        except KubeError as error:
            raise AnsibleActionFail(str(error), result={"failure": error.failure}) from error

    def _wait(self, args: Result) -> Result:
        started = time.monotonic()
        items = writer.read_tree(args["tree"])
        found = {"changed": False, "objects": len(items), "seconds": 0.0}
        cluster, _why = reach(args["kubeconfig"], args["context"], check=bool(self._task.check_mode))
        if cluster is None or self._task.check_mode:
            return found
        await_up(cluster, items, float(args["timeout"]), lambda text: display.display(f"platform: {text}"))
        return {**found, "seconds": round(time.monotonic() - started, 3)}
