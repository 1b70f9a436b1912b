# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fields that cannot be changed on a living object, before the handover and through Git, on a real API server."""

from __future__ import annotations

import pathlib
import subprocess
import threading
import typing as t

import pytest
from kube_fixture.argocd import APPLICATIONS, NAMESPACE, definition, forget
from kube_fixture.fixtures import Kube

from ansible_collections.inference.platform.plugins.module_utils.argocd import applications
from ansible_collections.inference.platform.plugins.module_utils.argocd.reconcile import Wish, reconcile
from ansible_collections.inference.platform.plugins.module_utils.git.remote import Remote
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Repository, folders
from ansible_collections.inference.platform.plugins.module_utils.kube import replace
from ansible_collections.inference.platform.plugins.module_utils.kube.apply import MANAGER
from ansible_collections.inference.platform.plugins.module_utils.kube.discovery import Discovery
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError, WaitFailedError
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import flatten, identity, track
from ansible_collections.inference.platform.plugins.module_utils.kube.ownership import owned
from ansible_collections.inference.platform.plugins.module_utils.kube.yaml_text import load_all
from ansible_collections.inference.platform.plugins.module_utils.tree import writer

Object = dict[str, t.Any]


def workload(kind: str, app: str, **spec: t.Any) -> Object:
    pod = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "x", "image": "example/x:1"}]}}
    wanted = {"replicas": 0, "selector": {"matchLabels": {"app": app}}, "template": pod, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": wanted}


def claim(size: str, mode: str) -> Object:
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": size}}, "storageClassName": "none"}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}


def service(address: str) -> Object:
    spec = {"ports": [{"port": 80}], "clusterIP": address}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (workload("Deployment", "a"), workload("Deployment", "b")),
        (workload("StatefulSet", "a", serviceName="a"), workload("StatefulSet", "a", serviceName="b")),
        (service("10.0.0.77"), service("10.0.0.78")),
    ],
    ids=["selector", "service-name", "cluster-ip"],
)
def test_it_is_explained_and_replaced_only_when_asked(kube: Kube, before: Object, after: Object) -> None:
    kube.apply(before)
    with pytest.raises(KubeError, match="force_replace"):
        kube.apply(after)
    assert kube.actions(kube.apply(after, force_replace=True)) == {"web": "replaced"}


def test_a_claim_is_not_replaced_even_when_asked(kube: Kube) -> None:
    kube.apply(claim("1Gi", "ReadWriteOnce"))
    uid = kube.get("persistentvolumeclaims/data")["metadata"]["uid"]
    with pytest.raises(KubeError, match="never replaced"):
        kube.apply(claim("1Gi", "ReadWriteMany"), force_replace=True)
    assert kube.get("persistentvolumeclaims/data")["metadata"]["uid"] == uid


