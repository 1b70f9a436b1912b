# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The plan holds exactly what is missing or damaged, and looking changes nothing."""

from __future__ import annotations

import pathlib

from ansible_collections.inference.platform.plugins.module_utils.artifacts.keys import Keys
from ansible_collections.inference.platform.plugins.module_utils.artifacts.plan import Plan, Planner
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import Catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.store import Record, Store


def _plan(catalogue: Catalogue, store: Store, *names: str, toolchain: bool = True) -> Plan:
    return Planner(catalogue, store, Keys(catalogue), toolchain).plan(names or list(catalogue.artifacts))


def _built(catalogue: Catalogue, store: Store) -> None:
    """Files everything of the catalogue as if it had been built."""
    keys = Keys(catalogue)
    digests: dict[str, str] = {}
    for name in ("base", "python", "artifact:app", "artifact:one"):
        layer = catalogue.layers[name]
        blob = store.put(name.encode())
        digests[name] = blob.sha256
        store.write(Record(keys.layer(name), name, (blob,), 0, (), digests[layer.base] if layer.base else ""))
    for artifact in catalogue.artifacts.values():
        blobs = [store.put(artifact.name.encode())]
        if artifact.layer:
            blobs += [store.put(layer.name.encode()) for layer in catalogue.chain(artifact.layer)]
        store.write(Record(keys.artifact(artifact), artifact.name, tuple(blobs), 0, ()))


def _damage(store: Store, content: str) -> None:
    path = next(path for path in store.blobs.iterdir() if path.read_bytes() == content.encode())
    path.write_bytes(b"damaged")


def test_an_empty_cache_needs_everything_in_order_of_need(catalogue: Catalogue, store: Store) -> None:
    plan = _plan(catalogue, store, toolchain=False)
    assert list(plan.needs) == [
        "toolchain:go",
        "go:tools",
        "layer:artifact:one",
        "artifact:one",
        "artifact:two",
        "layer:base",
        "layer:python",
        "layer:maker",
        "layer:artifact:app",
        "artifact:app",
        "artifact:root",
        "artifact:definition",
    ]
    assert plan.commands == {"tools": ["one", "two"]}
    assert plan.needs["layer:artifact:app"] == ["layer:python", "layer:maker"]


def test_a_full_cache_needs_nothing(catalogue: Catalogue, store: Store) -> None:
    _built(catalogue, store)
    plan = _plan(catalogue, store, toolchain=False)
    assert (plan.needs, plan.warnings, plan.disk) == ({}, [], 0)


def test_only_what_is_asked_for_is_planned(catalogue: Catalogue, store: Store) -> None:
    assert _plan(catalogue, store, "two").artifacts == ["two"]


def test_a_command_that_was_compiled_before_an_interruption_is_not_compiled_again(
    catalogue: Catalogue, store: Store
) -> None:
    built = store.command(Keys(catalogue).command("tools", "one"))
    built.parent.mkdir(parents=True)
    built.write_text("binary")
    assert _plan(catalogue, store, "one", "two").commands == {"tools": ["two"]}


def test_a_damaged_layer_is_built_again_with_all_above_it_and_said(catalogue: Catalogue, store: Store) -> None:
    _built(catalogue, store)
    _damage(store, "python")
    plan = _plan(catalogue, store)
    assert plan.artifacts == ["app"]
    assert [id_ for id_ in plan.needs if id_.startswith("layer:")] == [
        *("layer:base", "layer:python", "layer:maker", "layer:artifact:app")
    ] or [id_ for id_ in plan.needs if id_.startswith("layer:")] == [
        "layer:python",
        "layer:maker",
        "layer:artifact:app",
    ]
    assert any("is corrupt" in warning and "built again" in warning for warning in plan.warnings)


def test_a_damaged_manifest_costs_no_layer(catalogue: Catalogue, store: Store) -> None:
    _built(catalogue, store)
    _damage(store, "app")
    assert list(_plan(catalogue, store).needs) == ["artifact:app"]


def test_a_layer_made_on_another_build_of_its_base_does_not_count(catalogue: Catalogue, store: Store) -> None:
    _built(catalogue, store)
    keys = Keys(catalogue)
    store.write(Record(keys.layer("base"), "base", (store.put(b"newer packages"),), 0, ()))
    assert "layer:python" in _plan(catalogue, store, "app").needs


def test_planning_writes_nothing(catalogue: Catalogue, store: Store) -> None:
    _built(catalogue, store)
    _damage(store, "python")
    before = _snapshot(store.root)
    _plan(catalogue, store)
    assert _snapshot(store.root) == before


def test_the_disk_that_is_needed_depends_on_what_is_missing(catalogue: Catalogue, store: Store) -> None:
    everything = _plan(catalogue, store).disk
    _built(catalogue, store)
    _damage(store, "one")
    assert 0 == _plan(catalogue, store).disk < everything


def _snapshot(root: pathlib.Path) -> dict[str, tuple[int, bytes]]:
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in root.rglob("*") if path.is_file()}
