# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Applications that are behind Git or out of sync."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.drift import syncs

Object = dict[str, t.Any]


def app(name: str, sync: str = "Synced", revision: str = "old", **status: t.Any) -> Object:
    return {
        "metadata": {"name": name},
        "spec": {"source": {"path": f"30-{name}"}},
        "status": {"sync": {"status": sync, "revision": revision}, "health": {"status": "Healthy"}, **status},
    }


def since(revision: str) -> frozenset[str] | None:
    """One file of web changed after the commit old; another revision than old and head is not known."""
    return {"old": frozenset({"30-web/a.yaml"}), "head": frozenset[str]()}.get(revision)


def test_an_application_whose_folder_did_not_change_since_is_not_behind() -> None:
    assert syncs.rows({"other": app("other"), "web": app("web", revision="head")}, since) == []


def test_an_application_behind_a_commit_of_its_folder_is_told() -> None:
    [row] = syncs.rows({"web": app("web")}, since)
    assert (row.object, row.inventory, row.git, row.live) == (
        "Application argocd/web",
        "-",
        "not yet synced",
        "differs",
    )
    assert row.detail == "Argo CD: Synced, Healthy; still at commit old"


def test_a_revision_that_nobody_knows_counts_as_behind() -> None:
    assert [row.component for row in syncs.rows({"web": app("web", revision="")}, since)] == ["web"]


def test_an_application_out_of_sync_speaks_for_itself() -> None:
    conditions = [{"type": "SyncError", "message": "no quota"}]
    [row] = syncs.rows({"web": app("web", "OutOfSync", "head", conditions=conditions)}, since)
    assert (row.git, row.detail) == ("present", "Argo CD: OutOfSync, Healthy; SyncError: no quota")


def test_files_to_come_are_those_that_changed_or_all_when_nobody_knows() -> None:
    paths = ["30-web/a.yaml", "30-web/b.yaml", "30-other/a.yaml"]
    assert syncs.coming({"web": app("web"), "other": app("other")}, paths, since) == {"30-web/a.yaml"}
    assert syncs.coming({"web": app("web", revision="lost")}, paths, since) == {"30-web/a.yaml", "30-web/b.yaml"}
