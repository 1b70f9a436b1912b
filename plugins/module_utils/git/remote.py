# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The remote of the tree, and how git proves to it who we are.

The settings go into the clone's own configuration, so that a person in that folder pushes and pulls the same way. Only paths
stand there: keys and tokens stay in their files.
"""

from __future__ import annotations

import dataclasses
import shlex


@dataclasses.dataclass(frozen=True)
class Remote:
    """Address, branch and files with credentials (paths on the controller, empty where not used)."""

    url: str
    branch: str = "main"
    ssh_key: str = ""
    known_hosts: str = ""
    token_file: str = ""

    def settings(self) -> dict[str, str]:
        """Values of git-config(1) that make git reach this remote."""
        settings = {"remote.origin.url": self.url, "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*"}
        settings |= {"init.defaultBranch": self.branch, "core.autocrlf": "false", "gc.autoDetach": "false"}
        settings["core.sshCommand"] = shlex.join(self._ssh())
        # The empty value forgets helpers of the person: a token of theirs must not be stored or used.
        settings["credential.helper"] = self._helper() if self.token_file else ""
        return settings

    def _ssh(self) -> list[str]:
        argv = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "StrictHostKeyChecking=yes"]
        argv += ["-o", f"UserKnownHostsFile={self.known_hosts}"] if self.known_hosts else []
        argv += ["-i", self.ssh_key, "-o", "IdentitiesOnly=yes"] if self.ssh_key else []
        return argv

    def _helper(self) -> str:
        path = shlex.quote(self.token_file)
        # gitcredentials(7): a helper that begins with ! is a shell snippet; the token goes from its file to git's pipe.
        return f'!f() {{ test "$1" = get && echo username=token && echo "password=$(cat {path})"; }}; f'
