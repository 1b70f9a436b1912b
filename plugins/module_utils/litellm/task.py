# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every module that talks to LiteLLM does around its work: options, a client, one way to end."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from . import connection, versions
from .client import Client
from .errors import ApiError, LiteLLMError
from .fields import Outcome, State

Spec = dict[str, dict[str, t.Any]]


def module(options: Spec, **rules: t.Any) -> AnsibleModule:
    """The module with these options besides those of the connection; ``rules`` are AnsibleModule's, like required_if."""
    made: AnsibleModule = AnsibleModule(  # type: ignore[no-untyped-call]
        argument_spec={**connection.argument_spec(), **options},
        mutually_exclusive=[*connection.MUTUALLY_EXCLUSIVE, *rules.pop("mutually_exclusive", [])],
        required_one_of=connection.REQUIRED_ONE_OF,
        supports_check_mode=True,
        **rules,
    )
    return made


@contextlib.contextmanager
def client(of: AnsibleModule, name: str) -> t.Iterator[Client]:
    """A client for the module of that name. What goes wrong with LiteLLM ends the module with its message.

    A version of LiteLLM that was never run gets a warning, beside a refusal as well, because it may be the reason.
    """
    try:
        with contextlib.closing(
            Client(connection.connection(of.params), changed_by=f"inference.platform.{name}")
        ) as made:
            try:
                yield made
            except ApiError as error:
                if error.status < 500:
                    _warn(of, made)
                raise
            _warn(of, made)
    except LiteLLMError as error:
        of.fail_json(msg=str(error))


def _warn(of: AnsibleModule, made: Client) -> None:
    text = versions.doubt(versions.version(made))
    if text:
        of.warn(text)


def finish(of: AnsibleModule, outcome: Outcome, result: str, more: State) -> t.NoReturn:
    """Ends the module. ``more`` joins the object's managed fields in the result, when the object is there."""
    found = {**outcome.after, **more} if outcome.after else {}
    of.exit_json(changed=outcome.changed, diff={"before": outcome.before, "after": outcome.after}, **{result: found})


def spent(outcome: Outcome) -> float:
    """US dollars in the object's running counter."""
    return float(outcome.raw.get("spend") or 0.0)
