# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What git refuses, in words that name the cause and the cure."""

from __future__ import annotations

from ..kube.errors import KubeError


class GitError(KubeError):
    """A git command failed; the message says what was tried, what git answered and what to do."""


class RejectedError(GitError):
    """The remote has commits that the tree lacks, so it refused a push."""


class MovedError(GitError):
    """The remote's commits and ours change the same files: a person has to decide."""


# What git or ssh prints (in part, lower case) -> what to do. The first that matches is taken.
_CURES = (
    (
        "host key verification failed",
        "The server's host key is not the pinned one. Compare it with the known_hosts file of platform_git; do not accept it blindly.",
    ),
    (
        "permission denied (publickey",
        "The server does not accept the ssh key: has it the right to write, or was it withdrawn?",
    ),
    ("authentication failed", "The server does not accept the token: it may have expired, or lack the right to write."),
    ("could not read username", "The server wants a token: set platform_git.token_file."),
    ("returned error: 403", "The token may read but not write: give it the right to write contents."),
    ("connection refused", "The Git server does not answer on this port: is it up?"),
    ("connection timed out", "The Git server does not answer: is it up, and does a firewall let this machine through?"),
    ("could not resolve host", "The name of the Git server is not known here: check platform_git.url."),
    ("no route to host", "The Git server cannot be reached from here."),
    ("connection closed", "The Git server ended the connection: is it starting, or out of memory?"),
    ("kex_exchange_identification", "The Git server ended the connection: is it starting?"),
    ("not appear to be a git repository", "The address names no repository: check platform_git.url."),
    (
        "repository not found",
        "The address names no repository, or the credentials may not see it: check platform_git.url.",
    ),
    (
        "protected branch",
        "The branch is protected: let this key push to it, or choose another with platform_git.branch.",
    ),
    ("index.lock", "Another git works in the tree, or one was killed: when none runs, remove the file index.lock."),
)


def explained(tried: str, answer: str) -> GitError:
    """The error for a failed command; ``answer`` is what git printed."""
    text = answer.strip()
    lower = text.lower()
    if "[rejected]" in lower or "non-fast-forward" in lower or "fetch first" in lower:
        return RejectedError(f"{tried} was rejected: the remote has commits that the tree lacks.\n{text}")
    cure = next((advice for needle, advice in _CURES if needle in lower), "")
    return GitError(f"{tried} failed: {text or 'git said nothing'}" + (f"\n{cure}" if cure else ""))
