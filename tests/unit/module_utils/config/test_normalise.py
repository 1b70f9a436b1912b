# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The validated configuration that roles read."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config.normalise import (
    layers_of,
    normalise,
    with_defaults,
)

IMAGES = {"tiny-coder": "quay.io/example/tiny-coder:1"}


@pytest.fixture(autouse=True)
def _no_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def test_a_built_in_model_gets_the_image_of_the_catalogue_and_its_folder() -> None:
    model = {"name": "chat", "source": "builtin://tiny-coder", "served_for": ["chat"], "replicas": {"min": 2}}
    (normal,) = normalise(with_defaults({"models": [model]}), IMAGES, "/home/a")["models"]
    assert (normal["image"], normal["path"]) == ("quay.io/example/tiny-coder:1", "/models/tiny-coder")
    assert normal["replicas"] == {"min": 2, "max": 2}
    assert normal["cpu"] is True


def test_a_model_image_is_split_into_image_and_folder() -> None:
    model = {"name": "chat", "source": "oci://registry.lan/m:1#/models/x", "served_for": ["chat"], "gpus": 1}
    (normal,) = normalise(with_defaults({"models": [model]}), IMAGES, "/home/a")["models"]
    assert (normal["image"], normal["path"], normal["cpu"]) == ("registry.lan/m:1", "/models/x", False)


def test_a_model_without_a_price_still_costs_something() -> None:
    model = {"name": "chat", "source": "hf://a/b", "served_for": ["chat"]}
    (normal,) = normalise(with_defaults({"models": [model]}), IMAGES, "/home/a")["models"]
    assert normal["price"]["input_per_token"] > 0
    assert (normal["image"], normal["path"]) == ("", "a/b")


def test_state_and_cache_lie_below_the_home_folder_unless_xdg_or_the_inventory_say_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (
        normalise(with_defaults({}), IMAGES, "/home/a")["state_dir"] == "/home/a/.local/state/inference-platform/demo"
    )
    monkeypatch.setenv("XDG_CACHE_HOME", "/big")
    assert normalise(with_defaults({}), IMAGES, "/home/a")["cache_dir"] == "/big/inference-platform"
    assert normalise(with_defaults({"state_dir": "/srv/p"}), IMAGES, "/home/a")["kubeconfig"] == "/srv/p/kubeconfig"


def test_profiles_add_layers_to_those_before_them() -> None:
    assert layers_of("platform") == ["metrics_server"]
    assert layers_of("serving")[:2] == ["metrics_server", "vllm"]
    assert "litellm" in layers_of("llm_gateway")
    assert "litellm" not in layers_of("serving")


def test_without_a_repository_the_platforms_own_git_server_is_meant() -> None:
    git = normalise(with_defaults({"git": {"branch": "live"}}), IMAGES, "/home/a")["git"]
    assert (git["url"], git["branch"], git["manual"]) == ("", "live", [])
