# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whose a label is, what an instance costs, where it answers, and what errors mean."""

from __future__ import annotations

import os
import signal
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.rest.client import Refusal
from ansible_collections.inference.platform.plugins.module_utils.vast import guard, instances, labels, ssh_keys
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client
from ansible_collections.inference.platform.plugins.module_utils.vast.connection import Connection
from ansible_collections.inference.platform.plugins.module_utils.vast.errors import ApiError, InputError, said


def test_a_label_has_an_owner_a_platform_and_a_node() -> None:
    label = labels.checked("inference-platform/alice@desk/demo/node-1", "alice@desk")
    assert (label.owner, label.platform, label.node) == ("alice@desk", "demo", "node-1")
    assert str(label) == "inference-platform/alice@desk/demo/node-1"


@pytest.mark.parametrize(
    "text",
    ["", "node-1", "other/a/b/c", "inference-platform/a/b", "inference-platform/a/b/c/d", "inference-platform/a//c",
     "inference-platform/a/b/c d", "inference-platform/a/b/c\n"],
)  # fmt: skip
def test_what_is_no_label_of_ours_is_nobodys(text: str) -> None:
    assert labels.parse(text) is None
    with pytest.raises(InputError, match="label must look like"):
        labels.checked(text, "a")


def test_a_label_that_begins_like_ours_is_not_ours() -> None:
    with pytest.raises(InputError, match="belongs to 'alice@desk2'"):
        labels.checked("inference-platform/alice@desk2/demo/node-1", "alice@desk")


def test_without_an_owner_it_is_the_user_at_this_machine() -> None:
    user, _, machine = labels.default_owner().partition("@")
    assert user
    assert machine == os.uname().nodename


def test_only_the_owners_instances_are_found() -> None:
    rows = [
        {"id": number, "label": label}
        for number, label in enumerate(
            [
                None,
                "training",
                "inference-platform/alice@desk/demo/node-1",
                "inference-platform/alice@desk/other/node-1 ",
                "inference-platform/alice@desk2/demo/node-1",
            ]
        )
    ]
    assert [row["id"] for row in instances.owned(rows, "alice@desk")] == [2, 3]
    assert [row["id"] for row in instances.owned(rows, "alice@desk", platform="demo")] == [2]


RUNNING = {"actual_status": "running", "intended_status": "running", "dph_total": 0.5, "dph_base": 0.4}


@pytest.mark.parametrize(
    ("row", "usd"),
    [
        (RUNNING, 0.5),
        ({**RUNNING, "actual_status": None}, 0.5),
        ({**RUNNING, "actual_status": "exited"}, 0.5),
        ({**RUNNING, "intended_status": "stopped"}, 0.5),
        ({**RUNNING, "intended_status": "stopped", "actual_status": "exited", "storage_total_cost": 0.02}, 0.02),
        ({**RUNNING, "intended_status": "stopped", "actual_status": "stopped"}, pytest.approx(0.1)),
        ({"intended_status": "stopped", "actual_status": "stopped", "dph_total": 0.5}, 0.5),
    ],
)
def test_a_machine_costs_everything_until_it_is_known_to_be_halted(row: dict[str, t.Any], usd: float) -> None:
    assert instances.usd_per_hour(row) == usd


@pytest.mark.parametrize(
    ("row", "address"),
    [
        ({"ssh_host": "ssh5.vast.ai", "ssh_port": 10022}, ("ssh5.vast.ai", 10022)),
        (
            {
                "ssh_host": "ssh5.vast.ai",
                "ssh_port": 10022,
                "public_ipaddr": "192.0.2.1 ",
                "ports": {"22/tcp": [{"HostIp": "0.0.0.0", "HostPort": "40022"}]},  # noqa: S104
            },
            ("192.0.2.1", 40022),
        ),
        ({"ssh_host": "ssh5.vast.ai", "ssh_port": 10022, "ports": [8080]}, ("ssh5.vast.ai", 10022)),
        ({"ssh_host": None, "ssh_port": None, "ports": {}}, None),
    ],
)
def test_ssh_goes_to_the_mapped_port_or_through_the_proxy(
    row: dict[str, t.Any], address: tuple[str, int] | None
) -> None:
    assert instances.address(row) == address


