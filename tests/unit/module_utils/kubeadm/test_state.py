# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is to be done with a host, decided by what is on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kubeadm import state

DOCUMENTS = [{"kind": "ClusterConfiguration", "networking": {"podSubnet": "10.244.0.0/16"}}]


def trace(root: Path, name: str) -> None:
    """Leave a file as a running cluster would."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")


def record(root: Path, stage: str, cluster: str = "demo", phase: str = "init") -> None:
    """Leave a record as an earlier run would."""
    state.write_record(root, state.Record(cluster, phase, stage, DOCUMENTS))


def test_a_bare_host_is_started(tmp_path: Path) -> None:
    assert state.plan(tmp_path, "demo", "init", DOCUMENTS) == state.Plan(run=True, reset=False)


@pytest.mark.parametrize("name", state.TRACES)
def test_a_cluster_of_someone_else_is_refused(tmp_path: Path, name: str) -> None:
    trace(tmp_path, name)
    with pytest.raises(state.StateError, match=f"this platform did not make: /{name} found.*Nothing was changed"):
        state.plan(tmp_path, "demo", "init", DOCUMENTS)


def test_a_host_of_another_platform_is_refused(tmp_path: Path) -> None:
    record(tmp_path, "done", cluster="other")
    with pytest.raises(state.StateError, match="belongs to the platform 'other', not to 'demo'"):
        state.plan(tmp_path, "demo", "init", DOCUMENTS)


@pytest.mark.parametrize("name", [None, *state.TRACES[:3]])
def test_an_interrupted_run_is_reset_wherever_it_was(tmp_path: Path, name: str | None) -> None:
    record(tmp_path, "started")
    if name:
        trace(tmp_path, name)
    assert state.plan(tmp_path, "demo", "init", DOCUMENTS) == state.Plan(run=True, reset=True)


def test_a_finished_host_whose_cluster_is_gone_is_made_anew(tmp_path: Path) -> None:
    record(tmp_path, "done")
    assert state.plan(tmp_path, "demo", "init", DOCUMENTS) == state.Plan(run=True, reset=True)


def test_a_finished_host_is_left_alone(tmp_path: Path) -> None:
    record(tmp_path, "done")
    trace(tmp_path, state.JOINED)
    assert state.plan(tmp_path, "demo", "init", DOCUMENTS) == state.Plan(run=False, reset=False)


def test_changed_settings_are_named_with_both_values(tmp_path: Path) -> None:
    record(tmp_path, "done")
    trace(tmp_path, state.JOINED)
    changed = [{"kind": "ClusterConfiguration", "networking": {"podSubnet": "10.9.0.0/16"}}]
    expected = r'ClusterConfiguration\.networking\.podSubnet: "10\.244\.0\.0/16" -> "10\.9\.0\.0/16"'
    with pytest.raises(state.StateError, match=expected):
        state.plan(tmp_path, "demo", "init", changed)


def test_a_node_cannot_become_a_control_plane(tmp_path: Path) -> None:
    record(tmp_path, "done", phase="join")
    trace(tmp_path, state.JOINED)
    with pytest.raises(state.StateError, match='phase: "join" -> "init"'):
        state.plan(tmp_path, "demo", "init", DOCUMENTS)


def test_a_damaged_record_stops_everything(tmp_path: Path) -> None:
    trace(tmp_path, state.RECORD)
    with pytest.raises(state.StateError, match="cannot be understood"):
        state.plan(tmp_path, "demo", "init", DOCUMENTS)


def test_a_record_is_never_half_written(tmp_path: Path) -> None:
    record(tmp_path, "done")
    path = tmp_path / state.RECORD
    assert state.read_record(tmp_path) == state.Record("demo", "init", "done", DOCUMENTS)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
