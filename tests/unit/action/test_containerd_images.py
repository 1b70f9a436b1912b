# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which blobs are copied to a host that does not mount the layout."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.inference.platform.plugins.action import containerd_images


def store(layout: Path, content: bytes) -> dict[str, object]:
    """Store a blob in a layout and return its descriptor."""
    value = hashlib.sha256(content).hexdigest()
    folder = layout / "blobs" / "sha256"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / value).write_bytes(content)
    return {"digest": f"sha256:{value}", "size": len(content)}


def image(layout: Path, name: str, *layers: bytes) -> dict[str, str]:
    """Store an image and return it as the module reports a missing one."""
    manifest = {"config": store(layout, name.encode()), "layers": [store(layout, layer) for layer in layers]}
    return {"ref": name, "digest": str(store(layout, json.dumps(manifest).encode())["digest"])}


class Host:
    """A host that a copy can reach: notes what it gets and runs no command but a listing."""

    def __init__(self, listing: str = "") -> None:
        self.listing = listing
        self.puts: list[tuple[str, str]] = []
        self.commands: list[str] = []

    def put_file(self, source: str, target: str) -> None:
        """Take a file."""
        self.puts.append((source, target))

    def run(self, command: str) -> dict[str, object]:
        """Run a command."""
        self.commands.append(command)
        return {"rc": 0, "stdout": self.listing if "stat" in command else "", "stderr": ""}


def action(host: Host) -> containerd_images.ActionModule:
    """The action on a connection to that host."""
    made = containerd_images.ActionModule.__new__(containerd_images.ActionModule)
    made._connection = host
    made._low_level_execute_command = host.run
    return made


def test_a_blob_of_two_images_is_copied_once(tmp_path: Path) -> None:
    missing = [image(tmp_path, "one", b"shared", b"1"), image(tmp_path, "two", b"shared", b"2")]
    assert len(containerd_images.needed_blobs(tmp_path, missing)) == 2 * 3 + 1


def test_what_an_interrupted_run_copied_is_not_copied_again(tmp_path: Path) -> None:
    blobs = containerd_images.needed_blobs(tmp_path, [image(tmp_path, "one", b"layer")])
    whole, short, absent = (blob.digest.partition(":")[2] for blob in blobs)
    host = Host(f"{blobs[0].size} {whole}\n{blobs[1].size - 1} {short}\n")
    action(host)._copy(tmp_path, "/staging", blobs)
    assert [Path(source).name for source, _ in host.puts] == [short, absent]


def test_a_transfer_ends_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    blobs = containerd_images.needed_blobs(tmp_path, [image(tmp_path, "one")])
    host = Host()
    action(host)._copy(tmp_path, "/staging", blobs[:1])
    name = "/staging/blobs/sha256/" + blobs[0].digest.partition(":")[2]
    assert host.puts[0][1] == f"{name}.part"
    assert host.commands[-1] == f"mv {name}.part {name}"


def test_a_failing_command_on_the_host_is_repeated() -> None:
    host = Host()
    made = action(host)
    made._low_level_execute_command = lambda command: {"rc": 1, "stdout": "", "stderr": "No space left on device"}
    with pytest.raises(AnsibleActionFail, match="No space left on device"):
        made._shell("mkdir /x")
