# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Applications that do not run what Git has: their own words, and the files that are still to come. Pure functions."""

from __future__ import annotations

import typing as t

from ..argocd.status import anywhere, judge
from ..kube.objects import Object
from .records import DIFFERS, NOT_SYNCED, NOTHING, PRESENT, Row

# Paths of files that a commit of Git has and that differ from an older revision; None when the revision is not known.
Since = t.Callable[[str], "frozenset[str] | None"]


def coming(apps: t.Mapping[str, Object], paths: t.Iterable[str], since: Since) -> frozenset[str]:
    """Files (of ``paths``) that Git has and that their Application has not looked at yet."""
    known = list(paths)
    found: set[str] = set()
    for app in apps.values():
        folder = _folder(app)
        changed = since(judge(app, "").revision)
        found.update(path for path in known if path.startswith(f"{folder}/") and (changed is None or path in changed))
    return frozenset(found)


def rows(apps: t.Mapping[str, Object], since: Since) -> list[Row]:
    """One row for each Application that is not Synced, or is behind a commit that changes its folder."""
    found = []
    for name, app in sorted(apps.items()):
        behind = _is_behind(app, since)
        judged = judge(app, name, nowhere if behind else anywhere)
        if judged.sync == "Synced" and not behind:
            continue
        git = NOT_SYNCED if behind else PRESENT
        found.append(Row(name, f"Application argocd/{name}", NOTHING, git, DIFFERS, f"Argo CD: {judged.text}"))
    return found


def nowhere(_revision: str) -> bool:
    """No revision will do."""
    return False


def _is_behind(app: Object, since: Since) -> bool:
    changed = since(judge(app, "").revision)
    return changed is None or any(path.startswith(f"{_folder(app)}/") for path in changed)


def _folder(app: Object) -> str:
    return str(((app.get("spec") or {}).get("source") or {}).get("path") or "")
