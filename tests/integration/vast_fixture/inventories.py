# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reading inventory files as Ansible does, in a process of its own: pytest has imported the collection without Ansible's loader."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t


class Reader:
    """One process for many files, as starting Ansible takes longer than reading a file."""

    def __init__(self) -> None:
        command = [sys.executable, str(pathlib.Path(__file__))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, file: pathlib.Path) -> dict[str, t.Any]:
        """C(hosts): the variables of each; C(groups): the names of the hosts of each; or C(error)."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{file}\n")
        self._process.stdin.flush()
        found: dict[str, t.Any] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate("")


def _read(file: str) -> dict[str, t.Any]:
    from ansible.errors import AnsibleError  # noqa: PLC0415
    from ansible.inventory.data import InventoryData  # noqa: PLC0415
    from ansible.parsing.dataloader import DataLoader  # noqa: PLC0415
    from ansible.plugins.loader import inventory_loader  # noqa: PLC0415

    plugin = inventory_loader.get("inference.platform.vast")
    found = InventoryData()
    if not plugin.verify_file(file):
        return {"error": "not for this plugin"}
    try:
        plugin.parse(found, DataLoader(), file, cache=True)
    except AnsibleError as error:
        return {"error": str(error)}
    if plugin.get_option("cache"):
        plugin.update_cache_if_changed()
    found.reconcile_inventory()
    return {
        "hosts": {name: host.vars for name, host in found.hosts.items()},
        "groups": {name: [host.name for host in group.get_hosts()] for name, group in found.groups.items()},
    }


def _main() -> None:
    from ansible.plugins.loader import init_plugin_loader  # noqa: PLC0415

    init_plugin_loader()
    for line in sys.stdin:
        print(json.dumps(_read(line.strip()), default=str), flush=True)


if __name__ == "__main__":
    _main()
