# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the controller and Argo CD reach the repository of the tree."""

from __future__ import annotations

from ansible_collections.inference.platform.plugins.filter.git_remotes import git_remotes

GIT = {"url": "", "branch": "main", "ssh_key": "", "known_hosts": "", "token_file": "", "manual": ["vllm"]}


def test_argo_cd_reads_the_platforms_own_server_with_a_key_that_cannot_write() -> None:
    remotes = git_remotes({"state_dir": "/state", "git": GIT, "git_server": {"address": "10.0.0.5", "port": 30022}})
    assert remotes["push"]["url"] == "ssh://git@10.0.0.5:30022/srv/git/platform.git"
    assert remotes["push"]["ssh_key"] == "/state/git/write"
    assert remotes["pull"]["url"] == "ssh://git@git-server.git.svc.cluster.local:2222/srv/git/platform.git"
    assert remotes["pull"]["ssh_key"] == "/state/git/read"
    assert remotes["source"] == {"url": remotes["pull"]["url"], "branch": "main", "manual": ["vllm"]}


def test_a_repository_elsewhere_is_the_same_for_both() -> None:
    git = {**GIT, "url": "https://git.example.com/x.git", "token_file": "/token"}
    remotes = git_remotes({"state_dir": "/state", "git": git, "git_server": {"address": "", "port": 1}})
    assert remotes["push"] == remotes["pull"]
    assert remotes["push"]["token_file"] == "/token"
