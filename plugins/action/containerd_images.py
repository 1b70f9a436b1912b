# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Controller side of the module containerd_images: bring the blobs to hosts that do not mount the layout."""

from __future__ import annotations

import shlex
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.inference.platform.plugins.module_utils.oci_layout.layout import (
    Blob,
    ImageRef,
    LayoutError,
    blob_path,
    read_image,
)

MODULE = "inference.platform.containerd_images"
STAGING = "/var/lib/inference-platform/staging"


def needed_blobs(layout: Path, missing: list[dict[str, str]]) -> list[Blob]:
    """Return each blob that the missing images need, once. Raises LayoutError."""
    blobs: dict[Blob, None] = {}
    for image in missing:
        blobs.update(dict.fromkeys(read_image(layout, ImageRef(image["ref"], image["digest"])).blobs))
    return list(blobs)


def parse_sizes(listing: str) -> dict[str, int]:
    """Read lines of ``<size> <file name>`` as file name -> size in bytes."""
    pairs = (line.split() for line in listing.splitlines())
    return {pair[1]: int(pair[0]) for pair in pairs if len(pair) == 2 and pair[0].isdigit()}


class ActionModule(ActionBase):
    """Run the module; with ``source: copy``, copy what it misses in between."""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return the module's result. Raises AnsibleActionFail when the layout or a transfer is at fault."""
        super().run(tmp, task_vars)
        arguments: dict[str, t.Any] = dict(self._task.args)
        if arguments.get("source", "mounted") != "copy" or self._task.check_mode:
            return self._module(arguments, task_vars)
        probe = self._probe(arguments, task_vars)
        if probe.get("failed") or not probe["missing"]:
            return probe
        layout = Path(arguments.get("layout", "")).expanduser()
        staging = str(arguments.get("staging", STAGING))
        try:
            blobs = needed_blobs(layout, probe["missing"])
        except LayoutError as error:
            raise AnsibleActionFail(str(error)) from error
        self._copy(layout, staging, blobs)
        result = self._module(arguments, task_vars)
        if not result.get("failed"):
            self._shell(f"rm -rf {shlex.quote(staging)}")
        return result

    def _module(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        return dict(self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars))

    def _probe(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """Ask the host what is missing, without a change: the module itself in check mode."""
        before = self._task.check_mode
        self._task.check_mode = True
        try:
            return self._module(arguments, task_vars)
        finally:
            self._task.check_mode = before

    def _copy(self, layout: Path, staging: str, blobs: list[Blob]) -> None:
        folder = f"{staging}/blobs/sha256"
        quoted = shlex.quote(folder)
        listing = self._shell(f"mkdir -p {quoted} && cd {quoted} && stat -c '%s %n' * 2>/dev/null || true")
        staged = parse_sizes(listing)
        todo = [blob for blob in blobs if staged.get(blob.digest.partition(":")[2]) != blob.size]
        display = Display()
        for number, blob in enumerate(todo, start=1):
            source = blob_path(layout, blob.digest)
            display.display(f"copying blob {number} of {len(todo)}: {source.name[:12]}, {blob.size / 1e6:.1f} MB")
            target = f"{folder}/{source.name}"
            # A cut-off transfer must not pass for a blob.
            self._connection.put_file(str(source), f"{target}.part")
            self._shell(f"mv {shlex.quote(target + '.part')} {shlex.quote(target)}")

    def _shell(self, command: str) -> str:
        answer = self._low_level_execute_command(command)
        if answer["rc"] != 0:
            raise AnsibleActionFail(
                f"{command!r} failed on the host with {answer['rc']}: {answer['stderr'] or answer['stdout']}"
            )
        return str(answer["stdout"])
