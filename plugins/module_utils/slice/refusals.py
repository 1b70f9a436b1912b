# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who must be refused: no key, a wrong key, an unknown model, a model outside the key's scope, a tenant as administrator."""

from __future__ import annotations

import functools
import typing as t

from .cluster import engine_pods, pod_status
from .context import ENGINE_PORT, Context, Settings
from .offers import Key, Model
from .results import Check, CheckError, Notes
from .wire import Answer

UNKNOWN_MODEL = "no-such-model"
WRONG_KEY = "sk-wrong-0000000000000000"
OPEN_DOOR = (
    "Anybody who reaches the endpoint can spend: set general_settings.master_key and check LiteLLM's authentication."
)


def checks(settings: Settings) -> list[Check]:
    """Refusals at the public endpoint and, without a key, at every engine."""
    found = [
        Check("refusals.no_key", "401 for /v1/models and for a chat", functools.partial(_door, key=None)),
        Check("refusals.wrong_key", "401 for /v1/models and for a chat", functools.partial(_door, key=WRONG_KEY)),
    ]
    if settings.keys:
        key = settings.keys[0]
        found += [
            Check("refusals.unknown_model", "400, 403 or 404", functools.partial(_unknown_model, key=key)),
            Check("refusals.admin", "401 or 403 for /key/list with a tenant's key", functools.partial(_admin, key=key)),
        ]
    outside = [(key, model) for key in settings.keys for model in settings.models if model.name not in key.models]
    found += [
        Check(
            f"refusals.scope.{key.name}.{model.name}",
            "403 for a model that exists and is not in the key's scope",
            functools.partial(_outside_scope, key=key, model=model),
        )
        for key, model in outside
    ]
    return found + [
        Check(
            f"refusals.engine.{model.name}",
            "401 from every engine without the platform's key",
            functools.partial(_engine, model=model),
        )
        for model in settings.models
    ]


def chat(model: str) -> dict[str, t.Any]:
    """The smallest chat."""
    return {"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}


def _door(context: Context, notes: Notes, *, key: str | None) -> None:
    model = context.settings.models[0].api_names[0]
    for method, path, body in (("GET", "/v1/models", None), ("POST", "/v1/chat/completions", chat(model))):
        answer = _send(context, notes, f"{method} {path}", key=key, body=body)
        judge(answer, (401,), f"{method} {path}", OPEN_DOOR)


def _unknown_model(context: Context, notes: Notes, *, key: Key) -> None:
    answer = _send(context, notes, "POST /v1/chat/completions", key=key.value, body=chat(UNKNOWN_MODEL))
    judge(answer, (400, 403, 404), "a chat with an unknown model", "LiteLLM must not have a wildcard model.")


def _admin(context: Context, notes: Notes, *, key: Key) -> None:
    answer = _send(context, notes, "GET /key/list", key=key.value)
    judge(
        answer,
        (401, 403),
        f"GET /key/list with the key of {key.name}",
        "A tenant's key may administer LiteLLM: make it a virtual key of a team, without a user role.",
    )


def _outside_scope(context: Context, notes: Notes, *, key: Key, model: Model) -> None:
    path, body = _request(model)
    answer = _send(context, notes, f"POST {path}", key=key.value, body=body)
    judge(
        answer,
        (403,),
        f"POST {path} for {body['model']} with the key of {key.name}",
        "The scope is not enforced: run the playbook tenants.yml, which sets the models of team and key.",
    )


def _request(model: Model) -> tuple[str, dict[str, t.Any]]:
    if model.chats:
        return "/v1/chat/completions", chat(model.name)
    if "fim" in model.served_for:
        return "/v1/completions", {"model": model.fim_name, "prompt": "x", "max_tokens": 1}
    return "/v1/embeddings", {"model": model.name, "input": "x"}


def _engine(context: Context, notes: Notes, *, model: Model) -> None:
    pods = engine_pods(context.cluster, model.name)
    if not pods:
        raise CheckError(f"model {model.name} has no running engine pod.", "See the check 'engines' of this model.")
    for pod in pods:
        notes.sent(f"GET http://{pod.name}:{ENGINE_PORT}/v1/models")
        status, text = pod_status(context.cluster, pod, ENGINE_PORT, "/v1/models")
        notes.got(f"HTTP {status} {text}")
        if status != 401:
            raise CheckError(
                f"engine pod {pod.name} answers {status} instead of 401 without a key.",
                "Set VLLM_API_KEY from Secret serving/vllm-api-key in the engine's Deployment."
                if status == 200
                else "The API server cannot reach the pod: look at the pod and at policies that block its node.",
            )


def _send(context: Context, notes: Notes, line: str, *, key: str | None, body: t.Any = None) -> Answer:
    notes.sent(line, body)
    method, path = line.split(" ", 1)
    answer = context.http.call(method, path, key, body)
    notes.got(f"HTTP {answer.status} {answer.text}")
    return answer


def judge(answer: Answer, allowed: tuple[int, ...], what: str, cure: str) -> None:
    """Raises CheckError unless the status is one of the allowed refusals."""
    if answer.status in allowed:
        return
    wanted = " or ".join(str(status) for status in allowed)
    broken = "The service failed instead of refusing: look at LiteLLM's log and its database."
    raise CheckError(
        f"{what} was answered with HTTP {answer.status} instead of {wanted}.", cure if answer.status < 500 else broken
    )


__all__ = ("chat", "checks", "judge")
