# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""New values for virtual keys while the old ones go on for a while. LiteLLM's own rotation is for its paying customers.

The order makes every place safe to be killed at: the new value is kept first (C(api-key-next) in the key's Secret), then the
old key gets another alias, then the new one gets its alias, then the value is delivered, and last it becomes C(api-key).
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..kube.client import Client as KubeClient
from ..kube.generate import random_text
from . import durations, key_secrets, keys
from .client import Client
from .errors import ApiError, InputError
from .fields import State
from .key_secrets import KeySecret
from .paging import pages

# Entry of an old key's metadata: whose value it was, since when not any more, and for how many seconds it goes on.
REPLACED = "inference_platform_replaced"
# What a new key takes from the old one, where it is set. The counter too: rotation is no way around a budget.
COPIED = (
    "team_id",
    "user_id",
    "models",
    "max_budget",
    "budget_duration",
    "budget_id",
    "tpm_limit",
    "rpm_limit",
    "max_parallel_requests",
    "allowed_routes",
    "aliases",
    "permissions",
    "blocked",
    "spend",
)


@dataclasses.dataclass(frozen=True)
class Place:
    """A Secret to publish a key in."""

    namespace: str
    name: str
    key: str


@dataclasses.dataclass(frozen=True)
class Wish:
    """One key: its alias, the Secret that keeps its value, and where it is delivered."""

    alias: str
    secret: str
    file: str | None = None
    publish: tuple[Place, ...] = ()


@dataclasses.dataclass(frozen=True)
class Policy:
    """Spans in seconds. ``older_than``: keys of at least this age get a new value, None: none do."""

    older_than: float | None
    window: float
    warn_before: float
    now: datetime.datetime
    check: bool = False


class Rotation:
    """Rotates keys of one proxy whose values are kept in one cluster."""

    def __init__(self, client: Client, kube: KubeClient, policy: Policy, secrets: dict[str, KeySecret]) -> None:
        self._client = client
        self._kube = kube
        self._policy = policy
        self._secrets = secrets
        query: dict[str, str | int] = {"return_full_object": "true", "sort_by": "created_at", "sort_order": "asc"}
        found = list(pages(client, "/key/list", query, items="keys", size="size", doing="listing the keys"))
        self._live = {key["key_alias"]: key for key in found if not replaced(key)}
        self._old = [key for key in found if replaced(key)]

    def run(self, wish: Wish) -> State:
        """What was done with one key, or would be in check mode. Raises InputError before anything is changed."""
        secret = self._secrets.get(wish.secret)
        if secret is None or key_secrets.VALUE not in secret.values:
            return self._report(wish, [], [], missing=True)
        done = []
        if key_secrets.NEXT not in secret.values and (self._lost(wish, secret.values) or self._due(wish)):
            done.append("began")
            if not self._policy.check:
                secret.begin(f"sk-{random_text(48, 'alphanumeric')}")
        if key_secrets.NEXT in secret.values:
            self._replace(wish, secret.values[key_secrets.NEXT])
            self._hand_out(wish, secret.values[key_secrets.NEXT])
            done.append("rotated")
            if not self._policy.check:
                secret.end()
        elif self._hand_out(wish, secret.values[key_secrets.VALUE]):
            done.append("delivered")
        return self._report(wish, done, self._remove_old(wish))

    def _lost(self, wish: Wish, values: dict[str, str]) -> bool:
        """Whether the key has a value that nobody knows: somebody put the Secret back while it was being rotated."""
        token = keys.key_hash(values[key_secrets.VALUE])
        live = self._live.get(wish.alias)
        return live is not None and live["token"] != token and token in {key["token"] for key in self._of(wish)}

    def _due(self, wish: Wish) -> bool:
        if self._policy.older_than is None:
            return False
        live = self._live.get(wish.alias)
        if live is None:
            raise InputError(
                f"Key '{wish.alias}' cannot be rotated: LiteLLM has no key of this alias. Make it first, with the "
                "role tenants or with litellm_key."
            )
        return _age(live["created_at"], self._policy.now) >= self._policy.older_than

    def _replace(self, wish: Wish, value: str) -> None:
        """The alias goes over to the new key. Either half may have been done by a run that was killed."""
        token = keys.key_hash(value)
        live = self._live.get(wish.alias)
        if self._policy.check or (live is not None and live["token"] == token):
            return
        if live is not None:
            self._retire(live)
        template = live or next((key for key in reversed(self._old) if replaced(key)["alias"] == wish.alias), None)
        if template is None:
            raise InputError(
                f"The rotation of key '{wish.alias}' cannot go on: LiteLLM has neither the key nor the one before it. "
                f"Remove {key_secrets.NEXT} from Secret {wish.secret}, and make the key with the role tenants."
            )
        self._live[wish.alias] = self._create(wish.alias, value, template)

    def _retire(self, live: State) -> None:
        note = {
            "alias": live["key_alias"],
            "at": durations.text(self._policy.now),
            "window": self._policy.window,
        }
        old = {
            **live,
            "key_alias": f"{live['key_alias']}--{live['token'][:12]}",
            "metadata": {**(live.get("metadata") or {}), REPLACED: note},
        }
        sent = {"key": live["token"], "key_alias": old["key_alias"], "metadata": old["metadata"]}
        self._client.post("/key/update", sent, doing=f"giving the old key '{live['key_alias']}' another alias")
        self._old.append(old)

    def _create(self, alias: str, value: str, template: State) -> State:
        metadata = {name: entry for name, entry in (template.get("metadata") or {}).items() if name != REPLACED}
        body = {name: template[name] for name in COPIED if template.get(name)}
        lifetime = _lifetime(template)
        if lifetime is not None:
            body["duration"] = f"{lifetime}s"
        request = {**body, "key_alias": alias, "metadata": metadata, "key": value, "key_type": "default"}
        try:
            self._client.post("/key/generate", request, doing=f"creating the new key '{alias}'")
        except ApiError as error:
            made = keys.find(self._client, alias)
            # the answer to an earlier attempt of a repeated request was lost
            if error.status != 400 or made is None or made["token"] != keys.key_hash(value):
                raise
        return keys.find(self._client, alias) or {}

    def _hand_out(self, wish: Wish, value: str) -> bool:
        check = self._policy.check
        changes = [
            key_secrets.publish(self._kube, place.namespace, place.name, place.key, value, check=check)
            for place in wish.publish
        ]
        if wish.file:
            changes.append(key_secrets.deliver(wish.file, value, check=check))
        return any(changes)

    def _remove_old(self, wish: Wish) -> list[State]:
        """Deletes the old keys that nobody used for their window; those that were."""
        gone = [key for key in self._of(wish) if self._deletable_at(key) <= self._policy.now]
        if gone and not self._policy.check:
            try:
                hashes = [key["token"] for key in gone]
                self._client.post("/key/delete", {"keys": hashes}, doing=f"deleting old values of key '{wish.alias}'")
            except ApiError as error:
                if error.status != 404:
                    raise
        self._old = [key for key in self._old if key not in gone]
        return gone

    def _of(self, wish: Wish) -> list[State]:
        return [key for key in self._old if replaced(key)["alias"] == wish.alias]

    def _deletable_at(self, old: State) -> datetime.datetime:
        """One window after it was replaced or, when that is later, used for the last time."""
        note = replaced(old)
        known = (durations.moment(note["at"]), durations.moment(old.get("last_active")))
        return max(when for when in known if when is not None) + datetime.timedelta(seconds=note["window"])

    def _report(self, wish: Wish, done: list[str], gone: list[State], *, missing: bool = False) -> State:
        live = self._live.get(wish.alias) or {}
        created, expires = durations.moment(live.get("created_at")), durations.moment(live.get("expires"))
        warn = datetime.timedelta(seconds=self._policy.warn_before)
        due = None
        if created is not None and self._policy.older_than:
            due = created + datetime.timedelta(seconds=self._policy.older_than)
        return {
            "key_alias": wish.alias,
            "key_hash": live.get("token"),
            "rotated": bool({"began", "rotated"} & set(done)),
            "changed": bool(done or gone),
            "missing": missing,
            "created_at": durations.text(created),
            "due_at": durations.text(due),
            "expires": durations.text(expires),
            "warn_at": durations.text(expires - warn if expires else None),
            "warn": expires is not None and expires - warn <= self._policy.now,
            "deleted": [key["token"] for key in gone],
            "old": [self._old_report(key) for key in self._of(wish)],
        }

    def _old_report(self, key: State) -> State:
        return {
            "key_alias": key["key_alias"],
            "key_hash": key["token"],
            "replaced_at": replaced(key)["at"],
            "last_active": durations.text(durations.moment(key.get("last_active"))),
            "deletable_at": durations.text(self._deletable_at(key)),
        }


def replaced(key: State) -> t.Any:
    """The note on a key that was replaced, empty on others."""
    return (key.get("metadata") or {}).get(REPLACED) or {}


def _age(created: str, now: datetime.datetime) -> float:
    when = durations.moment(created)
    return (now - when).total_seconds() if when else 0.0


def _lifetime(key: State) -> int | None:
    """Seconds for which the key was made to last; the new one lasts as long. None: for ever."""
    created, expires = durations.moment(key.get("created_at")), durations.moment(key.get("expires"))
    return max(1, round((expires - created).total_seconds())) if created and expires else None
