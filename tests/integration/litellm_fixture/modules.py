# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Running a module in this process, as Ansible runs it in its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import typing as t
import unittest.mock

from ansible.module_utils.testing import patch_module_args


def run(name: str, arguments: dict[str, t.Any], *, check: bool = False) -> dict[str, t.Any]:
    """The result of one call of inference.platform.<name>; failures have C(failed)."""
    module = importlib.import_module(f"ansible_collections.inference.platform.plugins.modules.{name}")
    printed = io.StringIO()
    given = {**arguments, "_ansible_check_mode": check, "_ansible_diff": True}
    # Where another test of this process has imported Ansible's controller, warnings would go to the screen instead.
    as_on_a_host = unittest.mock.patch("ansible.module_utils._internal.is_controller", False)
    with patch_module_args(given), as_on_a_host, contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        module.main()
    result: dict[str, t.Any] = json.loads(printed.getvalue())
    return result


class Calls:
    """Calls modules with the address and the master key of a proxy."""

    def __init__(self, url: str, master_key: str, **access: t.Any) -> None:
        self.access = {"url": url, "master_key": master_key, **access}

    def __call__(self, name: str, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """The result of inference.platform.litellm_<name>."""
        return run(f"litellm_{name}", {**self.access, **options}, check=check)
