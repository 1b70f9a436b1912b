# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What site.yml refuses before anything is changed: one clear message each, on the real machine."""

from __future__ import annotations

import json
import os
import pathlib
import socket
import subprocess
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOK = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
MODEL = {"name": "chat", "source": "builtin://tiny-coder", "served_for": ["chat"]}
TENANT = {"team": "default", "models": ["chat"], "keys": [{"alias": "default"}]}


class Site:
    """One try of site.yml with a state folder and names of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.state = folder / "state"
        self.variables: dict[str, t.Any] = {
            "platform_name": "refused",
            "platform_state_dir": str(self.state),
            "platform_network": {"address": "10.203.96.1/24"},
            "platform_endpoint_port": free_port(),
            "platform_models": [MODEL],
            "platform_tenants": [TENANT],
        }

    def refused(self, *prefix: str, **variables: t.Any) -> str:
        """The one message of a run that must end in preflight, with nothing made."""
        extra = json.dumps({**self.variables, **variables})
        answer = subprocess.run(
            [*prefix, PLAYBOOK, "-i", "inventories/local", "playbooks/site.yml", "-e", extra],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
        )
        words = " ".join(f"{answer.stdout} {answer.stderr}".split())
        assert answer.returncode == 2, words[-4000:]
        assert "Nothing was changed." in words
        assert "changed=0" in words.partition("PLAY RECAP")[2]
        assert not self.state.exists()
        assert not pathlib.Path("/sys/class/net/ipl-refused").exists()
        return words


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def site(tmp_path: pathlib.Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"platform_modles": []},
            "platform_modles: no such variable; did you mean platform_models?",
        ),
        ({"platform_profile": "everything"}, "platform_profile"),
        ({"platform_models": [{"name": "chat", "served_for": ["chat"]}]}, "source"),
        ({"platform_models": [MODEL, MODEL]}, "2 entries have the name 'chat'"),
        ({"platform_git": {"url": "https://git.example.com/x"}}, "needs token_file"),
    ],
    ids=["misspelt variable", "unknown profile", "model without source", "two models of one name", "git without token"],
)
def test_a_wrong_inventory(site: Site, variables: dict[str, t.Any], expected: str) -> None:
    assert expected in site.refused(**variables)


def test_somebody_who_is_not_root(site: Site) -> None:
    # A user namespace: the same files can be read, and the user is not root.
    assert "You are not root" in site.refused("unshare", "--user")


def test_too_little_disk(site: Site, tmp_path: pathlib.Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(small)], check=True)
    try:
        words = site.refused(platform_cache_dir=str(small))
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert f"{small} has 0.1 GiB free; the platform needs" in words


def test_too_little_memory(site: Site) -> None:
    words = site.refused(platform_models=[{**MODEL, "replicas": {"min": 5000}}])
    assert "GiB of memory; a local platform with 5000 engines needs 5011 GiB" in words


def test_another_architecture(site: Site) -> None:
    # The kernel's own word for it, as 32-bit programs on this machine see it.
    assert "This machine is i686" in site.refused("setarch", "i686")


def test_a_port_that_is_taken(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert f"Port {port} of 127.0.0.1 is taken" in site.refused(platform_endpoint_port=port)


def test_a_mirror_that_does_not_answer(site: Site) -> None:
    mirror = f"127.0.0.1:{free_port()}"
    assert mirror in site.refused(platform_artifacts="mirror", platform_mirror=mirror)


def test_time_slices_that_want_more_than_a_card(site: Site) -> None:
    words = site.refused(
        platform_gpu_stack="host",
        platform_gpu_sharing={"strategy": "timeslice", "replicas": 4},
        vllm_gpu_memory_utilization=0.5,
    )
    assert "4 engines on a card with 0.5 each would take 2 of its memory" in words


def test_a_model_that_cannot_fit_the_gpus(site: Site, tmp_path: pathlib.Path) -> None:
    llama = {
        "model_type": "llama",
        "num_hidden_layers": 32,
        "hidden_size": 4096,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_size": 14336,
        "vocab_size": 128256,
        "torch_dtype": "bfloat16",
    }
    (tmp_path / "config.json").write_text(json.dumps(llama))
    model = {**MODEL, "gpus": 1, "context": 8192, "config": str(tmp_path / "config.json")}
    words = site.refused(
        platform_models=[model],
        platform_gpu_stack="provider",
        platform_gpu={"name": "RTX 4090"},
        vllm_gpu_memory_utilization=0.5,
        vllm_extra_args=[],
    )
    assert "'chat' does not fit platform_gpu: RTX 4090 gives the engine 11.77 GiB (0.5 of 23.55 GiB)" in words
    assert "weights take 14.96 GiB" in words
