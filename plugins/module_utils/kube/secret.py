# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One Secret whose values are made once and never changed."""

from __future__ import annotations

import dataclasses
import typing as t

from .client import Client
from .errors import ApiError, KubeError
from .generate import Spec, decode, encode, missing_values, unseeded
from .objects import MANAGED_BY, MANAGER_LABEL, PART_OF, Object

_TRIES = 5


@dataclasses.dataclass(frozen=True)
class State:
    """What the Secret holds after (in check mode: would hold) and which keys and labels that added or, of keys, removed."""

    values: dict[str, str]
    added: frozenset[str]
    labels: frozenset[str]
    existed: bool
    removed: frozenset[str] = frozenset()

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed or self.labels or not self.existed)

    def before_text(self) -> str:
        kept = (self.values.keys() - self.added) | self.removed
        return "".join(f"{key}: ***\n" for key in sorted(kept)) if self.existed else ""

    def after_text(self) -> str:
        keys = "".join(f"{key}: ***\n" for key in sorted(self.values))
        return keys + "".join(f"label {label}\n" for label in sorted(self.labels))


class Secret:
    """Reads and writes one Secret through the API."""

    def __init__(self, client: Client, namespace: str, name: str) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._collection = f"/api/v1/namespaces/{namespace}/secrets"
        self._path = f"{self._collection}/{name}"

    def ensure(
        self,
        specs: dict[str, Spec],
        labels: dict[str, str],
        *,
        anew: t.Collection[str] = (),
        given: t.Mapping[str, str] | None = None,
        check: bool,
    ) -> State:
        """Add what is missing, and make the keys ``anew`` even so. Raises KubeError.

        With ``given`` these values stand in the Secret as they are, and what is neither there nor in ``specs`` goes.
        Another writer at the same time wins: then we look again.
        """
        wanted = {PART_OF: "inference-platform", MANAGED_BY: MANAGER_LABEL, **{k: str(v) for k, v in labels.items()}}
        for attempt in range(_TRIES):
            live = self._client.find(self._path)
            held = decode(live.get("data") if live else None)
            present = {key: value for key, value in held.items() if key not in anew}
            gone = frozenset() if given is None else frozenset(held.keys() - given.keys() - specs.keys())
            present = {key: value for key, value in present.items() if key not in gone}
            added = {key: value for key, value in (given or {}).items() if present.get(key) != value}
            lookup = self._imagine_other if check else self._read_other
            added |= missing_values(unseeded(specs, anew), {**present, **added}, lookup, self._find_other)
            known = (live or {}).get("metadata", {}).get("labels") or {}
            new_labels = {key: value for key, value in wanted.items() if known.get(key) != value}
            texts = frozenset(f"{key}: {value}" for key, value in new_labels.items())
            state = State({**present, **added}, frozenset(added), texts, live is not None, gone)
            if check or not state.changed:
                return state
            try:
                self._write(live, added, gone, new_labels)
            except ApiError as error:
                if error.status != 409 or attempt == _TRIES - 1:
                    raise
                continue
            return state
        raise AssertionError("unreachable: the last attempt returns or raises")

    def remove(self, *, check: bool) -> bool:
        """Delete the Secret; returns whether there was one."""
        live = self._client.find(self._path)
        if live is None:
            return False
        if not check:
            self._client.delete(self._path, uid=live["metadata"]["uid"], propagation="Background")
        return True

    def _write(
        self, live: Object | None, added: dict[str, str], gone: t.Collection[str], labels: dict[str, str]
    ) -> None:
        metadata: Object = {"labels": labels}
        body: Object = {"metadata": metadata, "data": {**encode(added), **dict.fromkeys(gone)}}
        if live is None:
            metadata |= {"name": self._name, "namespace": self._namespace}
            self._client.create(self._collection, {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", **body})
            return
        # Naming the version makes the API server refuse (409) when somebody wrote in between.
        metadata["resourceVersion"] = live["metadata"]["resourceVersion"]
        self._client.merge(self._path, body)

    def _read_other(self, namespace: str, name: str, key: str) -> str:
        found = self._find_other(namespace, name, key)
        if found is None:
            raise KubeError(
                f"cannot copy {key} from Secret {namespace}/{name}: it does not exist or has no such key. Make it first."
            )
        return found

    def _find_other(self, namespace: str, name: str, key: str) -> str | None:
        live = self._client.find(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        return decode(live.get("data") if live else None).get(key)

    def _imagine_other(self, namespace: str, name: str, key: str) -> str:
        """In check mode the other Secret may be one that an earlier task of the same play would have made."""
        return ""
