# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Inventory, Git and cluster compared on a real API server, with a bare repository as the remote."""

from __future__ import annotations

import copy
import json
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from kube_fixture.argocd import NAMESPACE, definition, forget
from kube_fixture.fixtures import Kube
from kube_fixture.server import ControlPlane

from ansible_collections.inference.platform.plugins.module_utils.argocd import applications
from ansible_collections.inference.platform.plugins.module_utils.git.remote import Remote
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Repository, folders
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import track
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, run
from ansible_collections.inference.platform.plugins.module_utils.tree import writer
from ansible_collections.inference.platform.plugins.modules import drift_info

Object = dict[str, t.Any]

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Platform:
    """A component web that is rendered, in the tree and applied, and the module run on it in this process."""

    def __init__(self, kube: Kube, folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.kube = kube
        self.folder = folder
        self.tree = folder / "tree"
        self.rendered = folder / "rendered"
        self._capsys = capsys
        self.objects = self._objects()

    @property
    def path(self) -> str:
        return f"30-{self.kube.component}"

    def _objects(self) -> list[Object]:
        space = self.kube.namespace
        labels = {"app": "web"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example/web:1"}]}}
        place = {"namespace": space}
        items: list[Object] = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}},
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {**place, "name": "web"},
                "spec": {"selector": labels, "ports": [{"name": "http", "port": 80}]},
            },
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {**place, "name": "web"},
                "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod},
            },
            *(
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**place, "name": f"c{n}"}, "data": {"a": "1"}}
                for n in range(3)
            ),
        ]
        return [track(item, self.kube.component, space) for item in items]

    def find(self, kind: str, name: str) -> Object:
        """One of the objects, to be changed."""
        return next(item for item in self.objects if (item["kind"], item["metadata"]["name"]) == (kind, name))

    def render(self) -> None:
        writer.write(str(self.rendered / self.path), self.objects, check=False)

    def write(self) -> None:
        writer.write(str(self.tree / self.path), self.objects, check=False)

    def apply(self, items: list[Object]) -> None:
        run(config.load(self.kube.plane.kubeconfig), Wish(objects=items), self.kube.said.append)

    def look(self, **options: t.Any) -> Object:
        known = {"kubeconfig": self.kube.plane.kubeconfig, "tree": str(self.tree), "rendered": str(self.rendered)}
        before = len(self.kube.plane.writes())
        with patch_module_args({**known, **options}), pytest.raises(SystemExit):
            drift_info.main()
        result = t.cast(Object, json.loads(self._capsys.readouterr().out))
        assert len(self.kube.plane.writes()) == before, "the module wrote to the cluster"
        assert result.get("changed", False) is False
        return result

    def rows(self, **options: t.Any) -> dict[str, tuple[str, str, str]]:
        """Inventory, git and live of what does not agree, by object."""
        result = self.look(**options)
        assert "failed" not in result, result
        assert result["agree"] is not bool(result["rows"])
        return {row["object"]: (row["inventory"], row["git"], row["live"]) for row in result["rows"]}

    def name(self, kind: str, name: str) -> str:
        return f"{kind} {self.kube.namespace}/{name}"


@pytest.fixture(scope="module", autouse=True)
def alone(control_plane: ControlPlane) -> None:
    """Objects of the files before, which go with their namespaces, would be found as strangers."""
    client = Client(config.load(control_plane.kubeconfig))
    deadline = time.monotonic() + 60
    while any(space["metadata"].get("deletionTimestamp") for space in client.list("/api/v1/namespaces")[0]):
        assert time.monotonic() < deadline, "namespaces of other tests do not go"
        time.sleep(0.2)
    client.close()


