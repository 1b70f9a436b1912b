# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import durations
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError


@pytest.mark.parametrize(("text", "seconds"), [("0s", 0.0), ("90m", 5400.0), ("12h", 43200.0), ("2d", 172800.0)])
def test_spans_are_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert durations.seconds(text, "window") == seconds


@pytest.mark.parametrize("text", ["", "90", "-1d", "1.5h", "1mo", "soon"])
def test_other_spans_are_refused_by_the_name_of_their_option(text: str) -> None:
    with pytest.raises(InputError, match=r"^older_than: "):
        durations.seconds(text, "older_than")


def test_moments_of_litellm_are_in_utc_with_or_without_a_zone() -> None:
    for given in ("2026-11-21T18:00:00Z", "2026-11-21T18:00:00.123000", "2026-11-21T20:00:00+02:00"):
        assert durations.text(durations.moment(given)) == "2026-11-21T18:00:00Z"
    assert durations.text(durations.moment(None)) is None
