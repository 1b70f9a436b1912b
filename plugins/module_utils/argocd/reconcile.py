# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""After the handover a change goes this way: tree, commit, push, refresh, Synced and Healthy at that commit.

A run may end anywhere: what is written but not committed, committed but not pushed, or pushed but not synced is found by the
next run from Git and from the Applications themselves.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import time
import typing as t

from ..git.errors import GitError
from ..git.repository import Change, Repository, folders
from ..kube import replace
from ..kube.apply import MANAGER
from ..kube.client import Client
from ..kube.discovery import Discovery
from ..kube.errors import WaitFailedError
from ..kube.objects import Object, identity
from ..tree import writer
from . import applications, cluster
from .status import Judgement, Reached, anywhere, failed_jobs, judge

_LOOK_SECONDS = 0.5

# Kinds, as the names of files begin, that a wave has to have done before the next one: data, what is done once, what is only
# read at a start, and kinds themselves. Engines, gateway and proxies start side by side.
_FIRST = frozenset(
    (
        "customresourcedefinition",
        "namespace",
        "statefulset",
        "daemonset",
        "job",
        "secret",
        "sealedsecret",
        "clustersecretstore",
        "secretstore",
        "externalsecret",
    )
)


@dataclasses.dataclass(frozen=True)
class Wish:
    """What to reconcile. ``source`` None: as the living root Application says. ``begin``: make the root where it is absent.

    ``force_replace``: delete objects that cannot be changed into what Git has, so that Argo CD makes them anew.
    """

    tree: str
    source: applications.Source | None = None
    begin: bool = False
    seconds: float = 600.0
    force_replace: bool = False
    check: bool = False
    diff: bool = False


@dataclasses.dataclass
class Result:
    """What became (in check mode: would become) of it."""

    reconciler: str = "playbooks"
    commit: str = ""
    committed: list[Change] = dataclasses.field(default_factory=list)
    pushed: bool = False
    begun: bool = False
    replaced: list[str] = dataclasses.field(default_factory=list)
    judgements: list[Judgement] = dataclasses.field(default_factory=list)
    diff: list[dict[str, str]] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.committed) or self.pushed or self.begun or bool(self.replaced)


def reconcile(client: Client, wish: Wish, notify: t.Callable[[str], None]) -> Result:
    """Bring Git and the cluster to the tree. Without a root Application, and without ``begin``, nothing is done.

    Raises GitError and KubeError.
    """
    root = cluster.root(client)
    if root is None and not wish.begin:
        return Result()
    return _Run(client, wish, root, notify).run()


