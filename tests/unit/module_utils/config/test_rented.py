# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Rented machines: everything that would cost money for nothing is said before anything is rented."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import rented, validate
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import normalise, with_defaults
from ansible_collections.inference.platform.plugins.module_utils.vast import labels

NODE = {"name": "node-1", "gpu": "RTX 4090", "gpus": 1, "disk_gb": 150, "countries": ["SE", "NO"]}
LAN = {"nodes": ["10.0.0.0/24"]}
GOOD: dict[str, t.Any] = {
    "substrate": "vast",
    "profile": "platform",
    "vast_owner": "alice@desk",
    "vast_max_usd_per_hour": 1.5,
    "vast_nodes": [NODE],
}


def findings(**changed: t.Any) -> list[str]:
    given = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    shape = validate.schema_findings(given)
    return shape or validate.meaning_findings(with_defaults(given))


def test_a_node_becomes_a_label_a_disk_and_a_search() -> None:
    assert findings() == []
    vast = normalise(with_defaults(GOOD), {}, "/home/alice")["vast"]
    assert vast["label"] == "inference-platform/alice@desk/demo"
    assert vast["nodes"] == [
        {
            "name": "node-1",
            "label": "inference-platform/alice@desk/demo/node-1",
            "disk_gb": 150,
            "image": "",
            "template_hash": "",
            "search": {"gpu": "RTX 4090", "gpus": 1, "countries": ["SE", "NO"]},
        }
    ]


def test_without_a_name_of_the_owner_it_is_that_of_the_modules() -> None:
    vast = normalise(with_defaults({**GOOD, "vast_owner": ""}), {}, "/home/bob")["vast"]
    assert vast["owner"] == labels.default_owner()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"vast_nodes": []}, ["platform_vast_nodes", "no machine"]),
        ({"vast_nodes": None}, ["platform_vast_nodes", "no machine"]),
        ({"vast_max_usd_per_hour": None}, ["platform_vast_max_usd_per_hour", "not set"]),
        ({"vast_max_usd_per_hour": 0}, ["platform_vast_max_usd_per_hour"]),
        ({"vast_owner": "a/b"}, ["platform_vast_owner", "a/b"]),
        ({"vast_nodes": [NODE, NODE], "network": LAN}, ["platform_vast_nodes", "2 entries", "node-1"]),
        ({"vast_nodes": [NODE, {**NODE, "name": "node-2"}]}, ["platform_network.nodes", "2 machines"]),
        ({"vast_nodes": [{**NODE, "gpuz": 2}]}, ["platform_vast_nodes[0]", "gpuz", "did you mean gpu?"]),
        ({"vast_nodes": [{**NODE, "countries": ["Sweden"]}]}, ["countries", "Sweden"]),
        ({"vast_nodes": [{**NODE, "max_usd_per_hour": 2}]}, ["node-1", "2 USD per hour", "1.5"]),
        ({"vast_nodes": [{**NODE, "image": "x", "template_hash": "y"}]}, ["node-1", "choose one"]),
        ({"vast_nodes": [{**NODE, "vm": False}]}, ["node-1", "virtual machine"]),
        ({"vast_kubernetes_port": 4000}, ["platform_vast_kubernetes_port", "platform_endpoint_port"]),
    ],
)
def test_each_mistake_is_named(changed: dict[str, t.Any], words: list[str]) -> None:
    (finding,) = findings(**changed)
    assert [word for word in words if word not in finding] == [], finding


def test_other_substrates_need_nothing_of_it() -> None:
    assert findings(substrate="local", vast_nodes=None, vast_max_usd_per_hour=None) == []


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (None, 0, ["cannot be read", "No such file", "manage-keys"]),
        ("", 0o600, ["is empty"]),
        ("two words", 0o600, ["more than one word"]),
        ("secret-key", 0o644, ["mode 0644", "chmod 600"]),
    ],
)
def test_a_key_file_that_cannot_be_used_is_named_without_its_text(
    tmp_path: pathlib.Path, text: str | None, mode: int, words: list[str]
) -> None:
    file = tmp_path / "vast_api_key"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    (finding,) = rented.key_findings(str(file))
    assert [word for word in [*words, str(file)] if word not in finding] == [], finding
    assert "secret" not in finding


def test_a_key_file_of_its_owner_alone_is_fine(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "vast_api_key"
    file.write_text("secret-key\n")
    file.chmod(0o600)
    assert rented.key_findings(str(file)) == []


def test_the_git_server_of_rented_machines_is_reached_through_the_tunnel() -> None:
    server = normalise(with_defaults(GOOD), {}, "/home/alice", "203.0.113.9")["git_server"]
    assert server == {"address": "127.0.0.1", "port": 16022}


def test_the_git_server_of_other_machines_is_reached_on_a_node() -> None:
    server = normalise(with_defaults({}), {}, "/home/alice", "10.203.0.11")["git_server"]
    assert server == {"address": "10.203.0.11", "port": 30022}


def test_each_forwarded_port_needs_a_number_of_its_own() -> None:
    (found,) = findings(vast_git_port=16443)
    assert "platform_vast_git_port: platform_vast_kubernetes_port has the same number" in found


def test_the_nodes_of_this_host_are_in_the_network_of_their_bridge() -> None:
    network = normalise(with_defaults({"network": {"address": "10.9.8.1/24"}}), {}, "/home/alice")["network"]
    assert network["nodes"] == ["10.9.8.0/24"]
