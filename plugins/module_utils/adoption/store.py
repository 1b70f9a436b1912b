# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The snapshot as a file, replaced as a whole and readable by its owner alone."""

from __future__ import annotations

import json
import os
import tempfile

from ..kube.errors import KubeError
from .records import Snapshot, from_json

_FORM = 1


def save(path: str, snapshot: Snapshot) -> None:
    """Raises KubeError when the file cannot be written."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, exist_ok=True)
        # mkstemp makes the file 0600.
        descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=folder)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump({"form": _FORM, **vars(snapshot)}, file, default=vars, separators=(",", ":"))
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise KubeError(f"Cannot write the snapshot {path}: {error.strerror}.") from error


def load(path: str) -> Snapshot:
    """Raises KubeError when there is no file, or it is not a snapshot of this form."""
    advice = "Take one with state=snapshot before the handover."
    try:
        with open(path, encoding="utf-8") as file:
            plain = json.load(file)
    except OSError as error:
        raise KubeError(f"Cannot read the snapshot {path}: {error.strerror}. {advice}") from error
    except ValueError as error:
        raise KubeError(f"{path} is not a snapshot: {error}. {advice}") from error
    if not isinstance(plain, dict) or plain.get("form") != _FORM:
        raise KubeError(f"{path} is not a snapshot of form {_FORM}. {advice}")
    try:
        return from_json(plain)
    except (KeyError, TypeError) as error:
        raise KubeError(f"{path} is not a whole snapshot: {error}. {advice}") from error