@pytest.fixture
def platform(kube: Kube, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> t.Iterator[Platform]:
    made = Platform(kube, tmp_path, capsys)
    items = list(made.objects)
    made.render()
    made.write()
    made.apply(made.objects)
    yield made
    # Another test would find what this one leaves: it carries the collection's label and is not in the other's Git.
    run(config.load(kube.plane.kubeconfig), Wish(objects=items, absent=True), kube.said.append)
    path = f"/api/v1/namespaces/{kube.namespace}"
    kube.client.delete(path, uid=kube.client.get(path)["metadata"]["uid"], propagation="Background")


def test_all_agree(platform: Platform) -> None:
    result = platform.look()
    assert result["rows"] == []
    assert (result["agree"], result["table"], result["reconciler"]) == (True, [], "playbooks")
    assert result["counts"]["objects"] == result["counts"]["agree"] == 6
    assert result["summary"] == "Inventory, the tree and cluster agree on 6 objects."


def test_a_hand_edited_object_is_named_with_its_field(platform: Platform) -> None:
    platform.kube.edit("apps/deployments/web", {"spec": {"replicas": 3}})
    result = platform.look(diff=True)
    assert [(row["object"], row["live"], row["detail"]) for row in result["rows"]] == [
        (platform.name("Deployment", "web"), "differs", "live: spec.replicas")
    ]
    assert result["counts"]["differs"] == 1
    [entry] = result["diff"]
    assert "-  replicas: 0\n+  replicas: 3\n" in entry["prepared"]
    assert "--- Git" in entry["prepared"]
    assert "+++ cluster" in entry["prepared"]


def test_a_deleted_object_is_missing(platform: Platform) -> None:
    live = platform.kube.get("configmaps/c1")
    platform.kube.client.delete(
        platform.kube.path("configmaps/c1"), uid=live["metadata"]["uid"], propagation="Background"
    )
    assert platform.rows() == {platform.name("ConfigMap", "c1"): ("same", "present", "missing")}


def test_an_object_that_git_does_not_know_is_found_and_its_secret_values_are_not_shown(platform: Platform) -> None:
    space = platform.kube.namespace
    meta = {"name": "by-hand", "namespace": space}
    platform.kube.client.create(
        f"/api/v1/namespaces/{space}/secrets",
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"key": "aHVudGVyMg=="}},
    )
    platform.kube.client.create(
        f"/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies",
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": {"podSelector": {}}},
    )
    unknown = ("absent", "absent", "unknown to Git")
    result = platform.look(diff=True)
    assert {row["object"] for row in result["rows"]} == {
        platform.name("Secret", "by-hand"),
        platform.name("NetworkPolicy", "by-hand"),
    }
    assert platform.rows()[platform.name("Secret", "by-hand")] == unknown
    assert "aHVudGVyMg==" not in json.dumps(result)
    assert result["counts"]["unknown"] == 2


