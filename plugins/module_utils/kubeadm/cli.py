# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Run kubeadm and kubectl on a host."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import time
import typing as t
from pathlib import Path

from .state import Documents

ADMIN = "/etc/kubernetes/admin.conf"
RUN = Path("/run")
LOCK = "/run/inference-platform-kubeadm.lock"
TAIL = 3000


class CommandError(Exception):
    """A command failed; the text carries the command and the end of what it said."""


def run(argv: list[str], *, keep_open: tuple[int, ...] = (), secret: bool = False) -> str:
    """Run a command and return what it printed. Raises CommandError; with ``secret`` its output is not repeated."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, pass_fds=keep_open, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise CommandError(f"{argv[0]} cannot be run: {error}. The role node_base installs it.") from error
    if done.returncode != 0:
        answer = "" if secret else f": {(done.stderr or done.stdout).strip()[-TAIL:]}"
        raise CommandError(f"{' '.join(argv)} failed with {done.returncode}{answer}")
    return done.stdout


@contextlib.contextmanager
def exclusive(path: str = LOCK, timeout: float = 300.0) -> t.Iterator[int]:
    """Hold the lock of kubeadm on this host and yield its descriptor. Raises CommandError after ``timeout`` seconds.

    kubeadm inherits the descriptor: when a run is killed while its kubeadm lives on, the next run waits for that one
    to end instead of starting a second beside it.
    """
    with open(path, "a", encoding="utf-8") as stream:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"Another kubeadm has held {path} for {timeout:.0f} s; see 'fuser {path}'."
                    ) from None
                time.sleep(0.2)
        yield stream.fileno()


def apply_documents(phase: str, documents: Documents, ignored_checks: list[str], lock: int) -> str:
    """Run ``kubeadm init`` or ``kubeadm join`` from a configuration file that only root reads and that is gone after."""
    path = RUN / f"inference-platform-kubeadm-{phase}.yaml"
    argv = ["kubeadm", phase, "--config", str(path)]
    if ignored_checks:
        argv.append(f"--ignore-preflight-errors={','.join(ignored_checks)}")
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            # JSON is YAML; kubeadm wants one document after the other.
            stream.write("\n---\n".join(json.dumps(document) for document in documents))
        return run(argv, keep_open=(lock,))
    finally:
        path.unlink(missing_ok=True)


def reset(lock: int) -> None:
    """Take a half-made node back to bare: kubeadm's own reset, then the pod network's remains on this host."""
    run(["kubeadm", "reset", "--force", "--cri-socket", "unix:///run/containerd/containerd.sock"], keep_open=(lock,))
    for conflist in Path("/etc/cni/net.d").glob("*kuberouter*"):
        conflist.unlink()
    if Path("/sys/class/net/kube-bridge").exists():
        run(["ip", "link", "delete", "kube-bridge"])


def kubectl(*arguments: str) -> str:
    """Run kubectl as the cluster's administrator on a control-plane host. Raises CommandError."""
    return run(["kubectl", "--kubeconfig", ADMIN, "--request-timeout=10s", *arguments])


def wait_for_api(timeout: float = 180.0) -> None:
    """Wait until the API server calls itself ready. Raises CommandError with its last answer.

    Right after a boot it answers before it knows its own roles, and then refuses even its administrator.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            kubectl("get", "--raw", "/readyz")
            return
        except CommandError as error:
            if time.monotonic() > deadline:
                raise CommandError(f"The API server was not ready within {timeout:.0f} s: {error}") from None
        time.sleep(0.5)


def kubelet_journal(lines: int = 15) -> str:
    """Return the kubelet's last log lines, or why there are none."""
    try:
        return run(["journalctl", "--unit=kubelet", "--no-pager", "--output=cat", f"--lines={lines}"]).strip()
    except CommandError as error:
        return str(error)


__all__ = (
    "ADMIN",
    "CommandError",
    "apply_documents",
    "exclusive",
    "kubectl",
    "kubelet_journal",
    "reset",
    "run",
    "wait_for_api",
)
