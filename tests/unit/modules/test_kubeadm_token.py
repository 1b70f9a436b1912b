# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reading the join command, and what appears on command lines."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kubeadm.cli import CommandError
from ansible_collections.inference.platform.plugins.modules import kubeadm_token

LINE = "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:00 \n"


def test_the_join_command_is_read_into_its_parts() -> None:
    assert kubeadm_token.parse_join_command(LINE) == {
        "endpoint": "10.0.0.1:6443",
        "token": "abcdef.0123456789abcdef",
        "ca_hash": "sha256:00",
    }


@pytest.mark.parametrize("line", ["", "kubeadm join", "kubeadm join x --token"])
def test_anything_else_is_refused_without_repeating_it(line: str) -> None:
    with pytest.raises(CommandError, match="printed no join command"):
        kubeadm_token.parse_join_command(line)


def test_the_secret_half_of_a_token_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(kubeadm_token, "kubectl", lambda *arguments: seen.extend(arguments) or "deleted")
    assert kubeadm_token.remove_token("abcdef.0123456789abcdef")
    assert "secret/bootstrap-token-abcdef" in seen
    assert "0123456789abcdef" not in " ".join(seen)


def test_a_stale_node_of_a_joining_host_is_removed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(kubeadm_token, "kubectl", lambda *arguments: order.append(arguments[2]) or "deleted")
    monkeypatch.setattr(kubeadm_token, "run", lambda argv, secret: order.append("create") or LINE)
    made = kubeadm_token.make_token("15m", ["m2"])
    assert order == ["m2", "create"]
    assert made["removed_nodes"] == ["m2"]
