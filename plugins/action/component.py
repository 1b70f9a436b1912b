# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Render a component, write its part of the tree, apply it, prune and wait: all in the process of the controller."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible.utils.display import Display

from ansible_collections.inference.platform.plugins.module_utils.argocd import cluster as argocd
from ansible_collections.inference.platform.plugins.module_utils.argocd import reconcile
from ansible_collections.inference.platform.plugins.module_utils.kube import replace
from ansible_collections.inference.platform.plugins.module_utils.kube.apply import MANAGER, Outcome
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.discovery import Discovery, UnknownKindError
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import Object, flatten
from ansible_collections.inference.platform.plugins.module_utils.kube.reach import reach
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, predicted, prepare, run
from ansible_collections.inference.platform.plugins.module_utils.kube.yaml_text import load_all
from ansible_collections.inference.platform.plugins.module_utils.tree import checks, sources, writer
from ansible_collections.inference.platform.plugins.module_utils.tree.arguments import COMPONENT
from ansible_collections.inference.platform.plugins.module_utils.tree.staging import stage

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
        _validated, tagged = self.validate_argument_spec(argument_spec=COMPONENT)
        # Ansible's values carry tags (origin, trust) that YAML cannot write; variables keep theirs for templating.
        args: Result = json.loads(json.dumps({**tagged, "variables": {}})) | {"variables": tagged["variables"]}
        try:
            return self._component(args, task_vars or {})
        except KubeError as error:
            raise AnsibleActionFail(
                f"Component {args['name']}: {error}",
                result={"failure": _plain(error.failure), "changed": bool(error.failure.get("applied"))},
            ) from error

    def _component(self, args: Result, task_vars: Result) -> Result:
        folder = os.path.join(args["tree"], f"{args['wave']:02d}-{args['name']}")
        absent = args["state"] == "absent"
        if args["render_to"]:
            return self._render_to(args, [] if absent else self._objects(args, task_vars))
        wish = self._wish(args, writer.read(folder) if absent else self._objects(args, task_vars))
        cluster, why = reach(args["kubeconfig"], args["context"], check=wish.check)
        if cluster is None:
            return self._without_cluster(args, wish, why)
        client = Client(cluster)
        try:
            if argocd.root(client):
                return self._through_git(args, client, wish, folder)
            items = [] if absent else self._prepare(client, wish)
        except UnknownKindError as error:
            if not wish.check:
                raise
            # The CRD may come with an earlier component, which check mode did not apply.
            return self._without_cluster(args, wish, str(error))
        finally:
            client.close()
        if absent:
            # The tree helps to find the objects, so it goes last.
            result = run(cluster, wish, self._notify(args["name"]))
            return _with_files(result, writer.remove(folder, check=wish.check), folder, [])
        files = writer.write(folder, items, check=wish.check)
        result = run(cluster, wish, self._notify(args["name"]))
        return _with_files(result, files, folder, checks.warnings(items))

    def _through_git(self, args: Result, client: Client, wish: Wish, folder: str) -> Result:
        """After the handover the tree is all that is written here: the play's action reconcile commits it."""
        discovery = Discovery(client)
        items = [] if wish.absent else prepare(wish, discovery)
        refused = _refused(client, discovery, wish, folder, items)
        result, files = stage(folder, items, check=wish.check, diff=wish.diff)
        result["objects"] = [Outcome(entry.key, "replaced", entry.fields).result() for entry in refused]
        if wish.absent:
            writer.remove(folder, check=wish.check)
        if not wish.check and _new_namespaces(client, items):
            # Later tasks put Secrets into it, so it cannot wait for the end of the play.
            now = reconcile.Wish(args["tree"], force_replace=wish.force_replace)
            done = reconcile.reconcile(client, now, self._notify(args["name"]))
            result["commit"] = done.commit
        return _with_files(result, files, folder, checks.warnings(items))

    def _render_to(self, args: Result, objects: list[Object]) -> Result:
        """Write the objects into a folder that is nobody's state, in check mode too. The cluster is asked for kinds only."""
        wish = self._wish(args, objects)
        folder = os.path.join(args["render_to"], f"{args['wave']:02d}-{args['name']}")
        cluster, why = reach(args["kubeconfig"], args["context"], check=True)
        client = Client(cluster) if cluster else None
        try:
            items = prepare(wish, Discovery(client) if client else None)
        finally:
            if client:
                client.close()
        checks.refuse(items)
        notes = (
            [] if cluster else [f"{why}: component {args['name']} was rendered without the cluster's word on kinds."]
        )
        files = writer.write(folder, items, check=False)
        untouched = {"changed": False, "objects": [], "requests": {}, "seconds": 0.0, "diff": [], "warnings": notes}
        return {**_with_files(untouched, files, folder, checks.warnings(items)), "changed": False}

    def _prepare(self, client: Client, wish: Wish) -> list[Object]:
        items = prepare(wish, Discovery(client))
        checks.refuse(items)
        return items

    def _without_cluster(self, args: Result, wish: Wish, why: str) -> Result:
        checks.refuse(prepare(wish, None))
        note = f"{why}: component {args['name']} was rendered, nothing could be compared."
        return {**predicted(wish), "warnings": [note]}

    def _wish(self, args: Result, objects: list[Object]) -> Wish:
        wait = args["wait"] or {}
        return Wish(
            objects=objects,
            component=args["name"],
            namespace=args["namespace"],
            absent=args["state"] == "absent",
            prune=args["prune"],
            prune_also=frozenset(args["prune_also"]),
            inventory_namespace=args["inventory_namespace"],
            force_replace=args["force_replace"],
            wait=float(wait.get("timeout") or 0),
            endpoints=bool(wait.get("endpoints")),
            check=bool(self._task.check_mode),
            diff=bool(self._task.diff),
        )

    def _objects(self, args: Result, task_vars: Result) -> list[Object]:
        found: list[Object] = []
        for folder in args["templates"]:
            found += self._templates(folder, {**task_vars, **args["variables"]})
        for entry in args["manifest"]:
            found += sources.manifest(entry["path"], entry["checksum"])
        for entry in args["chart"]:
            found += sources.chart(
                entry["path"],
                release=entry["release"] or args["name"],
                namespace=args["namespace"],
                values=entry["values"],
                helm=entry["helm"],
                checksum=entry["checksum"],
                crds=entry["crds"],
            )
        return found

    def _templates(self, folder: str, variables: Result) -> list[Object]:
        names = sorted(
            os.path.join(root, name)
            for root, _folders, files in os.walk(folder)
            for name in files
            if name.endswith((".yaml.j2", ".yml.j2"))
        )
        if not names:
            raise KubeError(f"There is no *.yaml.j2 below {folder}.")
        found: list[Object] = []
        for name in names:
            found += flatten(load_all(self._render(name, folder, variables), name), name)
        return found

    def _render(self, name: str, folder: str, variables: Result) -> str:
        # The loader decrypts vaulted files; a file that a role brings is code of the role and may be a template.
        text = trust_as_template(self._loader.get_text_file_contents(name))
        templar = self._templar.copy_with_new_env(
            searchpath=[os.path.dirname(name), folder], available_variables=variables
        )
        try:
            rendered = templar.template(
                text, escape_backslashes=False, overrides={"trim_blocks": True, "lstrip_blocks": True}
            )
        except AnsibleError as error:
            raise KubeError(f"{name} does not render: {error}") from error
        return "" if rendered is None else str(rendered)

    def _notify(self, component: str) -> t.Callable[[str], None]:
        return lambda text: display.display(f"{component}: {text}")


