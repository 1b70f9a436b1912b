# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ansible_collections.inference.platform.plugins.module_utils.litellm import fields


def test_only_given_fields_and_cleared_ones_are_wanted() -> None:
    given = {"max_budget": 5.0, "rpm_limit": None, "models": []}
    assert fields.wanted_fields(given, clear=["tpm_limit", "max_budget"]) == {
        "tpm_limit": None,
        "max_budget": 5.0,
        "models": [],
    }


def test_what_the_server_has_already_is_not_sent() -> None:
    wanted = {"models": ["b", "a"], "max_budget": 5, "blocked": False, "metadata": {}, "rpm_limit": 3}
    current = {"models": ["a", "b"], "max_budget": 5.0, "blocked": None, "metadata": None, "rpm_limit": 4}
    assert fields.differing(wanted, current) == {"rpm_limit": 3}


def test_a_field_to_clear_is_sent_as_null_only_where_it_is_set() -> None:
    assert fields.differing({"rpm_limit": None}, {"rpm_limit": 4}) == {"rpm_limit": None}
    assert fields.differing({"rpm_limit": None}, {"rpm_limit": None}) == {}
