# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a run through Git would do; the rest is proven on a running platform (tests/platform/test_handover.py)."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.argocd.applications import Source
from ansible_collections.inference.platform.plugins.module_utils.argocd.reconcile import Wish, message, reconcile, steps
from ansible_collections.inference.platform.plugins.module_utils.git.errors import GitError
from ansible_collections.inference.platform.plugins.module_utils.git.remote import Remote
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Change, Repository
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

SOURCE = Source("ssh://git@git.example.com/tree.git", "main")


class Cluster(Client):
    """A cluster in which nothing was handed over, or that shows the root Application; whoever writes to it fails."""

    def __init__(self, root: dict[str, t.Any] | None = None) -> None:
        self._root = root

    def find(self, path: str) -> dict[str, t.Any] | None:
        return self._root if path.endswith("/applications/root") else None


def tree(folder: pathlib.Path) -> str:
    (folder / "tree" / "30-vllm").mkdir(parents=True)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: serving\n"
    (folder / "tree" / "30-vllm" / "configmap-serving-x.yaml").write_text(text)
    return str(folder / "tree")


def test_before_the_handover_nothing_is_done(tmp_path: pathlib.Path) -> None:
    result = reconcile(Cluster(), Wish(tree(tmp_path)), print)
    assert (result.reconciler, result.changed) == ("playbooks", False)
    assert not (tmp_path / "tree" / "61-root").exists()


def test_check_mode_predicts_the_first_commit_and_writes_nothing(tmp_path: pathlib.Path) -> None:
    result = reconcile(Cluster(), Wish(tree(tmp_path), SOURCE, begin=True, check=True), print)
    paths = {change.path for change in result.committed}
    assert "30-vllm/configmap-serving-x.yaml" in paths
    assert "61-root/application.argoproj.io-argocd-vllm.yaml" in paths
    assert (result.begun, result.pushed, result.changed) == (True, True, True)
    assert sorted(entry.name for entry in (tmp_path / "tree").iterdir()) == ["30-vllm"]


def test_a_tree_that_is_no_clone_after_the_handover_is_refused_with_the_cure(tmp_path: pathlib.Path) -> None:
    source = {"repoURL": SOURCE.url, "targetRevision": "main"}
    root = {"metadata": {"name": "root"}, "spec": {"source": source}}
    with pytest.raises(GitError, match=r"is no clone of it\. Run inference\.platform\.git_tree"):
        reconcile(Cluster(root), Wish(tree(tmp_path)), print)


def test_check_mode_after_the_handover_names_what_would_be_committed(tmp_path: pathlib.Path) -> None:
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(bare)], check=True)
    repository = Repository(tree(tmp_path))
    repository.connect(Remote(url=f"file://{bare}"))
    repository.commit("first\n")
    repository.push()
    root = {"metadata": {"name": "root"}, "spec": {"source": {"repoURL": SOURCE.url, "targetRevision": "main"}}}
    head = repository.head()
    (tmp_path / "tree" / "30-vllm" / "configmap-serving-x.yaml").unlink()
    result = reconcile(Cluster(root), Wish(repository.folder, check=True, diff=True), print)
    assert Change("D", "30-vllm/configmap-serving-x.yaml") in result.committed
    assert (result.pushed, result.begun) == (True, False)
    assert repository.head() == head
    assert not (tmp_path / "tree" / "61-root").exists()


def test_the_message_names_components_and_files() -> None:
    changes = [Change("M", "30-vllm/a.yaml"), Change("A", "55-litellm/b.yaml"), Change("A", "61-root/c.yaml")]
    text = message(changes)
    assert text.splitlines()[0] == "vllm, litellm: 2 added, 1 changed"
    assert "changed 30-vllm/a.yaml" in text
    assert "added 61-root/c.yaml" in text


def test_a_commit_of_applications_alone_says_so() -> None:
    assert message([Change("D", "61-root/c.yaml")]).splitlines()[0] == "root: 1 removed"


def test_what_others_need_done_ends_a_step_and_the_rest_starts_side_by_side() -> None:
    changed = {
        (30, "vllm"): ["deployment-serving-vllm-a.yaml"],
        (40, "inference-gateway"): ["configmap-serving-envoy.yaml"],
        (50, "postgres"): ["statefulset-llm-gateway-postgres.yaml", "service-llm-gateway-postgres.yaml"],
        (50, "other"): ["configmap-x-y.yaml"],
        (51, "keys"): ["sealedsecret.bitnami.com-serving-key.yaml"],
        (54, "migrations"): ["job-llm-gateway-migrations.yaml"],
        (55, "litellm"): ["deployment-llm-gateway-litellm.yaml"],
    }
    assert [[name for _wave, name in step] for step in steps(changed)] == [
        ["vllm", "inference-gateway", "postgres", "other"],
        ["keys"],
        ["migrations"],
        ["litellm"],
    ]


def test_no_component_is_no_step() -> None:
    assert steps({}) == []
