# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""When is an object up? One pure function per kind, after kubectl rollout status and the API conventions."""

from __future__ import annotations

import dataclasses
import typing as t

from .objects import Object, group_of


@dataclasses.dataclass(frozen=True)
class Verdict:
    """``failed`` means that waiting longer is pointless; ``text`` says what is missing, in a few words."""

    ready: bool
    text: str = ""
    failed: bool = False


_READY = Verdict(True)
Rule = t.Callable[[Object], Verdict]


def judge(live: Object | None) -> Verdict:
    """Verdict on an object as the server shows it; None is an object that does not exist (any more)."""
    if live is None:
        return Verdict(False, "does not exist")
    rule = _RULES.get((group_of(live["apiVersion"]), live["kind"]), _generic)
    return rule(live)


def never_waits(item: Object) -> bool:
    """True for kinds that are up as soon as they are stored."""
    key = (group_of(item["apiVersion"]), item["kind"])
    return key not in _RULES and key in _AT_ONCE


def _status(live: Object) -> Object:
    return live.get("status") or {}


def _observed(live: Object) -> bool:
    seen = _status(live).get("observedGeneration")
    return seen is None or int(seen) >= int(live["metadata"].get("generation") or 0)


def _condition(live: Object, name: str) -> Object:
    for entry in _status(live).get("conditions") or []:
        if entry.get("type") == name:
            return t.cast(Object, entry)
    return {}


def _told(condition: Object) -> str:
    return " ".join(str(condition[key]) for key in ("reason", "message") if condition.get(key))


def _replicas(live: Object) -> int:
    wanted = (live.get("spec") or {}).get("replicas")
    return 1 if wanted is None else int(wanted)


def _deployment(live: Object) -> Verdict:
    status, wanted = _status(live), _replicas(live)
    if "observedGeneration" not in status or not _observed(live):
        return Verdict(False, "not yet seen by its controller")
    updated, total = int(status.get("updatedReplicas") or 0), int(status.get("replicas") or 0)
    available = int(status.get("availableReplicas") or 0)
    if updated >= wanted and total <= updated and available >= wanted:
        return _READY
    text = f"{available}/{wanted} ready"
    if updated < wanted:
        text += f", {updated} updated"
    if total > updated:
        text += f", {total - updated} old still there"
    progressing, failure = _condition(live, "Progressing"), _condition(live, "ReplicaFailure")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        text += ", no progress within its deadline"
    if failure.get("status") == "True":
        text += f", {_told(failure)}"
    return Verdict(False, text)


def _stateful_set(live: Object) -> Verdict:
    status, wanted = _status(live), _replicas(live)
    if "observedGeneration" not in status or not _observed(live):
        return Verdict(False, "not yet seen by its controller")
    ready = int(status.get("readyReplicas") or 0)
    strategy = ((live.get("spec") or {}).get("updateStrategy") or {}).get("type")
    rolled = strategy == "OnDelete" or status.get("currentRevision") == status.get("updateRevision")
    if ready >= wanted and rolled:
        return _READY
    updated = int(status.get("updatedReplicas") or 0)
    return Verdict(False, f"{ready}/{wanted} ready" + ("" if rolled else f", {updated} updated"))


def _daemon_set(live: Object) -> Verdict:
    status = _status(live)
    if "observedGeneration" not in status or not _observed(live):
        return Verdict(False, "not yet seen by its controller")
    wanted, ready = int(status.get("desiredNumberScheduled") or 0), int(status.get("numberReady") or 0)
    updated = int(status.get("updatedNumberScheduled") or 0)
    on_delete = ((live.get("spec") or {}).get("updateStrategy") or {}).get("type") == "OnDelete"
    if ready >= wanted and (updated >= wanted or on_delete):
        return _READY
    return Verdict(False, f"{ready}/{wanted} ready, {updated} updated")


def _job(live: Object) -> Verdict:
    failure = _condition(live, "Failed")
    if failure.get("status") == "True":
        return Verdict(False, f"failed: {_told(failure)}", failed=True)
    if _condition(live, "Complete").get("status") == "True":
        return _READY
    status = _status(live)
    wanted = (live.get("spec") or {}).get("completions") or 1
    text = f"{status.get('succeeded') or 0}/{wanted} done, {status.get('active') or 0} running"
    return Verdict(False, text + (f", {status['failed']} failed" if status.get("failed") else ""))


