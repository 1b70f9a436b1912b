# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Take a node out of service without losing a request; on the controller, with words while it takes."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.inference.platform.plugins.module_utils.drain.arguments import NODE_DRAIN
from ansible_collections.inference.platform.plugins.module_utils.drain.process import Limits
from ansible_collections.inference.platform.plugins.module_utils.drain.run import Drain, Wish
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.arguments import kubeconfig_path
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, cure

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
        _validated, tagged = self.validate_argument_spec(argument_spec=NODE_DRAIN)
        args: Result = json.loads(json.dumps(tagged))
        wish = Wish(
            args["node"],
            args["state"],
            args["immovable"],
            Limits(timeout=float(args["timeout"]), request_timeout=float(args["request_timeout"])),
            check=bool(self._task.check_mode),
        )
        try:
            cluster = config.load(kubeconfig_path(args["kubeconfig"]), args["context"])
            drain = Drain(cluster, lambda text: display.display(f"{wish.node}: {text}"))
            try:
                return drain.ensure(wish)
            finally:
                drain.close()
        except KubeError as error:
            raise AnsibleActionFail(f"{error} {cure(error)}".strip(), result={"failure": error.failure}) from error
