# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import ApiError, server_message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": {"message": "no", "type": "x", "code": "400"}}', "no"),
        (b'{"error": {"message": "{\'error\': \'Team t already exists\'}", "code": "400"}}', "Team t already exists"),
        (b'{"detail": {"error": "not allowed"}}', "not allowed"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"detail": [{"loc": ["body"]}]}', '[{"loc": ["body"]}]'),
        (b"<html>bad gateway</html>", "<html>bad gateway</html>"),
        (b'{"error": {"message": "{\'broken"}}', "{'broken"),
        (b"", "(an empty answer)"),
    ],
)
def test_the_sentence_is_found_in_every_form_that_litellm_answers(body: bytes, text: str) -> None:
    assert server_message(body) == text


def test_a_long_answer_is_cut() -> None:
    assert len(server_message(b"x" * 10_000)) == 500


def error(status: int) -> ApiError:
    return ApiError(
        url="http://p", doing="reading team 't'", route="GET /team/info", status=status, body=b"no", retry_after=None
    )


def test_an_error_says_what_was_tried_where_and_what_came_back() -> None:
    assert str(error(404)) == "LiteLLM at http://p answered 404 to GET /team/info while reading team 't': no."


def test_a_refused_key_names_the_cure() -> None:
    assert "Check that the master key" in str(error(401))
    assert "the master key is needed" in str(error(403))
