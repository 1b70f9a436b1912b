# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Commit and push the tree and wait until Argo CD runs it; on the controller, with words while it takes."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.inference.platform.plugins.module_utils.argocd import reconcile
from ansible_collections.inference.platform.plugins.module_utils.argocd.applications import Source
from ansible_collections.inference.platform.plugins.module_utils.argocd.arguments import RECONCILE
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach

display = Display()

Result = dict[str, t.Any]


class ActionModule(ActionBase):
    """See the documentation of the module of the same name."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        super().run(tmp, task_vars)
        _validated, tagged = self.validate_argument_spec(argument_spec=RECONCILE)
        args: Result = json.loads(json.dumps(tagged))
        try:
            return self._reconcile(args)
        except KubeError as error:
            raise AnsibleActionFail(str(error), result={"failure": error.failure}) from error

    def _reconcile(self, args: Result) -> Result:
        check = bool(self._task.check_mode)
        cluster, why = reach(args["kubeconfig"], args["context"], check=check)
        if cluster is None:
            return {**_result(reconcile.Result()), "warnings": [f"{why}: nothing could be compared."]}
        wish = reconcile.Wish(
            tree=args["tree"],
            source=_source(args["source"]),
            begin=args["begin"],
            seconds=float(args["timeout"]),
            force_replace=args["force_replace"],
            check=check,
            diff=bool(self._task.diff),
        )
        client = Client(cluster)
        try:
            return _result(reconcile.reconcile(client, wish, lambda text: display.display(f"Argo CD: {text}")))
        finally:
            client.close()


def _source(given: Result | None) -> Source | None:
    return Source(given["url"], given["branch"], frozenset(given["manual"])) if given else None


def _result(done: reconcile.Result) -> Result:
    return {
        "changed": done.changed,
        "reconciler": done.reconciler,
        "commit": done.commit,
        "committed": [{"file": change.path, "status": change.status} for change in done.committed],
        "pushed": done.pushed,
        "begun": done.begun,
        "replaced": done.replaced,
        "applications": [judgement.result() for judgement in done.judgements],
        "diff": done.diff,
        "warnings": done.warnings,
    }
