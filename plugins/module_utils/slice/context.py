# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every check is given: the public endpoint, the admin's view of the ledger and a view of the cluster that only reads."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .offers import Key, Model
from .results import CheckError
from .wire import Answer, Http

if t.TYPE_CHECKING:
    import openai

Query = t.Mapping[str, str | int]

ENGINE_PORT = 8000


class Reader(t.Protocol):
    """The part of a Kubernetes client that the checks use: nothing in it can write.

    ``get`` returns one JSON answer, ``list`` all items of a collection, ``text`` a plain answer. All raise KubeError.
    """

    def get(self, path: str, query: Query | None = None) -> dict[str, t.Any]: ...
    def list(self, path: str, query: Query | None = None) -> tuple[list[dict[str, t.Any]], str]: ...
    def text(self, path: str, query: Query | None = None) -> str: ...


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is promised and how hard to look. Times in seconds. ``external`` are models that other servers answer for."""

    endpoint: str
    models: tuple[Model, ...]
    keys: tuple[Key, ...]
    external: tuple[Model, ...] = ()
    tree: str = ""
    timeout: float = 20.0
    ledger_timeout: float = 25.0
    burst: int = 16
    latency_samples: int = 24

    def chat_models(self) -> tuple[Model, ...]:
        return tuple(model for model in self.models if model.chats and self.keys_for(model))

    def models_for(self, purpose: str) -> tuple[Model, ...]:
        return tuple(model for model in self.models if purpose in model.served_for and self.keys_for(model))

    def keys_for(self, model: Model) -> tuple[Key, ...]:
        return tuple(key for key in self.keys if model.name in key.models)


class Context:
    """Settings and connections of one run; safe to share between threads.

    Args:
        settings: what is promised.
        master_key: LiteLLM's master key, used for reading the ledger and for keys that live for one check.
        cluster: a client that reads the cluster.

    """

    def __init__(self, settings: Settings, master_key: str, cluster: Reader) -> None:
        self.settings = settings
        self.cluster = cluster
        self.http = Http(settings.endpoint, settings.timeout)
        self._master_key = master_key
        self._secrets = [master_key, *(key.value for key in settings.keys)]

    def key(self, model: Model) -> str:
        """A tenant's key that may use ``model``."""
        return self.settings.keys_for(model)[0].value

    def admin(self, path: str) -> Answer:
        """GET from LiteLLM's admin API."""
        return self.http.call("GET", path, self._master_key)

    def administer(self, path: str, body: t.Any) -> Answer:
        """POST to LiteLLM's admin API."""
        return self.http.call("POST", path, self._master_key, body)

    def keep_secret(self, value: str) -> None:
        """One more value that must not stand in any text."""
        self._secrets.append(value)

    def sdk(self, key: str) -> openai.OpenAI:
        """The official client as a tenant uses it; it must not hide a failure by trying again."""
        return _sdk(self.http.base, key, self.settings.timeout)

    def redact(self, text: str) -> str:
        """The text without any secret that this run knows."""
        for secret in tuple(self._secrets):
            if secret:
                text = text.replace(secret, "********")
        return text


@functools.cache
def _sdk(base: str, key: str, timeout: float) -> openai.OpenAI:
    import openai  # noqa: PLC0415 - takes most of a second, and check mode does not need it

    return openai.OpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0, timeout=timeout)


def must_be_ok(answer: Answer, what: str) -> None:
    """Raises CheckError with the reason of the server and a cure unless the status is 200."""
    if answer.status == 200:
        return
    detail = str(answer.error().get("message") or answer.text).strip()
    raise CheckError(f"{what} was answered with HTTP {answer.status}: {detail[:400]}", cure_for(answer.status))


def cure_for(status: int) -> str:
    """What to do about a status that should have been 200."""
    known = {
        401: "The key is not accepted, or a replica of the engine does not accept the platform's own key: "
        "compare the checks 'models' and 'replicas', then run the playbooks tenants.yml and platform.yml.",
        403: "The key may not use this model: run the playbook tenants.yml, which sets the scope of teams and keys.",
        404: "The gateway or the engine does not know this model: run the playbook platform.yml.",
        422: "The budget of the key or its team is used up: raise it in platform_tenants.",
        429: "A limit of the key or its team is too low for the checks: raise rpm and tpm in platform_tenants.",
    }
    return known.get(
        status,
        "LiteLLM did not get an answer from the engines: see the checks 'workloads', 'engines' and "
        "'endpoint_picker', and the logs of LiteLLM and the gateway.",
    )


__all__ = ("ENGINE_PORT", "Context", "Reader", "Settings", "cure_for", "must_be_ok")
