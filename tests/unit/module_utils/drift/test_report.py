# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a person sees."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.drift import report
from ansible_collections.inference.platform.plugins.module_utils.drift.compare import Sides
from ansible_collections.inference.platform.plugins.module_utils.drift.records import Entry, Row, Seen
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import identity

Object = dict[str, t.Any]

ROWS = [
    Row("vllm", "Application argocd/vllm", "-", "not yet synced", "differs", "Argo CD: OutOfSync"),
    Row("vllm", "Deployment serving/vllm", "differs", "present", "differs", "live: spec.replicas"),
    Row("vllm", "Service serving/vllm", "absent", "present", "missing"),
    Row("vllm", "Service serving/new", "new", "absent", "missing"),
    Row("", "Secret serving/s", "absent", "absent", "unknown to Git"),
]


def item(kind: str, **rest: t.Any) -> Object:
    return {"kind": kind, "metadata": {"name": "x", "namespace": "space"}, "apiVersion": "v1", **rest}


def test_counts_tell_apart_what_is_wrong() -> None:
    found = report.count(10, ROWS)
    assert (found.objects, found.agree) == (10, 8)
    assert (found.inventory, found.differs, found.missing, found.unknown, found.applications) == (3, 1, 1, 1, 1)


def test_the_table_is_aligned_and_empty_without_rows() -> None:
    lines = report.table(ROWS)
    assert len(lines) == len(ROWS) + 1
    assert {line.index(word) for line, word in zip(lines[:2], ("OBJECT", "Application"), strict=True)} == {11}
    assert lines[5] == "-          Secret serving/s         absent     absent          unknown to Git"
    assert report.table([]) == []


def test_a_long_table_and_a_long_detail_are_cut() -> None:
    lines = report.table([Row("c", "o", "same", "present", "differs", "word\n" * 200)] * 60)
    assert lines[-1] == "... and 10 more"
    assert len(lines) == 52
    assert all("\n" not in line and len(line) < 220 for line in lines)


def test_the_sentence_says_what_stood_for_git_and_what_was_not_compared() -> None:
    assert report.sentence(report.count(3, []), "Inventory, the tree and cluster", ["kube-router"]) == (
        "Inventory, the tree and cluster agree on 3 objects. Not rendered from the inventory: kube-router."
    )
    text = report.sentence(report.count(10, ROWS), "Inventory, Git (commit abc) and cluster", [])
    assert text.startswith("Inventory, Git (commit abc) and cluster do not agree (not as the inventory renders it: 3; ")
    assert text.endswith("they agree on 8 of 10 objects.")


def sides(
    inventory: Object | None, git: Object | None, *, seen: Seen | None = None, live: Object | None = None
) -> Sides:
    found = next(entry for entry in (git, inventory, live) if entry)
    key = identity(found)
    return Sides(
        inventory={key: Entry("30-app", "x.yaml", inventory)} if inventory else {},
        git={key: Entry("30-app", "x.yaml", git)} if git else {},
        left_out=frozenset(),
        seen={key: seen} if seen else {},
        strangers={key: live} if live else {},
    )


def test_differences_go_from_inventory_to_git_and_from_git_to_cluster() -> None:
    one, two = item("ConfigMap", data={"a": "1"}), item("ConfigMap", data={"a": "2"})
    found = report.unified(identity(one), sides(one, two, seen=Seen("differs", diff=("a: 2\n", "a: 3\n"))))
    assert [entry["object"] for entry in found] == ["ConfigMap space/x"] * 2
    assert found[0]["prepared"].splitlines()[:2] == ["--- inventory: ConfigMap space/x", "+++ Git: ConfigMap space/x"]
    assert [line for line in found[0]["prepared"].splitlines()[3:] if line[0] in "+-"] == ["-  a: '1'", "+  a: '2'"]
    assert [line for line in found[1]["prepared"].splitlines()[3:] if line[0] in "+-"] == ["-a: 2", "+a: 3"]


def test_the_order_of_keys_is_no_difference() -> None:
    one = item("ConfigMap")
    assert (
        report.unified(identity(one), sides(one, one, seen=Seen("same", diff=("a: 1\nb: 2\n", "b: 2\na: 1\n")))) == []
    )


def test_values_of_a_secret_that_git_does_not_know_are_not_shown() -> None:
    secret = item("Secret", data={"key": "aHVudGVyMg=="})
    [entry] = report.unified(identity(secret), sides(None, None, live=secret))
    assert "+  key:" in entry["prepared"]
    assert "aHVudGVyMg" not in entry["prepared"]
