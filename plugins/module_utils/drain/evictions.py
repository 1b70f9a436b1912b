# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The Eviction API (policy/v1): asks the API server to let a pod go, and says why it does not."""

from __future__ import annotations

import typing as t

from ..kube.client import Client
from ..kube.errors import ApiError, TransportError
from .pods import Object, Pod


class Evictions:
    """Evicts pods. ``client`` must not retry: a budget that blocks answers 429, and the caller has other things to do meanwhile."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def evict(self, pod: Pod, *, dry_run: bool = False) -> str:
        """Empty when the pod goes (or is gone, or with ``dry_run`` would go), else why it does not yet.

        Raises ApiError for what does not pass by itself.
        """
        body: Object = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod.name, "namespace": pod.namespace},
            # Never another pod that got the name meanwhile.
            "deleteOptions": {"preconditions": {"uid": pod.uid}},
        }
        query = {"dryRun": "All"} if dry_run else {}
        try:
            self._client.create(f"{pod.path}/eviction", body, query)
        except TransportError as error:
            # Whether the first one arrived makes no difference to the next.
            return str(error)
        except ApiError as error:
            return self._refused(pod, error)
        return ""

    def _refused(self, pod: Pod, error: ApiError) -> str:
        text = error.server_message
        if error.status == 404 or (error.status == 409 and "uid" in text.lower()):
            return ""
        if error.status == 429:
            return self._blocked(pod, error)
        if error.status == 403 and "is being terminated" in text:
            return "its namespace is being deleted"
        if error.status == 500 and "more than one PodDisruptionBudget" in text:
            return f"{text} Leave one of them."
        if error.status in (502, 503, 504):
            return str(error)
        raise error

    def _blocked(self, pod: Pod, error: ApiError) -> str:
        causes = [str(one.get("message")) for one in error.details.get("causes") or () if one.get("message")]
        reason = " ".join(causes) or error.server_message
        budgets = [_budget(item) for item in self._budgets(pod)]
        return f"{reason} ({'; '.join(budgets)})" if budgets else reason

    def _budgets(self, pod: Pod) -> list[Object]:
        live = self._client.find(pod.path)
        labels = ((live or {}).get("metadata") or {}).get("labels") or {}
        items, _version = self._client.list(f"/apis/policy/v1/namespaces/{pod.namespace}/poddisruptionbudgets")
        return [item for item in items if selects((item.get("spec") or {}).get("selector") or {}, labels)]


def _budget(item: Object) -> str:
    spec, status = item["spec"], item.get("status") or {}
    rule = next((f"{key}: {spec[key]}" for key in ("minAvailable", "maxUnavailable") if key in spec), "no rule")
    return (
        f"PodDisruptionBudget {item['metadata']['name']}, {rule}: {status.get('currentHealthy', 0)} of "
        f"{status.get('expectedPods', 0)} pods are healthy and {status.get('desiredHealthy', 0)} must stay so"
    )


def selects(selector: Object, labels: t.Mapping[str, str]) -> bool:
    """Whether a LabelSelector (meta/v1) selects something with these labels; an empty one selects everything."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_matches(rule, labels) for rule in selector.get("matchExpressions") or ())


def _matches(rule: Object, labels: t.Mapping[str, str]) -> bool:
    key, values = rule["key"], rule.get("values") or []
    answers = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers.get(rule["operator"], False)