def test_what_comes_with_kubernetes_or_this_collection_is_not_unknown(platform: Platform) -> None:
    kube = platform.kube
    kube.apply(platform.find("ConfigMap", "c0"), inventory_namespace=kube.namespace)
    generated = {
        "app.kubernetes.io/part-of": "inference-platform",
        "app.kubernetes.io/managed-by": "inference-platform",
    }
    for name, labels in (
        ("made-once", generated),
        ("sealing", {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}),
    ):
        kube.client.create(
            f"/api/v1/namespaces/{kube.namespace}/secrets",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "labels": labels},
                "data": {"key": "eA=="},
            },
        )
    meta = {"name": "applied-beside-the-tree", "namespace": kube.namespace}
    platform.apply([{"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"key": "eA=="}}])
    assert platform.rows() == {}


def test_a_leftover_of_a_component_in_a_foreign_namespace_is_found(platform: Platform) -> None:
    item = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": platform.kube.namespace, "namespace": "default"},
    }
    platform.apply([track(item, "gone", "default")])
    key = f"ConfigMap default/{platform.kube.namespace}"
    try:
        assert platform.rows() == {key: ("absent", "absent", "unknown to Git")}
    finally:
        path = f"/api/v1/namespaces/default/configmaps/{platform.kube.namespace}"
        uid = platform.kube.client.get(path)["metadata"]["uid"]
        platform.kube.client.delete(path, uid=uid, propagation="Background")


def test_an_inventory_that_changed_differs_from_git_and_not_from_the_cluster(platform: Platform) -> None:
    platform.find("Deployment", "web")["spec"]["replicas"] = 2
    platform.objects.remove(platform.find("ConfigMap", "c2"))
    new = copy.deepcopy(platform.find("ConfigMap", "c1"))
    new["metadata"]["name"] = "c9"
    platform.objects.append(new)
    platform.render()
    assert platform.rows() == {
        platform.name("Deployment", "web"): ("differs", "present", "same"),
        platform.name("ConfigMap", "c2"): ("absent", "present", "same"),
        platform.name("ConfigMap", "c9"): ("new", "absent", "missing"),
    }
    text = "".join(entry["prepared"] for entry in platform.look(diff=True)["diff"])
    assert "-  replicas: 2\n+  replicas: 0\n" in text
    assert platform.look()["counts"]["inventory"] == 3


def test_a_component_that_is_left_out_is_not_missed_in_the_inventory(platform: Platform) -> None:
    writer.write(str(platform.rendered / platform.path), [], check=False)
    assert platform.look()["counts"]["inventory"] == 6
    result = platform.look(not_rendered=[platform.kube.component])
    assert result["agree"]
    assert result["summary"].endswith(f"Not rendered from the inventory: {platform.kube.component}.")


def test_without_a_rendered_inventory_git_and_cluster_are_compared(platform: Platform) -> None:
    writer.write(str(platform.rendered / platform.path), [], check=False)
    result = platform.look(rendered=None)
    assert (result["agree"], result["summary"]) == (True, "The tree and cluster agree on 6 objects.")


def test_a_version_that_the_api_server_refuses_is_a_difference_and_hides_no_other(platform: Platform) -> None:
    platform.find("Deployment", "web")["spec"]["selector"]["matchLabels"] = {"app": "other"}
    platform.find("ConfigMap", "c0")["data"]["a"] = "2"
    platform.render()
    platform.write()
    result = platform.look()
    details = {row["object"]: row["detail"] for row in result["rows"]}
    assert details.keys() == {platform.name("Deployment", "web"), platform.name("ConfigMap", "c0")}
    assert "the API server refuses Git's version" in details[platform.name("Deployment", "web")]


def test_without_a_cluster_it_fails_and_says_why(platform: Platform) -> None:
    result = platform.look(kubeconfig=str(platform.folder / "nowhere"))
    assert result["failed"]
    assert "nowhere" in result["msg"]


class HandedOver:
    """The same platform after the handover; nobody reconciles, so that what is behind stays behind."""

    def __init__(self, platform: Platform, bare: pathlib.Path) -> None:
        self.platform = platform
        self.source = applications.Source(f"file://{bare}", "main")
        self.repository = Repository(str(platform.tree))
        self.repository.connect(Remote(self.source.url))
        self.remote = Remote(self.source.url)

    def begin(self) -> None:
        platform = self.platform
        crds = [definition("Application"), definition("AppProject")]
        platform.apply([NAMESPACE, *crds])
        tree = str(platform.tree)
        items = applications.render(tree, applications.components([*folders(tree), "61-root"]), self.source)
        writer.write(applications.root_folder(tree), items, check=False)
        platform.apply(items)
        self.synced(self.publish())

    def publish(self) -> str:
        commit = self.repository.commit("change\n")
        self.repository.push()
        return commit

    def synced(self, commit: str, **status: str) -> None:
        """What Argo CD's controller would write."""
        patch = {
            "status": {"sync": {"status": "Synced", "revision": commit, **status}, "health": {"status": "Healthy"}}
        }
        for name in (applications.ROOT, self.platform.kube.component):
            self.platform.kube.client.merge(
                f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{name}", patch, {"fieldManager": "argocd"}
            )


@pytest.fixture
def handed_over(platform: Platform, tmp_path: pathlib.Path) -> t.Iterator[HandedOver]:
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(bare)], check=True)
    made = HandedOver(platform, bare)
    made.begin()
    yield made
    forget(platform.kube.client)


def test_after_the_handover_all_agree_with_the_remotes_head(handed_over: HandedOver) -> None:
    result = handed_over.platform.look()
    assert result["rows"] == []
    assert (result["agree"], result["reconciler"]) == (True, "argocd")
    assert result["commit"] == handed_over.repository.head()
    assert result["counts"]["objects"] == 10


