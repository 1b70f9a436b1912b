# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where three sides agree and where they do not."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.drift.compare import Sides, inventory_state, rows
from ansible_collections.inference.platform.plugins.module_utils.drift.records import Entry, Seen, Side
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import Identity, identity

Object = dict[str, t.Any]


def item(name: str, value: str = "1", **metadata: t.Any) -> Object:
    place = {"name": name, "namespace": "space", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": place, "data": {"a": value}}


def side(*items: Object, folder: str = "30-app") -> Side:
    return {identity(one): Entry(folder, f"{one['metadata']['name']}.yaml", one) for one in items}


def key(name: str) -> Identity:
    return identity(item(name))


def told(sides: Sides) -> dict[str, tuple[str, str, str]]:
    return {found.name: (row.inventory, row.git, row.live) for found, row in rows(sides)}


def sides(inventory: Side | None, git: Side, **options: t.Any) -> Sides:
    known: dict[str, t.Any] = {"left_out": frozenset(), "seen": {found: Seen("same") for found in git}, "strangers": {}}
    return Sides(inventory, git, **{**known, **options})


def test_what_agrees_has_no_row() -> None:
    assert rows(sides(side(item("a"), item("b")), side(item("a"), item("b")))) == []


def test_an_object_that_the_inventory_renders_otherwise_is_told_with_the_field() -> None:
    [(_key, row)] = rows(sides(side(item("a", "2")), side(item("a"))))
    assert (row.component, row.object, row.inventory, row.live) == ("app", "ConfigMap space/a", "differs", "same")
    assert row.detail == "inventory: data.a"


def test_an_object_whose_component_changed_its_wave_differs() -> None:
    [(_key, row)] = rows(sides(side(item("a"), folder="31-app"), side(item("a"))))
    assert row.detail == "inventory: folder 31-app"


def test_only_git_has_it_and_only_the_inventory_has_it() -> None:
    assert told(sides(side(item("new")), side(item("old")))) == {
        "old": ("absent", "present", "same"),
        "new": ("new", "absent", "missing"),
    }


def test_what_only_the_inventory_has_may_be_in_the_cluster_already() -> None:
    found = sides(side(item("new")), {}, seen={key("new"): Seen("same")})
    assert told(found) == {"new": ("new", "absent", "unknown to Git")}


def test_a_live_object_of_the_inventory_is_told_once() -> None:
    assert told(sides(side(item("new")), {}, strangers={key("new"): item("new")})) == {
        "new": ("new", "absent", "unknown to Git")
    }


def test_a_component_that_is_left_out_and_no_inventory_at_all_are_no_difference() -> None:
    git = side(item("a"))
    assert rows(sides({}, git, left_out=frozenset({"app"}))) == []
    assert rows(sides(None, git)) == []
    assert inventory_state(key("a"), git[key("a")], None, frozenset()) == ("not rendered", [])


def test_the_cluster_differs_lacks_or_has_more() -> None:
    git = side(item("a"), item("b"))
    seen = {key("a"): Seen("differs", ("data.a",)), key("b"): Seen("missing")}
    stranger = item("c", annotations={"argocd.argoproj.io/tracking-id": "gone:/ConfigMap:space/c"})
    found = rows(sides(git, git, seen=seen, strangers={key("c"): stranger}))
    assert [(row.component, row.live, row.detail) for _key, row in found] == [
        ("app", "differs", "live: data.a"),
        ("app", "missing", ""),
        ("gone", "unknown to Git", ""),
    ]


def test_many_fields_are_counted_and_not_all_listed() -> None:
    fields = tuple(f"spec.f{number}" for number in range(9))
    [(_key, row)] = rows(sides(side(item("a")), side(item("a")), seen={key("a"): Seen("differs", fields)}))
    assert row.detail == "live: spec.f0, spec.f1, spec.f2, spec.f3 and 5 more"


def test_an_object_whose_commit_is_not_synced_says_so_and_one_that_agrees_already_has_no_row() -> None:
    git = side(item("a"), item("b"))
    seen = {key("a"): Seen("differs", ("data.a",)), key("b"): Seen("same")}
    coming = frozenset({key("a"), key("b")})
    assert told(sides(git, git, seen=seen, coming=coming)) == {"a": ("same", "not yet synced", "differs")}


def test_rows_come_in_the_order_of_the_components_and_strangers_last() -> None:
    git = {**side(item("late"), folder="90-z"), **side(item("early"), folder="05-a")}
    found = rows(sides(None, git, seen={}, strangers={key("other"): item("other")}))
    assert [one.name for one, _row in found] == ["early", "late", "other"]