class Git:
    """A component in a tree that Argo CD's kinds point at. Where its controller cannot run, ``controller`` does as it does."""

    def __init__(self, kube: Kube, folder: pathlib.Path) -> None:
        self.kube = kube
        self.bare = folder / "remote.git"
        subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(self.bare)], check=True)
        self.source = applications.Source(f"file://{self.bare}", "main")
        self.repository = Repository(str(folder / "tree"))
        self.repository.connect(Remote(self.source.url))
        self.folder = f"30-{kube.component}"
        self.made: list[str] = []

    def stage(self, item: Object) -> None:
        placed = {**item, "metadata": {**item["metadata"], "namespace": self.kube.namespace}}
        wanted = [track(placed, self.kube.component, self.kube.namespace)]
        writer.write(f"{self.repository.folder}/{self.folder}", wanted, check=False)

    def hand_over(self) -> None:
        self.kube.apply(NAMESPACE, definition("Application"), definition("AppProject"), component="", prune=False)
        tree = self.repository.folder
        items = applications.render(tree, applications.components([*folders(tree), "61-root"]), self.source)
        writer.write(applications.root_folder(tree), items, check=False)
        self.repository.commit("first\n")
        self.repository.push()
        self.kube.apply(*items, component="", prune=False)

    def run(self, **wish: t.Any) -> t.Any:
        """The action reconcile, with Argo CD at work."""
        done = threading.Event()
        thread = threading.Thread(target=self._work, args=(done,), daemon=True)
        thread.start()
        try:
            wanted = Wish(self.repository.folder, self.source, **{"seconds": 20.0, **wish})
            return reconcile(self.kube.client, wanted, self.kube.said.append)
        finally:
            done.set()
            thread.join(30)

    def _work(self, done: threading.Event) -> None:
        while not done.wait(0.1):
            for app in self.kube.client.list(APPLICATIONS)[0]:
                self._look(app)

    def _look(self, app: Object) -> None:
        """Look at Git when asked to; make what is missing; what cannot be changed makes the comparison fail."""
        name, client = app["metadata"]["name"], self.kube.client
        revision = ((app.get("status") or {}).get("sync") or {}).get("revision", "")
        asked = "argocd.argoproj.io/refresh" in (app["metadata"].get("annotations") or {})
        if asked or not revision:
            revision = self._git("rev-parse", "main").strip()
        refused: list[replace.Refusal] = []
        if name == self.kube.component:
            paths = self._git("ls-tree", "--name-only", f"{revision}:{self.folder}").split()
            texts = [self._git("show", f"{revision}:{self.folder}/{path}") for path in paths]
            refused = self._reconcile(
                [item for text in texts for item in flatten(load_all(text, name), name)], revision
            )
        sync = "Unknown" if refused else "Synced"
        words = [{"type": "ComparisonError", "message": entry.words} for entry in refused]
        status = {"sync": {"status": sync, "revision": revision}, "health": {"status": "Healthy"}, "conditions": words}
        patch: Object = {"status": status}
        # One that came in the meantime must stay.
        if asked:
            patch["metadata"] = {"annotations": {"argocd.argoproj.io/refresh": None}}
        client.merge(f"{APPLICATIONS}/{name}", patch, {"fieldManager": "argocd"})

    def _reconcile(self, items: list[Object], revision: str) -> list[replace.Refusal]:
        discovery = Discovery(self.kube.client)
        for item in items:
            path = discovery.resource(item["apiVersion"], item["kind"]).item(identity(item))
            if self.kube.client.find(path) is None:
                self.made.append(revision)
                self.kube.client.apply(path, item, manager=MANAGER)
        return replace.refusals(self.kube.client, discovery, items, MANAGER)

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(self.bare), *arguments], check=True, capture_output=True, text=True
        ).stdout


@pytest.fixture
def git(kube: Kube, tmp_path: pathlib.Path) -> t.Iterator[Git]:
    made = Git(kube, tmp_path)
    made.stage(workload("Deployment", "a"))
    made.hand_over()
    made.run()
    yield made
    forget(kube.client)


def test_through_git_the_old_object_goes_once_argo_cd_looks_at_the_commit(git: Git) -> None:
    old = git.kube.get("apps/deployments/web")["metadata"]["uid"]
    git.made.clear()
    git.stage(workload("Deployment", "b"))
    result = git.run(force_replace=True)
    assert (result.changed, result.replaced) == (True, [f"Deployment {git.kube.namespace}/web"])
    live = git.kube.get("apps/deployments/web")
    assert live["metadata"]["uid"] != old
    assert live["spec"]["selector"]["matchLabels"] == {"app": "b"}
    assert owned(live, MANAGER) is not None
    # made once, from our commit: never the old one again
    assert git.made == [git.repository.head()]
    again = git.run(force_replace=True)
    assert (again.changed, again.replaced) == (False, [])


def test_a_run_that_was_cut_off_after_its_push_is_told_how_to_go_on_and_goes_on(git: Git) -> None:
    old = git.kube.get("apps/deployments/web")["metadata"]["uid"]
    git.stage(workload("Deployment", "b"))
    git.repository.commit("cut off\n")
    git.repository.push()
    with pytest.raises(WaitFailedError, match="platform_force_replace"):
        git.run(seconds=5.0)
    assert git.kube.get("apps/deployments/web")["metadata"]["uid"] == old
    assert git.run(force_replace=True).replaced
    assert git.kube.get("apps/deployments/web")["metadata"]["uid"] != old