def test_a_change_in_git_that_argocd_has_not_synced_is_told_and_no_file_moves(handed_over: HandedOver) -> None:
    platform = handed_over.platform
    other = Repository(str(platform.folder / "other"))
    other.connect(handed_over.remote)
    other.integrate()
    file = platform.folder / "other" / platform.path / f"deployment-{platform.kube.namespace}-web.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("replicas: 0", "replicas: 5"), encoding="utf-8")
    commit = other.commit("five\n")
    other.push()
    head = handed_over.repository.head()
    app = f"Application argocd/{platform.kube.component}"
    assert platform.rows() == {
        app: ("-", "not yet synced", "differs"),
        platform.name("Deployment", "web"): ("differs", "not yet synced", "differs"),
    }
    result = platform.look()
    assert (result["commit"], handed_over.repository.head()) == (commit, head)
    assert f"still at commit {head[:10]}" in result["rows"][0]["detail"]
    assert handed_over.repository.dirty() == []


def test_argocds_own_words_are_shown_for_an_application_that_is_out_of_sync(handed_over: HandedOver) -> None:
    platform = handed_over.platform
    patch = {"conditions": [{"type": "SyncError", "message": "the quota is exceeded"}], "sync": {"status": "OutOfSync"}}
    platform.kube.client.merge(
        f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{platform.kube.component}", {"status": patch}
    )
    [row] = platform.look()["rows"]
    assert (row["git"], row["live"]) == ("present", "differs")
    assert "SyncError: the quota is exceeded" in row["detail"]


def test_a_component_of_the_inventory_alone_shows_in_the_applications_too(handed_over: HandedOver) -> None:
    platform = handed_over.platform
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": platform.kube.namespace}}
    new = track(item, "more", platform.kube.namespace)
    writer.write(str(platform.rendered / "40-more"), [new], check=False)
    assert platform.rows() == {
        platform.name("ConfigMap", "x"): ("new", "absent", "missing"),
        "Application.argoproj.io argocd/more": ("new", "absent", "missing"),
    }


def test_what_is_not_committed_or_not_pushed_is_a_note_and_no_disagreement(handed_over: HandedOver) -> None:
    file = handed_over.platform.tree / handed_over.platform.path / "note.txt"
    file.write_text("x", encoding="utf-8")
    result = handed_over.platform.look()
    assert result["agree"]
    assert [note for note in result["notes"] if "not committed" in note]
    handed_over.repository.commit("note\n")
    assert [note for note in handed_over.platform.look()["notes"] if "not pushed" in note]


def test_a_remote_that_does_not_answer_is_an_error(handed_over: HandedOver) -> None:
    bare = handed_over.platform.folder / "remote.git"
    bare.rename(bare.with_name("moved.git"))
    result = handed_over.platform.look()
    assert result["failed"]
    assert "Fetching from" in result["msg"]


def test_the_component_renders_into_a_folder_in_check_mode_and_touches_nothing_else(
    kube: Kube, tmp_path: pathlib.Path
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "all.yaml.j2").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {greeting: '{{ greeting }}'}\n", encoding="utf-8"
    )
    options = {"name": "app", "namespace": kube.namespace, "wave": 30, "templates": [str(templates)]}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "check_mode": True,
        "vars": {"greeting": "hello"},
        "module_defaults": {
            "group/inference.platform.cluster": {"kubeconfig": kube.plane.kubeconfig},
            "inference.platform.component": {"render_to": str(tmp_path / "rendered")},
        },
        "tasks": [
            {"inference.platform.component": {**options, "tree": str(tmp_path / "tree"), "wait": {"timeout": 5}}}
        ],
    }
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    command = [
        str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        "localhost,",
        "-c",
        "local",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=0" in done.stdout
    text = (tmp_path / "rendered" / "30-app" / f"configmap-{kube.namespace}-a.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["data"] == {"greeting": "hello"}
    assert "tracking-id: app:" in text
    assert not (tmp_path / "tree").exists()
    assert kube.find("configmaps/a") is None
