# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The repository of the tree as the controller and as Argo CD reach it."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: git_remotes
short_description: The repository of the tree as the controller and as Argo CD reach it
version_added: "0.1.0"
description:
  - With C(platform.git.url) both reach the same address with the same credentials.
  - Without it the Git server of role M(inference.platform.git_server) is meant, which the controller reaches through a node.
    Argo CD then has a key of its own that can only read.
options:
  _input:
    description: The validated configuration; C(git_server) says where the controller reaches the platform's own Git server.
    type: dict
    required: true
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show where the tree is pushed to
  ansible.builtin.debug:
    msg: "{{ (platform | inference.platform.git_remotes).push.url }}"
"""

RETURN = r"""
_value:
  description: >-
    C(push) for the controller and C(pull) for Argo CD, each with C(url), C(branch), C(ssh_key), C(known_hosts) and C(token_file);
    C(source) with C(url), C(branch) and C(manual) for M(inference.platform.reconcile).
  type: dict
"""

PATH = "/srv/git/platform.git"
INSIDE = f"ssh://git@git-server.git.svc.cluster.local:2222{PATH}"

Remote = dict[str, t.Any]


def git_remotes(platform: dict[str, t.Any]) -> dict[str, Remote]:
    """See DOCUMENTATION."""
    git = platform["git"]
    given = {key: git[key] for key in ("url", "branch", "ssh_key", "known_hosts", "token_file")}
    if git["url"]:
        push, pull = given, given
    else:
        keys = f"{platform['state_dir']}/git"
        ours = {**given, "known_hosts": f"{keys}/known_hosts", "token_file": ""}
        server = platform["git_server"]
        push = {**ours, "url": f"ssh://git@{server['address']}:{server['port']}{PATH}", "ssh_key": f"{keys}/write"}
        pull = {**ours, "url": INSIDE, "ssh_key": f"{keys}/read"}
    return {
        "push": dict(push),
        "pull": dict(pull),
        "source": {"url": pull["url"], "branch": git["branch"], "manual": list(git["manual"])},
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters by name."""
        return {"git_remotes": git_remotes}