def _pod(live: Object) -> Verdict:
    phase = _status(live).get("phase")
    if phase == "Succeeded" or _condition(live, "Ready").get("status") == "True":
        return _READY
    return Verdict(False, f"phase {phase}", failed=phase == "Failed")


def _definition(live: Object) -> Verdict:
    names = _condition(live, "NamesAccepted")
    if names.get("status") == "False":
        return Verdict(False, f"its names are taken: {_told(names)}", failed=True)
    return _needs(live, "Established")


def _needs(live: Object, name: str) -> Verdict:
    condition = _condition(live, name)
    if condition.get("status") == "True":
        return _READY
    return Verdict(False, f"not {name}: {_told(condition)}" if condition else f"no condition {name} yet")


def _available(live: Object) -> Verdict:
    return _needs(live, "Available")


def _namespace(live: Object) -> Verdict:
    phase = _status(live).get("phase")
    return _READY if phase == "Active" else Verdict(False, f"phase {phase}")


def _claim(live: Object) -> Verdict:
    phase = _status(live).get("phase")
    return _READY if phase == "Bound" else Verdict(False, f"phase {phase}", failed=phase == "Lost")


def _pool(live: Object) -> Verdict:
    """InferencePool: each Gateway that refers to it must accept it; without one (standalone) there is nobody to ask."""
    for parent in _status(live).get("parents") or []:
        for condition in parent.get("conditions") or []:
            if condition.get("type") in ("Accepted", "ResolvedRefs") and condition.get("status") == "False":
                return Verdict(False, f"not {condition['type']}: {_told(condition)}")
    return _READY


def _sealed(live: Object) -> Verdict:
    """SealedSecret: its controller has made the Secret of this generation. It tries a failure again, so that is never final."""
    if not _observed(live):
        return Verdict(False, "not yet seen by its controller")
    return _needs(live, "Synced")


def _external(live: Object) -> Verdict:
    """ExternalSecret: the Secret is made from the store, as this generation says. Its status names the generation in a text of its own."""
    verdict = _needs(live, "Ready")
    if not verdict.ready:
        return verdict
    synced = str(_status(live).get("syncedResourceVersion") or "").partition("-")[0]
    if synced != str(live["metadata"].get("generation")):
        return Verdict(False, "not yet seen by its controller")
    return _READY


def _store(live: Object) -> Verdict:
    """SecretStore and ClusterSecretStore: their controller could reach the store."""
    return _needs(live, "Ready")


def _gpus(live: Object) -> Verdict:
    """ClusterPolicy of NVIDIA's GPU operator: it says so when all its parts are up; without nodes that have GPUs they are."""
    state = _status(live).get("state")
    return _READY if state == "ready" else Verdict(False, f"state {state}: {_told(_condition(live, 'Error'))}")


def _generic(live: Object) -> Verdict:
    """Custom resources: Ready or Available must be True where the controller shows them."""
    if not _observed(live):
        return Verdict(False, "not yet seen by its controller")
    for name in ("Ready", "Available"):
        condition = _condition(live, name)
        if condition and condition.get("status") != "True":
            return Verdict(False, f"not {name}: {_told(condition)}")
    return _READY


_RULES: dict[tuple[str, str], Rule] = {
    ("", "Namespace"): _namespace,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _available,
    ("bitnami.com", "SealedSecret"): _sealed,
    ("external-secrets.io", "ClusterSecretStore"): _store,
    ("external-secrets.io", "ExternalSecret"): _external,
    ("external-secrets.io", "SecretStore"): _store,
    ("inference.networking.k8s.io", "InferencePool"): _pool,
    ("nvidia.com", "ClusterPolicy"): _gpus,
    ("inference.networking.x-k8s.io", "InferencePool"): _pool,
}

_AT_ONCE = frozenset(
    {("", kind) for kind in ("ConfigMap", "LimitRange", "ResourceQuota", "Secret", "Service", "ServiceAccount")}
    | {("rbac.authorization.k8s.io", kind) for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")}
    | {("networking.k8s.io", kind) for kind in ("Ingress", "IngressClass", "NetworkPolicy")}
    | {("scheduling.k8s.io", "PriorityClass"), ("storage.k8s.io", "StorageClass"), ("policy", "PodDisruptionBudget")}
    | {("autoscaling", "HorizontalPodAutoscaler"), ("batch", "CronJob")}
    | {
        ("admissionregistration.k8s.io", f"{verb}{what}")
        for verb in ("Mutating", "Validating")
        for what in ("WebhookConfiguration", "AdmissionPolicy", "AdmissionPolicyBinding")
    }
)
