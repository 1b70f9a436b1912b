# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Looks at inventory, Git and cluster and says where they differ. Only reads the cluster; of the tree only .git is written."""

from __future__ import annotations

import dataclasses
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..argocd import applications
from ..argocd import cluster as argocd
from ..git.errors import GitError
from ..git.repository import Repository
from ..kube.client import Client
from ..kube.discovery import Discovery
from ..kube.objects import Object
from . import compare, report, sides, strangers, syncs
from .observe import Observer
from .records import Row, Side

_WORKERS = 8


@dataclasses.dataclass(frozen=True)
class Wish:
    """What to look at: the tree, the folder with what the inventory renders (empty: none), components that it leaves out.

    ``source`` is the inventory's; None: as the living root Application says.
    """

    tree: str
    rendered: str = ""
    left_out: frozenset[str] = frozenset()
    source: applications.Source | None = None
    diff: bool = False


def look(client: Client, wish: Wish) -> dict[str, t.Any]:
    """Result of the module. Raises GitError and KubeError."""
    root = argocd.root(client)
    git = _Git(wish.tree, applications.source_of(root)) if root else None
    written = git.objects() if git else sides.of_folder(wish.tree)
    inventory = _inventory(wish, written, root)
    apps = argocd.applications(client) if root else {}
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="drift") as pool:
        both = _compared(client, pool, wish, written, inventory, owners=root is None)
    if git:
        paths = syncs.coming(apps, [entry.path for entry in written.values()], git.since)
        coming = frozenset(key for key, entry in written.items() if entry.path in paths)
        both = dataclasses.replace(both, coming=coming)
    found = compare.rows(both)
    rows = [*(syncs.rows(apps, git.since) if git else []), *(row for _key, row in found)]
    shown = [entry for key, _row in found for entry in report.unified(key, both)] if wish.diff else []
    place = f"Git (commit {git.commit[:10]})" if git else "the tree"
    return {
        **_result(both, rows, place),
        "diff": shown,
        "reconciler": "argocd" if git else "playbooks",
        "commit": git.commit if git else "",
        "notes": git.notes() if git else [],
    }


def _compared(
    client: Client, pool: ThreadPoolExecutor, wish: Wish, written: Side, inventory: Side | None, *, owners: bool
) -> compare.Sides:
    observer = Observer(client, pool, diff=wish.diff, owners=owners)
    new = [entry.item for key, entry in (inventory or {}).items() if key not in written]
    seen = observer.observe([*(entry.item for entry in written.values()), *new])
    unknown = strangers.find(client, Discovery(client), pool, written, new)
    return compare.Sides(inventory, written, wish.left_out, seen, unknown)


def _inventory(wish: Wish, written: Side, root: Object | None) -> Side | None:
    if not wish.rendered:
        return None
    found = sides.of_folder(wish.rendered)
    if root is None:
        return found
    source = wish.source or applications.source_of(root)
    return found | sides.of_applications(found, written, wish.left_out, source)


def _result(both: compare.Sides, rows: list[Row], place: str) -> dict[str, t.Any]:
    counts = report.count(len(both.git), rows)
    present = {entry.component for entry in both.git.values()}
    left_out = sorted(both.left_out & present) if both.inventory is not None else []
    parties = (
        f"Inventory, {place} and cluster"
        if both.inventory is not None
        else f"{place[0].upper()}{place[1:]} and cluster"
    )
    return {
        "agree": not rows,
        "rows": [row.result() for row in rows],
        "counts": dataclasses.asdict(counts),
        "table": report.table(rows),
        "summary": report.sentence(counts, parties, left_out),
    }


class _Git:
    """The remote's head, fetched once."""

    def __init__(self, tree: str, source: applications.Source) -> None:
        self._tree = tree
        self._repository = Repository(tree, source.branch)
        if not self._repository.exists():
            raise GitError(
                f"Argo CD reconciles this platform from {source.url}, but {tree} is no clone of it. Run "
                "playbooks/platform.yml, which makes it one."
            )
        self.commit = self._repository.fetch()
        if not self.commit:
            raise GitError(f"The repository {source.url} has no branch {source.branch}, from which Argo CD reconciles.")

    def objects(self) -> Side:
        return sides.of_commit(self._tree, self.commit)

    def since(self, revision: str) -> frozenset[str] | None:
        """Paths that differ between a revision and the head; None when the revision is not known."""
        if not revision or not self._repository.has(revision):
            return None
        return frozenset(change.path for change in self._repository.between(revision, self.commit))

    def notes(self) -> list[str]:
        """What lies on disk and is not in Git: no disagreement, but the next run will commit or push it."""
        found = []
        dirty = self._repository.dirty()
        if dirty:
            found.append(f"{len(dirty)} file(s) of {self._tree} are not committed, first {dirty[0].path}.")
        head = self._repository.head()
        if head and not self._repository.contains(self.commit, head):
            found.append(f"Commit {head[:10]} of {self._tree} is not pushed.")
        return found
