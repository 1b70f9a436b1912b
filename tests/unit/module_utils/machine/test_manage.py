# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import manage
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec

from .conftest import FakeHost


def test_a_second_run_waits_for_the_first_and_then_says_so(host: FakeHost, spec: Spec) -> None:
    with manage.locked(host, spec, create=True):
        with (
            pytest.raises(MachineError, match="another run has worked on the machines in"),
            manage.locked(host, spec, create=True),
        ):
            pytest.fail("two runs at once")
        assert host.clock >= spec.timeout
    with manage.locked(host, spec, create=True):
        pass


def test_an_absent_platform_needs_no_lock_and_gets_no_folder(host: FakeHost, spec: Spec) -> None:
    with manage.locked(host, spec, create=False):
        assert not spec.directory.parent.exists()
