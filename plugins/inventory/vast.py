# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
name: vast
short_description: Machines that are rented at Vast
version_added: "0.1.0"
description:
  - Lists the instances of one O(owner) and one O(platform), which their labels name, as hosts that ssh can reach at once. Instances of
    anybody else on the same account are never among them.
  - A host is called like the last part of its label. Its groups are C(vast), C(vast_platform_<platform>), C(vast_label_<label>),
    C(vast_gpu_<name of the GPU>) and C(vast_status_<status>), with underscores for what a group's name cannot have.
  - Its variables are what M(inference.platform.vast_instance) returns of an instance, each with C(vast_) before its name.
  - The name of the file has to end in C(vast.yml) or C(vast.yaml).
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [inference.platform.vast]
  platform:
    description: Name of the platform, the third part of the labels.
    type: str
    required: true
  owner:
    description:
      - Whose instances, the second part of the labels.
      - The user and the name of this machine, as C(user@machine), when it is not given.
    type: str
  base_url:
    description: Address of the API.
    type: str
    default: https://console.vast.ai
  api_key:
    description: A key of the account.
    type: str
    env:
      - name: VAST_API_KEY
  api_key_file:
    description: A file that holds the key alone, when there is no O(api_key). It is refused when its group or others may read it.
    type: path
    default: ~/.config/vastai/vast_api_key
  request_timeout:
    description: Seconds that one request may take.
    type: float
    default: 30.0
  retries:
    description: How many times a request is sent again after a lost connection or the statuses 429, 500, 502, 503 and 504.
    type: int
    default: 4
  validate_certs:
    description: Whether the certificate of an V(https) address must be valid.
    type: bool
    default: true
  ca_path:
    description: A file with the certificate authorities to trust, in PEM form.
    type: path
  user:
    description: Who ssh logs in as.
    type: str
    default: root
  private_key_file:
    description: Key that ssh logs in with.
    type: path
  known_hosts:
    description: File with the host keys that M(inference.platform.vast_instance) pinned. With it, ssh talks to no machine whose key differs.
    type: path
extends_documentation_fragment:
  - constructed
  - inventory_cache
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
# demo.vast.yml
plugin: inference.platform.vast
platform: demo
owner: alice@desk
private_key_file: ~/.local/state/inference-platform/demo/ssh/id_ed25519
known_hosts: ~/.local/state/inference-platform/demo/ssh/known_hosts
strict: true
keyed_groups:
  - key: vast_country
    prefix: in
compose:
  gpu_memory_gb: vast_gpu_memory_gb * vast_num_gpus
groups:
  large: vast_num_gpus > 1
"""

import shlex
import typing as t

from ansible.errors import AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.inference.platform.plugins.module_utils.rest.errors import RestError
from ansible_collections.inference.platform.plugins.module_utils.vast import instances, labels
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client
from ansible_collections.inference.platform.plugins.module_utils.vast.connection import connection

_CONNECTION = ("base_url", "api_key", "api_key_file", "request_timeout", "retries", "validate_certs", "ca_path")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the instances once, or from the cache, and makes hosts of them."""

    NAME = "inference.platform.vast"
    inventory: t.Any

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("vast.yml", "vast.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Raises AnsibleParserError with what Vast said, or what is wrong in the file."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            owner = labels.checked_owner(self.get_option("owner"))
            found = self._rows(path, cache)
        except RestError as error:
            raise AnsibleParserError(f"{path}: {error}") from error
        platform = self.get_option("platform")
        self.inventory.add_group("vast")
        self.inventory.add_group(_group("platform", platform))
        seen: set[str] = set()
        for row in found:
            label = labels.parse(row["label"])
            if label is None or (label.owner, label.platform) != (owner, platform) or label.node in seen:
                continue
            # of two instances with one label, which a lost answer can leave for a moment, the oldest is the one that stays
            seen.add(label.node)
            self._add(label, row)

    def _rows(self, path: str, cache: bool) -> list[dict[str, t.Any]]:
        """The labelled instances of the account, from the cache when that is on and has them. Raises RestError."""
        key = self.get_cache_key(path)
        use = cache and self.get_option("cache")
        if use and key in self._cache:
            return t.cast(list[dict[str, t.Any]], self._cache[key])
        client = Client(connection({name: self.get_option(name) for name in _CONNECTION}))
        try:
            rows = [row for row in instances.listed(client) if labels.parse((row.get("label") or "").strip())]
        finally:
            client.close()
        found = [instances.view(row) for row in rows]
        if self.get_option("cache"):
            self._cache[key] = found
        return found

    def _add(self, label: labels.Label, row: dict[str, t.Any]) -> None:
        name = label.node
        variables = self._variables(row)
        self.inventory.add_host(name)
        for group in (
            "vast",
            _group("platform", label.platform),
            _group("label", str(label)),
            _group("gpu", row["gpu_name"] or "none"),
            _group("status", row["status"]),
        ):
            self.inventory.add_group(group)
            self.inventory.add_child(group, name)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _variables(self, row: dict[str, t.Any]) -> dict[str, t.Any]:
        """What the host has: the instance, and how ssh reaches it when it has an address."""
        variables = {f"vast_{name}": value for name, value in row.items()}
        if not row["ssh_host"]:
            return variables
        variables |= {
            "ansible_host": row["ssh_host"],
            "ansible_port": row["ssh_port"],
            "ansible_user": self.get_option("user"),
        }
        if self.get_option("private_key_file"):
            variables["ansible_ssh_private_key_file"] = self.get_option("private_key_file")
        if self.get_option("known_hosts"):
            file = shlex.quote(f"UserKnownHostsFile={self.get_option('known_hosts')}")
            variables["ansible_ssh_common_args"] = f"-o {file} -o StrictHostKeyChecking=yes"
        return variables


def _group(kind: str, name: str) -> str:
    return str(to_safe_group_name(f"vast_{kind}_{name}", force=True, silent=True))
