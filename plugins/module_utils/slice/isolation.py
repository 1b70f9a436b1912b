# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who reaches whom: what the isolation probe measured, and the policies of the tree as they stand in the cluster."""

from __future__ import annotations

import json
import pathlib
import typing as t

import yaml

from .cluster import Pod, pod_text, pods
from .context import Context, Settings
from .results import Check, CheckError, Notes

NAMESPACE = "verify"
SELECTOR = "app.kubernetes.io/name=isolation-probe"
PORT = 8080
_POLICY_CURE = "Run the playbook platform.yml, which restores every NetworkPolicy."


def checks(settings: Settings) -> list[Check]:
    """What is reachable, and, when there is a tree, the policies in it."""
    found = [
        Check("isolation.reach", "every target that must be blocked is blocked, the allowed ones are reachable", _reach)
    ]
    if settings.tree:
        found.append(
            Check("isolation.policies", "every NetworkPolicy of the tree stands in the cluster as written", _policies)
        )
    return found


def _reach(context: Context, notes: Notes) -> None:
    probes = [pod for pod in pods(context.cluster, NAMESPACE, SELECTOR) if pod.ready]
    if not probes:
        raise CheckError(f"no isolation probe is ready in namespace {NAMESPACE}.", "Run the playbook platform.yml.")
    for probe in probes:
        judge(_results(context, notes, probe), probe.name)


def _results(context: Context, notes: Notes, probe: Pod) -> list[dict[str, t.Any]]:
    notes.sent(f"GET http://{probe.name}:{PORT}/results")
    text = pod_text(context.cluster, probe, PORT, "/results")
    notes.got(text)
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise CheckError(
            f"pod {probe.name} did not answer with JSON: {text[:200]!r}.", "Look at the log of the pod."
        ) from error
    return t.cast("list[dict[str, t.Any]]", rows)


def judge(rows: t.Sequence[dict[str, t.Any]], probe: str) -> None:
    """Raises CheckError unless every row is as expected and both kinds of expectation were tried."""
    wanted = {"blocked": False, "reachable": True}
    # A name that does not resolve blocks nothing: nobody knocked.
    unresolved = [row for row in rows if "does not resolve" in str(row.get("detail")) and not row.get("reachable")]
    wrong = [row for row in rows if bool(row.get("reachable")) != wanted.get(str(row.get("expected")))]
    problems = [
        f"{row.get('target')} is {'reachable' if row.get('reachable') else 'blocked'} from {probe}, expected "
        f"{row.get('expected')} ({row.get('detail')})"
        for row in wrong
    ]
    problems += [f"{row.get('target')} was not tried from {probe}: {row.get('detail')}" for row in unresolved]
    untried = [kind for kind in wanted if not any(row.get("expected") == kind for row in rows)]
    problems += [f"{probe} tried no target that is expected to be {kind}" for kind in untried]
    if problems:
        raise CheckError(
            "; ".join(problems) + ".",
            "Look for a missing NetworkPolicy (check isolation.policies) and at the policy engine kube-router in kube-system.",
        )


def _policies(context: Context, notes: Notes) -> None:
    expected = read_policies(context.settings.tree)
    notes.sent("GET /apis/networking.k8s.io/v1/networkpolicies")
    items, _version = context.cluster.list("/apis/networking.k8s.io/v1/networkpolicies")
    live = {_name(item): item.get("spec") or {} for item in items}
    notes.got(sorted(live))
    judge_policies(expected, live)


def read_policies(tree: str) -> dict[str, dict[str, t.Any]]:
    """Spec of every NetworkPolicy in the tree by namespace/name. Raises OSError and yaml.YAMLError."""
    found = {}
    for path in sorted(pathlib.Path(tree).glob("*/*.yaml")):
        if not path.name.lower().startswith("networkpolicy"):
            continue
        item = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[_name(item)] = item.get("spec") or {}
    return found


def judge_policies(expected: dict[str, dict[str, t.Any]], live: dict[str, dict[str, t.Any]]) -> None:
    """Raises CheckError naming each policy that is missing or differs from the tree."""
    if not expected:
        raise CheckError("the tree holds no NetworkPolicy.", "Run the playbook platform.yml, which writes the tree.")
    missing = [f"NetworkPolicy {name} is missing" for name in expected if name not in live]
    changed = [
        f"NetworkPolicy {name} was changed"
        for name in expected
        if name in live and not within(expected[name], live[name])
    ]
    if missing or changed:
        raise CheckError("; ".join([*missing, *changed]) + ".", _POLICY_CURE)


def within(part: t.Any, whole: t.Any) -> bool:
    """Whether everything in ``part`` stands in ``whole``; the server adds defaults, but never to a list."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(within(value, whole.get(key)) for key, value in part.items())
    if isinstance(part, list):
        same = isinstance(whole, list) and len(part) == len(whole)
        return same and all(within(one, two) for one, two in zip(part, whole, strict=True))
    return bool(part == whole)


def _name(item: dict[str, t.Any]) -> str:
    return f"{item['metadata'].get('namespace', 'default')}/{item['metadata']['name']}"


__all__ = ("checks", "judge", "judge_policies", "read_policies", "within")
