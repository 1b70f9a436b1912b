# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every module for Vast does around its work: options, a client, one way to end."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from . import connection
from .client import Client
from .errors import RestError

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
def client(of: AnsibleModule) -> t.Iterator[Client]:
    """A client. What goes wrong with Vast ends the module with its message."""
    try:
        with contextlib.closing(Client(connection.connection(of.params))) as made:
            yield made
    except RestError as error:
        of.fail_json(msg=str(error))