def test_what_opens_a_machine_is_not_shown() -> None:
    row = {"id": 1, "label": "x", "jupyter_token": "secret", "instance_api_key": "secret", **RUNNING}
    assert "secret" not in str(instances.view(row))


def refused(status: int, body: bytes) -> ApiError:
    return ApiError("http://v", Refusal("renting", "PUT /api/v0/asks/1/", status, body, None))


@pytest.mark.parametrize(
    ("status", "body", "sold"),
    [
        (410, b'{"error": "no_such_ask", "msg": "no longer available"}', True),
        (404, b'{"error": "invalid_args", "msg": "error 404/3603: no_such_ask by id 1 is not available."}', True),
        (400, b'{"error": "invalid_args", "msg": "no_such_ask"}', True),
        (404, b'{"error": "auth_error", "msg": "Invalid user key"}', False),
        (400, b'{"error": "insufficient_credit", "msg": "lacks credit"}', False),
        (500, b"<html>not available</html>", False),
    ],
)
def test_an_offer_is_sold_only_when_the_provider_says_so(status: int, body: bytes, sold: bool) -> None:
    assert refused(status, body).sold is sold


def test_errors_say_what_to_do() -> None:
    assert "Check the API key" in str(refused(404, b'{"error": "auth_error", "msg": "Invalid user key"}'))
    assert "Add credit" in str(refused(400, b'{"error": "insufficient_credit", "msg": "lacks credit"}'))
    assert "midnight UTC" in str(refused(429, b'{"error": "search_quota_exceeded"}'))
    assert "permissions" in str(refused(403, b"{}"))


@pytest.mark.parametrize(
    ("body", "gone"), [(b'{"error": "no_such_instance"}', True), (b'{"error": "auth_error"}', False)]
)
def test_what_is_gone_counts_as_destroyed_and_a_wrong_key_does_not(
    monkeypatch: pytest.MonkeyPatch, body: bytes, gone: bool
) -> None:
    client = Client(Connection(url="http://v", api_key="k"))

    def request(*_arguments: object, **_more: object) -> t.NoReturn:
        raise refused(404, body)

    monkeypatch.setattr(client._rest, "request", request)
    if gone:
        assert client.delete("/api/v0/instances/1/", doing="destroying") == {}
        return
    with pytest.raises(ApiError, match="Check the API key"):
        client.delete("/api/v0/instances/1/", doing="destroying")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"success": false, "error": "a", "msg": "b"}', ("a", "b")),
        (b'{"error": "a"}', ("a", "a")),
        (b"API requests too frequent", ("", "API requests too frequent")),
        (b"[1]", ("", "[1]")),
        (b"", ("", "(an empty answer)")),
    ],
)
def test_the_sentence_is_found_in_every_form_of_answer(body: bytes, found: tuple[str, str]) -> None:
    assert said(body) == found


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0rM2J2c2h1dGRvd25kZWFkYmVlZjAxMjM0NTY3ODkw"


def test_a_key_is_the_same_under_another_comment() -> None:
    one, other = ssh_keys.parse(f"{KEY} alice"), ssh_keys.parse(f"  {KEY}\n")
    assert one is not None
    assert one.same(other)
    assert one.line == f"{KEY} alice"


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 ???", "hello world", "command=x ssh-rsa AAAA"])
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="must be one public key"):
        ssh_keys.checked(line, "public_key")


def test_a_signal_is_raised_once_later_ones_are_remembered_and_the_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with guard.signals_raise() as signals:
        with pytest.raises(guard.Interrupted, match="SIGTERM"):
            os.kill(os.getpid(), signal.SIGTERM)
        # an impatient second signal must not stop what cleans up
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.heard == signal.SIGINT
    assert signal.getsignal(signal.SIGTERM) is before
