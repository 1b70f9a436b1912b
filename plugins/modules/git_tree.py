#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Make the tree a clone of the platform's Git repository, at its newest commit."""

from __future__ import annotations

DOCUMENTATION = r"""
module: git_tree
short_description: Make the tree a clone of its Git repository, at the newest commit
version_added: "0.1.0"
description:
  - Makes the folder a Git repository where it is none, sets its remote, and brings the remote's commits into it.
  - Files that are there stay. What they differ by from the remote shows as changes that M(inference.platform.reconcile) commits.
  - Nothing is ever force-pushed or overwritten. When the same files were changed here and in the remote, the task fails, names
    them and leaves both as they were.
  - Keys and tokens stay in their files. The clone's own configuration holds the paths, so that C(git push) by hand works, too.
  - Runs on the controller. Needs the program C(git).
attributes:
  check_mode:
    support: full
    description: Neither makes a repository nor fetches.
  diff_mode:
    support: none
    description: The module shows commits, not texts.
options:
  tree:
    description: Folder of the tree.
    type: path
    required: true
  url:
    description: Address of the repository, C(ssh://) or C(https://).
    type: str
    required: true
  branch:
    description: The branch. Made by the first push where it does not exist.
    type: str
    default: main
  ssh_key:
    description: Path of the private key for C(ssh://).
    type: path
  known_hosts:
    description: Path of a file with the server's pinned host keys. Without it the person's own C(known_hosts) holds.
    type: path
  token_file:
    description: Path of a file that holds the token for C(https://).
    type: path
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Bring the tree to what Git has
  inference.platform.git_tree:
    tree: "{{ platform.tree }}"
    url: ssh://git@git.example.com/platform/demo.git
    ssh_key: ~/.ssh/platform
    known_hosts: ~/.ssh/platform_known_hosts
"""

RETURN = r"""
commit:
  description: The tree's commit. Empty before the first.
  returned: success
  type: str
  sample: 5f0c7c1d5f0a4b0d9b8e1a2b3c4d5e6f7a8b9c0d
before:
  description: The tree's commit before.
  returned: success
  type: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.git.arguments import REMOTE, remote
from ansible_collections.inference.platform.plugins.module_utils.git.errors import GitError
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Repository


def bring(args: dict[str, t.Any], *, check: bool) -> dict[str, t.Any]:
    """Result of the module. Raises GitError."""
    repository = Repository(args["tree"], args["branch"])
    before = repository.head() if repository.exists() else ""
    if check:
        return {"changed": not repository.exists(), "before": before, "commit": before}
    connected = repository.connect(remote(args))
    integrated = repository.integrate()
    return {"changed": connected or integrated, "before": before, "commit": repository.head()}


def main() -> None:
    """Run the module."""
    spec: dict[str, t.Any] = {"tree": {"type": "path", "required": True}, **REMOTE}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        result = bring(module.params, check=module.check_mode)
    except GitError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