class _Run:
    def __init__(self, client: Client, wish: Wish, root: Object | None, notify: t.Callable[[str], None]) -> None:
        self._client = client
        self._wish = wish
        self._root = root
        self._notify = notify
        source = wish.source or (applications.source_of(root) if root else None)
        if source is None:
            raise GitError("The handover begins with a repository: say which.")
        self._source = source
        self._repository = Repository(wish.tree, source.branch)
        self._deadline = time.monotonic() + wish.seconds
        self._result = Result("argocd")
        self._deleted: dict[str, str] = {}

    def run(self) -> Result:
        if not self._repository.exists() and self._wish.check and self._wish.begin:
            return self._predicted_first()
        if not self._repository.exists():
            raise GitError(
                f"Argo CD reconciles this platform from {self._source.url}, but {self._wish.tree} is no clone of it. Run "
                "inference.platform.git_tree (playbooks/platform.yml does) with platform_git as it was at the handover."
            )
        self._write_applications()
        dirty = self._repository.dirty()
        if self._wish.check:
            return self._predicted(dirty)
        if dirty:
            self._result.diff = self._diff(dirty)
            self._result.commit = self._repository.commit(message(dirty))
            self._result.committed = dirty
        self._push()
        self._result.commit = self._repository.head()
        if self._root is None:
            self._begin()
        self._sync()
        return self._result

    def _write_applications(self) -> None:
        present = applications.components(folders(self._wish.tree))
        items = applications.render(self._wish.tree, present, self._source)
        folder = applications.root_folder(self._wish.tree)
        plan = writer.write(folder, items, check=True)
        if self._wish.check:
            self._result.diff += writer.diffs(folder, items, plan) if self._wish.diff else []
            place = os.path.basename(folder)
            self._result.committed += [Change("M", f"{place}/{name}") for name in plan.written]
            self._result.committed += [Change("D", f"{place}/{name}") for name in plan.removed]
            return
        writer.write(folder, items, check=False)

    def _predicted(self, dirty: list[Change]) -> Result:
        known = {change.path for change in self._result.committed}
        self._result.committed += [change for change in dirty if change.path not in known]
        self._result.commit = self._repository.head()
        self._result.pushed = bool(dirty) or self._repository.head() != self._repository.remote_head()
        self._result.begun = self._root is None
        return self._result

    def _predicted_first(self) -> Result:
        """Check mode before the tree is a repository: every file would be committed."""
        self._write_applications()
        for folder in folders(self._wish.tree):
            names = sorted(os.listdir(os.path.join(self._wish.tree, folder)))
            self._result.committed += [Change("A", f"{folder}/{name}") for name in names]
        self._result.pushed = self._result.begun = True
        return self._result

    def _diff(self, dirty: list[Change]) -> list[dict[str, str]]:
        if not self._wish.diff:
            return []
        head = self._repository.head()
        entries = []
        for change in dirty:
            path = os.path.join(self._wish.tree, change.path)
            after = open(path, encoding="utf-8").read() if os.path.exists(path) else ""  # noqa: SIM115 - read at once
            before = self._repository.text(head, change.path)
            entries.append(
                {"before_header": change.path, "after_header": change.path, "before": before, "after": after}
            )
        return entries

    def _push(self) -> None:
        remote = self._repository.remote_head()
        if self._repository.head() == remote:
            return
        self._notify(f"pushing commit {self._repository.head()[:10]}")
        self._repository.push()
        self._result.pushed = True

    def _begin(self) -> None:
        """Make the project and the root Application; the root makes all others."""
        self._notify("creating the root Application")
        for item in writer.read(applications.root_folder(self._wish.tree)):
            key = identity(item)
            if key.kind == "AppProject" or key.name == applications.ROOT:
                plural = "appprojects" if key.kind == "AppProject" else "applications"
                path = f"/apis/{applications.API}/namespaces/{key.namespace}/{plural}/{key.name}"
                self._client.apply(path, item, manager=MANAGER)
        self._result.begun = True

    def _sync(self) -> None:
        """Refresh what is behind, step by step, and wait for each step; at the end everything must be up."""
        head = self._result.commit
        present = applications.components(folders(self._wish.tree))
        live = cluster.applications(self._client)
        waiter = cluster.Waiter(self._client, self._notify)
        files = {entry: self._changed(live.get(entry[1]), entry, head) for entry in present}
        behind = [entry for entry in present if files[entry]]
        refused = self._refused(present)
        self._replace([entry[1] for entry in present if entry not in behind], refused, waiter)
        self._retry_jobs(live)
        self._retry_syncs(live)
        root = (applications.ROOT_WAVE, applications.ROOT)
        if root in behind and not self._result.begun:
            # New Applications come into being, and old ones go, before anything else moves.
            cluster.refresh(self._client, applications.ROOT)
            waiter.synced(applications.ROOT, self._reached, self._deadline)
        for step in steps({entry: files[entry] for entry in behind if entry != root}):
            names = [name for _wave, name in step if name not in self._source.manual]
            self._refresh(names)
            self._replace(names, refused, waiter)
            waiter.wait(dict.fromkeys(names, self._reached), self._deadline)
        manual = [name for _wave, name in present if name in self._source.manual]
        rest: dict[str, Reached] = {name: anywhere for _wave, name in present if name not in self._source.manual}
        # The root is only as healthy as its children; a child that is synced by hand must not hold it up.
        if manual:
            rest.pop(applications.ROOT, None)
        self._await_deleted(waiter)
        self._result.judgements = waiter.wait(rest, self._deadline)
        self._name_manual(manual)

    def _refused(self, present: list[applications.Component]) -> dict[str, list[replace.Refusal]]:
        """By component, what cannot be changed into what Git has; empty unless it was asked to replace such objects."""
        if not self._wish.force_replace:
            return {}
        discovery = Discovery(self._client)
        found: dict[str, list[replace.Refusal]] = {}
        for wave, name in present:
            # What is synced by hand is not made anew until a person syncs it.
            if name not in self._source.manual and name != applications.ROOT:
                items = writer.read(os.path.join(self._wish.tree, f"{wave:02d}-{name}"))
                found[name] = replace.refusals(self._client, discovery, items, MANAGER)
        replace.refuse(itertools.chain.from_iterable(found.values()), asked=True, how="")
        return found

    def _replace(
        self, names: t.Iterable[str], refused: dict[str, list[replace.Refusal]], waiter: cluster.Waiter
    ) -> None:
        """Delete what cannot be changed, once Argo CD looks at our commit: before, it would make the old object again.

        Argo CD's own Replace=true,Force=true does not come into question: with ServerSideDiff=true the comparison fails on such a
        field, and then nothing is synced; and what it creates so is not owned as an apply owns it.
        """
        discovery = Discovery(self._client)
        for name in names:
            for refusal in refused.get(name) or []:
                waiter.looked(name, self._reached, self._deadline)
                self._notify(f"{refusal.key} cannot be changed: deleting it, so that Argo CD makes it anew")
                path = discovery.resource(refusal.live["apiVersion"], refusal.key.kind).item(refusal.key)
                replace.delete(self._client, path, refusal.live, self._deadline)
                self._deleted[path] = name
                self._result.replaced.append(str(refusal.key))

    def _await_deleted(self, waiter: cluster.Waiter) -> None:
        """An Application may look as it did before the deletion for a moment."""
        for path, name in self._deleted.items():
            while self._client.find(path) is None:
                if time.monotonic() >= self._deadline:
                    raise WaitFailedError(f"Argo CD did not make {path} anew from {name}.")
                time.sleep(_LOOK_SECONDS)
            waiter.wait({name: self._reached}, self._deadline)

    def _refresh(self, names: list[str]) -> None:
        existing = cluster.applications(self._client)
        for name in names:
            if name in existing:
                cluster.refresh(self._client, name)

    def _changed(self, app: Object | None, entry: applications.Component, head: str) -> list[str]:
        """Names of the files that a component's Application has not seen as they are at ``head``."""
        folder = f"{entry[0]:02d}-{entry[1]}"
        revision = judge(app, entry[1]).revision
        if not revision or not self._repository.has(revision):
            return sorted(os.listdir(os.path.join(self._wish.tree, folder)))
        if revision == head:
            return []
        changes = self._repository.between(revision, head)
        return [os.path.basename(change.path) for change in changes if change.folder == folder]

    def _reached(self, revision: str) -> bool:
        """Whether a revision holds our commit; somebody may have pushed after us."""
        return self._repository.contains(revision, self._result.commit)

    def _retry_jobs(self, live: dict[str, Object]) -> None:
        """Delete Jobs that failed for good: Argo CD makes them anew from Git."""
        for app in live.values():
            for namespace, name in failed_jobs(app):
                path = f"/apis/batch/v1/namespaces/{namespace}/jobs/{name}"
                job = self._client.find(path)
                if job:
                    self._notify(f"Job {namespace}/{name} failed before: deleting it, so that Argo CD starts it again")
                    self._client.delete(path, uid=job["metadata"]["uid"], propagation="Foreground")
                    self._result.warnings.append(f"Job {namespace}/{name} had failed and was started again.")

    def _retry_syncs(self, live: dict[str, Object]) -> None:
        """Give a sync that failed at the commit it is still at another chance; the cause may be gone by now."""
        for name, app in live.items():
            judged = judge(app, name)
            if judged.failed and judged.revision == self._result.commit and name not in self._source.manual:
                self._notify(f"the last sync of {name} failed: starting it again")
                cluster.sync_again(self._client, app)

    def _name_manual(self, names: list[str]) -> None:
        live = cluster.applications(self._client)
        for name in names:
            judgement = judge(live.get(name), name)
            self._result.judgements.append(judgement)
            if judgement.sync != "Synced":
                self._result.warnings.append(
                    f"Application {name} is synced by hand (platform_git.manual) and waits for a person: {judgement.text}."
                )