def _with_files(result: Result, files: writer.Written, folder: str, notes: list[str]) -> Result:
    listed = {"folder": folder, "written": list(files.written), "removed": list(files.removed)}
    return {
        **result,
        "changed": result["changed"] or files.changed,
        "files": listed,
        "warnings": [*result["warnings"], *notes],
    }


def _refused(
    client: Client, discovery: Discovery, wish: Wish, folder: str, items: list[Object]
) -> list[replace.Refusal]:
    """What of the coming commit cannot be changed on living objects; refused here, before Git has it, unless asked for."""
    written = set(writer.write(folder, items, check=True).written)
    changed = [item for item in items if writer.file_name(item) in written]
    found = replace.refusals(client, discovery, changed, MANAGER) if changed else []
    how = "Put it back, or run again with force_replace (platform_force_replace: true) to have the object deleted and made anew."
    replace.refuse(found, asked=wish.force_replace, how=how)
    return found


def _new_namespaces(client: Client, items: list[Object]) -> list[str]:
    names = [item["metadata"]["name"] for item in items if item["kind"] == "Namespace"]
    return [name for name in names if client.find(f"/api/v1/namespaces/{name}") is None]


def _plain(failure: Result) -> Result:
    return {key: value for key, value in failure.items() if isinstance(value, (str, int, float, bool, list, dict))}
