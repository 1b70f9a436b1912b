# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where a component's objects come from when it brings no templates of its own: upstream manifests and Helm charts."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import typing as t

from ..kube.errors import KubeError
from ..kube.objects import Object, flatten
from ..kube.yaml_text import load_all

Runner = t.Callable[[list[str]], "subprocess.CompletedProcess[str]"]


def manifest(path: str, checksum: str | None) -> list[Object]:
    """Objects of one YAML file. Raises KubeError when it is absent or is not the file that was pinned."""
    data = _pinned(path, checksum)
    return flatten(load_all(data.decode("utf-8"), path), path)


def chart(
    path: str,
    *,
    release: str,
    namespace: str,
    values: dict[str, t.Any],
    helm: str,
    checksum: str | None = None,
    crds: bool = True,
    runner: Runner | None = None,
) -> list[Object]:
    """Objects that ``helm template`` renders from a chart folder or archive; hooks and tests of the chart are left out.

    Raises KubeError with helm's own words when it fails.
    """
    if os.path.isfile(path):
        _pinned(path, checksum)
    elif not os.path.isdir(path):
        raise KubeError(f"The chart {path} does not exist.")
    with tempfile.TemporaryDirectory(prefix="chart-") as folder:
        values_file = os.path.join(folder, "values.json")
        with open(values_file, "w", encoding="utf-8") as file:
            json.dump(values, file)
        argv = [helm, "template", release, path, "--namespace", namespace, "--values", values_file, "--no-hooks"]
        if crds:
            argv.append("--include-crds")
        text = _helm(argv, runner or _execute)
    return flatten(load_all(text, f"chart {path}"), f"chart {path}")


def _helm(argv: list[str], runner: Runner) -> str:
    try:
        done = runner(argv)
    except OSError as error:
        raise KubeError(
            f"Cannot run helm ({argv[0]}): {error.strerror}. Its path is option helm of the chart."
        ) from error
    if done.returncode != 0:
        raise KubeError(f"helm template of {argv[3]} failed (exit code {done.returncode}): {done.stderr.strip()}")
    return done.stdout


def _execute(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def _pinned(path: str, checksum: str | None) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise KubeError(f"Cannot read {path}: {error.strerror}.") from error
    wanted = (checksum or "").removeprefix("sha256:").lower()
    found = hashlib.sha256(data).hexdigest()
    if wanted and wanted != found:
        raise KubeError(f"{path} is not the pinned file: its sha256 is {found}, expected {wanted}.")
    return data