def steps(changed: dict[applications.Component, list[str]]) -> list[list[applications.Component]]:
    """Components in the order of their waves, together as far as they may start at once.

    Args:
        changed: by component, in the order of waves, the names of its files that changed: <kind>[.<group>]-<namespace>-<name>.yaml.

    """
    found: list[list[applications.Component]] = [[]]
    for _wave, group in itertools.groupby(changed, key=lambda entry: entry[0]):
        wave = list(group)
        found[-1] += wave
        kinds = {file.partition("-")[0].partition(".")[0] for entry in wave for file in changed[entry]}
        if kinds & _FIRST:
            found.append([])
    return [step for step in found if step]


def message(changes: list[Change]) -> str:
    """Commit message: which components changed, and each file."""
    names = list(dict.fromkeys(change.folder.partition("-")[2] or change.path for change in changes))
    shown = [name for name in names if name != applications.ROOT] or names
    words = {"A": "added", "M": "changed", "D": "removed"}
    counts = [(sum(1 for change in changes if change.status == code), word) for code, word in words.items()]
    subject = f"{', '.join(shown[:4])}{' and others' if len(shown) > 4 else ''}: "
    subject += ", ".join(f"{count} {word}" for count, word in counts if count)
    body = "\n".join(f"{words.get(change.status, change.status)} {change.path}" for change in changes)
    return f"{subject}\n\n{body}\n"
