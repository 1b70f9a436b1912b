# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Remember on a host what kubeadm was told and how far it came, and decide from that what to do.

A record is written before kubeadm starts (``started``) and again as the very last step (``done``). A host with a
``started`` record was interrupted at an unknown place and is reset; a host that carries Kubernetes without a record
belongs to someone else and is left alone.
"""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path

Documents = list[dict[str, t.Any]]

# What only a host with Kubernetes on it has: written by kubeadm, a static control plane, etcd, k3s.
TRACES = (
    "etc/kubernetes/admin.conf",
    "etc/kubernetes/kubelet.conf",
    "etc/kubernetes/manifests/kube-apiserver.yaml",
    "etc/rancher/k3s/k3s.yaml",
    "var/lib/etcd/member",
)
JOINED = "etc/kubernetes/kubelet.conf"
RECORD = "var/lib/inference-platform/kubeadm.json"


class StateError(Exception):
    """The host is in a state this platform must not touch or cannot change; the text says which and what to do."""


@dataclass(frozen=True)
class Record:
    """What a host remembers: whose cluster, which role in it, told what, and ``started`` or ``done``."""

    cluster: str
    phase: str
    stage: str
    documents: Documents


@dataclass(frozen=True)
class Plan:
    """What has to be done: run kubeadm or nothing, and whether remains of an interrupted run go first."""

    run: bool
    reset: bool


def read_record(root: Path) -> Record | None:
    """Return the host's record, or None without one. Raises StateError for a record that cannot be understood."""
    path = root / RECORD
    try:
        return Record(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise StateError(
            f"{path} cannot be understood ({error}), so it is unknown whose cluster this host belongs to. If it is this "
            "platform's, run 'kubeadm reset -f' on the host, remove that file and run again."
        ) from error


def write_record(root: Path, record: Record) -> None:
    """Replace the host's record atomically."""
    path = root / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with temporary.open("w") as stream:
        json.dump(asdict(record), stream, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def plan(root: Path, cluster: str, phase: str, documents: Documents) -> Plan:
    """Decide what to do on this host. Raises StateError when it must be left as it is."""
    record = read_record(root)
    if record is None:
        _refuse_foreign(root)
        return Plan(run=True, reset=False)
    if record.cluster != cluster:
        raise StateError(
            f"This host belongs to the platform {record.cluster!r}, not to {cluster!r}. Nothing was changed. Use another "
            f"host, or tear {record.cluster!r} down first."
        )
    if record.stage != "done" or not (root / JOINED).exists():
        return Plan(run=True, reset=True)
    changes = differences(
        {"phase": record.phase, "documents": by_kind(record.documents)},
        {"phase": phase, "documents": by_kind(documents)},
    )
    if changes:
        raise StateError(
            "These settings differ from those the cluster was made with, and kubeadm cannot change them on a running "
            f"cluster: {'; '.join(changes)}. Nothing was changed. Set them back, or tear the platform down and build it anew."
        )
    return Plan(run=False, reset=False)


def by_kind(documents: Documents) -> dict[str, t.Any]:
    """Return kubeadm's documents keyed by their kind, for names in messages."""
    return {str(document.get("kind", "document")): document for document in documents}


def differences(before: t.Any, after: t.Any, path: str = "") -> list[str]:
    """Name every value that differs between two structures, as ``path: before -> after``."""
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in sorted({*before, *after}):
            name = f"{path}.{key}" if path else str(key)
            found += differences(before.get(key), after.get(key), name)
        return found
    if before == after:
        return []
    return [f"{path.removeprefix('documents.')}: {json.dumps(before)} -> {json.dumps(after)}"]


def traces(root: Path) -> list[str]:
    """Return what a Kubernetes left on this host, whoever made it."""
    return [f"/{trace}" for trace in TRACES if (root / trace).exists()]


def _refuse_foreign(root: Path) -> None:
    if found := traces(root):
        raise StateError(
            f"This host already carries a Kubernetes that this platform did not make: {', '.join(found)} found, and no "
            f"/{RECORD}. Nothing was changed. Use another host, or remove that cluster (kubeadm reset, "
            "k3s-uninstall.sh) if nobody needs it."
        )


__all__ = ("Documents", "Plan", "Record", "StateError", "by_kind", "plan", "read_record", "traces", "write_record")
