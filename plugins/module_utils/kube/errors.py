# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Errors of the Kubernetes engine: every one carries a sentence for people and a dict for programs."""

from __future__ import annotations

import typing as t


class KubeError(Exception):
    """Base of everything the engine raises on purpose.

    ``failure`` is what a module puts beside ``msg``: object, status, reason, message, cure; absent keys are unknown.
    """

    def __init__(self, message: str, /, **failure: t.Any) -> None:
        super().__init__(message)
        self.failure: dict[str, t.Any] = failure


class ConfigError(KubeError):
    """The kubeconfig cannot be used."""


class ObjectError(KubeError):
    """An object of the input is not a Kubernetes object we can apply."""


class TransportError(KubeError):
    """No HTTP answer came back. ``sent`` says whether the request may have reached the server."""

    def __init__(self, message: str, *, sent: bool, refused: bool, **failure: t.Any) -> None:
        super().__init__(message, **failure)
        self.sent = sent
        self.refused = refused


class ApiError(KubeError):
    """The API server answered with a Status of failure (meta/v1 Status)."""

    def __init__(self, status: int, body: t.Any, *, method: str, path: str, retry_after: float | None = None) -> None:
        fields = body if isinstance(body, dict) else {}
        self.status = status
        self.reason = str(fields.get("reason") or "")
        self.server_message = str(fields.get("message") or body or "").strip()
        self.details: dict[str, t.Any] = fields.get("details") or {}
        self.retry_after = retry_after
        super().__init__(
            f"{method} {path}: HTTP {status} {self.reason}: {self.server_message}",
            status=status,
            reason=self.reason,
            message=self.server_message,
        )


class ObjectsFailedError(KubeError):
    """Some objects could not be applied, deleted or read; the message names each with its cure."""


class WaitFailedError(KubeError):
    """Objects were applied and did not become ready; the message says why."""


# What API servers say of a change that only a new object can have (apimachinery and the validation of each kind).
IMMUTABLE = (
    "immutable",
    "updates to statefulset spec",
    "may not change once set",
    "may not be changed in an update",
    "cannot change roleRef",
)


def is_immutable(error: KubeError) -> bool:
    """Whether the server refused a change that only a new object can have."""
    return (
        isinstance(error, ApiError) and error.status == 422 and any(text in error.server_message for text in IMMUTABLE)
    )


def cure(error: KubeError, kind: str = "") -> str:
    """One sentence that says what to do about ``error``; empty when we know nothing useful."""
    if isinstance(error, TransportError):
        return "Check that the cluster is up and that the address and the CA in the kubeconfig are right."
    if not isinstance(error, ApiError):
        return ""
    if is_immutable(error):
        return _UNREPLACED if kind == "PersistentVolumeClaim" else _REPLACE
    text = error.server_message
    for needle, advice in _BY_TEXT:
        if needle in text:
            return advice
    return _BY_STATUS.get(error.status, "")


_REPLACE = "This field cannot be changed on a living object: set force_replace (platform_force_replace: true) to delete it and create it again."
_UNREPLACED = "This field cannot be changed on a living claim: put it back, or make another claim under a new name."

_BY_TEXT = (
    ("is being terminated", "The namespace is still being deleted: wait until it is gone and run again."),
    (
        "updates to statefulset spec",
        "A StatefulSet cannot change this field: set force_replace to delete and create it again.",
    ),
    (
        "failed calling webhook",
        "The admission webhook of another component does not answer: look at the pods behind it.",
    ),
    (
        "field not declared in schema",
        "The object has a field its kind does not know: correct the spelling or the indentation.",
    ),
    ("unknown field", "The object has a field its kind does not know: correct the spelling or the indentation."),
    ("strict decoding error", "The object has a field its kind does not know, or one twice: correct the template."),
    ("namespaces ", "Create the namespace first: put a Namespace object into the component."),
)

_BY_STATUS = {
    401: "The credentials in the kubeconfig are not accepted: they may have expired.",
    403: "The user of the kubeconfig lacks this permission: grant it with a Role or ClusterRole.",
    404: "The kind or the namespace does not exist in this cluster: is the CRD part of an earlier component?",
    409: "Somebody else changes this object at the same time: run again, and find the other writer if it happens again.",
    413: "The object is larger than the API server accepts (about 3 MiB).",
    422: "The API server refuses these values: the message names the field.",
}
