# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The order of things when a host becomes a node."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kubeadm import state
from ansible_collections.inference.platform.plugins.module_utils.kubeadm.cli import CommandError
from ansible_collections.inference.platform.plugins.modules import kubeadm_node

JOIN = {"kind": "JoinConfiguration"}
DISCOVERY = {"endpoint": "10.0.0.1:6443", "token": "abcdef.0123456789abcdef", "ca_hash": "sha256:00"}


class Host:
    """A host whose kubeadm notes what it was told and can be made to fail."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.told: state.Documents = []
        self.stage = ""
        self.resets = 0
        self.broken = False

    def apply(self, phase: str, documents: state.Documents, ignored: list[str], lock: int) -> str:
        """Stand in for kubeadm: leave what a join leaves."""
        self.told = documents
        record = state.read_record(self.root)
        self.stage = record.stage if record else "none"
        if self.broken:
            raise CommandError("kubeadm failed")
        path = self.root / state.JOINED
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        return ""

    def reset(self, lock: int) -> None:
        """Stand in for kubeadm reset."""
        self.resets += 1


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A bare host."""
    made = Host(tmp_path)

    @contextlib.contextmanager
    def lock() -> Iterator[int]:
        yield 0

    monkeypatch.setattr(kubeadm_node, "ROOT", tmp_path)
    monkeypatch.setattr(kubeadm_node, "exclusive", lock)
    monkeypatch.setattr(kubeadm_node, "apply_documents", made.apply)
    monkeypatch.setattr(kubeadm_node, "reset", made.reset)
    return made


def join(**more: t.Any) -> dict[str, t.Any]:
    """Parameters of a join."""
    return {
        "cluster": "demo",
        "phase": "join",
        "documents": [JOIN],
        "discovery": DISCOVERY,
        "ignored_checks": [],
        **more,
    }


def test_the_token_reaches_kubeadm_and_not_the_record(host: Host) -> None:
    result = kubeadm_node.ensure_node(join(), check_mode=False)
    assert result["changed"]
    assert host.told[0]["discovery"]["bootstrapToken"]["token"] == DISCOVERY["token"]
    assert DISCOVERY["token"] not in (host.root / state.RECORD).read_text()


def test_the_record_says_started_while_kubeadm_runs_and_done_after(host: Host) -> None:
    kubeadm_node.ensure_node(join(), check_mode=False)
    record = state.read_record(host.root)
    assert host.stage == "started"
    assert record is not None
    assert record.stage == "done"


def test_a_second_run_does_nothing(host: Host) -> None:
    kubeadm_node.ensure_node(join(), check_mode=False)
    host.told = []
    assert kubeadm_node.ensure_node(join(discovery=None), check_mode=False)["changed"] is False
    assert host.told == []


def test_a_failed_run_is_reset_by_the_next(host: Host) -> None:
    host.broken = True
    with pytest.raises(CommandError):
        kubeadm_node.ensure_node(join(), check_mode=False)
    host.broken = False
    result = kubeadm_node.ensure_node(join(), check_mode=False)
    assert result["reset"]
    assert host.resets == 1


def test_check_mode_predicts_and_touches_nothing(host: Host) -> None:
    assert kubeadm_node.ensure_node(join(), check_mode=True)["changed"]
    assert list(host.root.iterdir()) == []


def test_a_join_without_discovery_is_refused_before_anything_happens(host: Host) -> None:
    with pytest.raises(state.StateError, match="no discovery"):
        kubeadm_node.ensure_node(join(discovery=None), check_mode=False)
    assert host.told == []
    assert state.read_record(host.root) is None
