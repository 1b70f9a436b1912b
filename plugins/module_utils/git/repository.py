# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tree as a clone of its Git repository: what differs, commit, integrate, push. Never a forced push."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import typing as t

from .errors import GitError, MovedError, RejectedError, explained
from .remote import Remote

_SECONDS = 120.0
_PUSHES = 4
# Whoever's settings the machine has, the platform signs as itself.
_AUTHOR = ("-c", "user.name=inference.platform", "-c", "user.email=platform@localhost", "-c", "commit.gpgSign=false")


@dataclasses.dataclass(frozen=True)
class Change:
    """One file that a commit adds (A), changes (M) or removes (D); the path is relative to the tree."""

    status: str
    path: str

    @property
    def folder(self) -> str:
        return self.path.partition("/")[0]


class Repository:
    """A folder with a Git repository of its own. All methods raise GitError."""

    def __init__(self, folder: str, branch: str = "main") -> None:
        self.folder = folder
        self.branch = branch

    def exists(self) -> bool:
        """Whether the folder itself, not one above it, is a repository."""
        return os.path.isdir(os.path.join(self.folder, ".git"))

    def connect(self, remote: Remote) -> bool:
        """Make the folder a repository with this remote; whether anything was changed. Files in it stay as they are."""
        self.branch = remote.branch
        changed = not self.exists()
        if changed:
            os.makedirs(self.folder, exist_ok=True)
            self._git("init", "--quiet", f"--initial-branch={remote.branch}")
        else:
            self._unlock()
        for name, value in remote.settings().items():
            if self._ask("config", "--local", "--get", name) != value:
                self._git("config", "--local", name, value)
                changed = True
        return changed

    def head(self) -> str:
        """The commit of the tree; empty before the first."""
        return self._ask("rev-parse", "--verify", "--quiet", "HEAD")

    def remote_head(self) -> str:
        """The remote's commit as of the last fetch; empty when the branch does not exist there."""
        return self._ask("rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{self.branch}")

    def fetch(self) -> str:
        """Ask the remote; returns its commit, empty when it has no such branch yet."""
        self._git("fetch", "--quiet", "--prune", "origin", tried=f"Fetching from {self._url()}")
        return self.remote_head()

    def dirty(self) -> list[Change]:
        """Files that differ from the tree's commit."""
        text = self._git("status", "--porcelain=v1", "--untracked-files=all", "--no-renames", "-z")
        found = []
        for entry in filter(None, text.split("\0")):
            code = entry[:2].strip()
            found.append(Change("A" if code in ("??", "A") else code[0], entry[3:]))
        return sorted(found, key=lambda change: change.path)

    def between(self, old: str, new: str) -> list[Change]:
        """Files that differ between two commits; an empty ``old`` is the time before the first."""
        if not old:
            names = self._git("ls-tree", "-r", "--name-only", "-z", new)
            return [Change("A", name) for name in filter(None, names.split("\0"))]
        words = self._git("diff", "--name-status", "--no-renames", "-z", old, new).split("\0")
        return [Change(status, path) for status, path in zip(words[::2], words[1::2], strict=False) if status]

    def has(self, commit: str) -> bool:
        """Whether the clone knows a commit."""
        return bool(self._ask("cat-file", "-t", commit))

    def contains(self, revision: str, commit: str) -> bool:
        """Whether ``revision`` is ``commit`` or came after it; asks the remote when the revision is not known here."""
        if revision == commit:
            return True
        if not revision:
            return False
        if not self.has(revision):
            self.fetch()
        return self.has(revision) and self._is_ancestor(commit, revision)

    def text(self, commit: str, path: str) -> str:
        """A file of a commit; empty when it is not there."""
        return self._git("show", f"{commit}:{path}") if commit and self._ask("ls-tree", commit, "--", path) else ""

    def commit(self, message: str) -> str:
        """Commit everything that differs; returns the new commit."""
        self._git("add", "--all")
        self._git(*_AUTHOR, "commit", "--quiet", "--no-verify", "--file=-", stdin=message)
        return self.head()

    def integrate(self) -> bool:
        """Bring the remote's commits into the tree; whether there were any.

        Raises MovedError, and leaves the tree as it was, when the same files were changed here and there.
        """
        theirs, ours = self.fetch(), self.head()
        if not theirs or theirs == ours or (ours and self._is_ancestor(theirs, ours)):
            return False
        if not ours:
            return self._adopt(theirs)
        self._refuse_overwrite(theirs, ours)
        try:
            self._git(*_AUTHOR, "merge", "--quiet", "--no-edit", "--autostash", theirs)
        except GitError as error:
            names = self._ask("diff", "--name-only", "--diff-filter=U").split()
            self._ask("merge", "--abort")
            raise MovedError(
                f"The remote moved: commit {theirs[:10]} and the tree change the same files ({', '.join(names) or error}). Nothing was "
                f"pushed. Look at them with 'git -C {self.folder} log --patch HEAD..origin/{self.branch}', merge by hand, and run again."
            ) from error
        return True

    def push(self) -> None:
        """Push the tree's commits; when the remote moved meanwhile, integrate and try again, four times at most."""
        for attempt in range(_PUSHES):
            try:
                self._git(
                    "push", "--quiet", "origin", f"HEAD:refs/heads/{self.branch}", tried=f"Pushing to {self._url()}"
                )
            except RejectedError:
                if attempt == _PUSHES - 1 or not self.integrate():
                    raise
                continue
            self.fetch()
            return

    def _adopt(self, theirs: str) -> bool:
        """Take over the remote's history under the files that are there: they show as changes, none is lost."""
        self._git("reset", "--quiet", "--mixed", theirs)
        # What the remote has and the folder lacks is checked out; what is there stays.
        missing = [change.path for change in self.dirty() if change.status == "D"]
        if missing:
            self._git("checkout", "--quiet", "--pathspec-from-file=-", stdin="\n".join(missing))
        return True

    def _refuse_overwrite(self, theirs: str, ours: str) -> None:
        base = self._git("merge-base", ours, theirs).strip()
        coming = {change.path for change in self.between(base, theirs)}
        both = sorted(coming & {change.path for change in self.dirty()})
        if both:
            raise MovedError(
                f"The remote moved: commit {theirs[:10]} changes {', '.join(both)}, and the tree has changes of these files that are not "
                f"committed. Look at both in {self.folder} ('git diff', 'git log origin/{self.branch}'), then commit or restore, and run again."
            )

    def _unlock(self) -> None:
        """Remove the lock of a git that was killed; one that lives keeps its lock."""
        lock = pathlib.Path(self.folder, ".git", "index.lock")
        if lock.exists() and not _git_lives(self.folder):
            lock.unlink(missing_ok=True)

    def _is_ancestor(self, old: str, new: str) -> bool:
        return self._run(["merge-base", "--is-ancestor", old, new]).returncode == 0

    def _url(self) -> str:
        return self._ask("config", "--get", "remote.origin.url")

    def _ask(self, *argv: str) -> str:
        """Output of a command whose failure is an answer too: then empty."""
        done = self._run(list(argv))
        return done.stdout.strip() if done.returncode == 0 else ""

    def _git(self, *argv: str, stdin: str = "", tried: str = "") -> str:
        done = self._run(list(argv), stdin)
        if done.returncode != 0:
            words = " ".join(word for word in argv if not word.startswith("-") and "=" not in word)
            raise explained(tried or f"git {words} in {self.folder}", done.stderr or done.stdout)
        return done.stdout

    def _run(self, argv: t.Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
        # A run from a git hook must not work on that repository.
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_SSH_COMMAND"):
            environment.pop(name, None)
        try:
            return subprocess.run(
                ["git", "-C", self.folder, *argv],
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
                env=environment,
                timeout=_SECONDS,
            )
        except FileNotFoundError as error:
            raise GitError("The program git is not installed on the controller: install it (package git).") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(
                f"git {argv[0]} in {self.folder} did not end within {_SECONDS:.0f} s: does the remote answer?"
            ) from error


def _git_lives(folder: str) -> bool:
    """Whether a process named git works in the folder (proc(5); elsewhere than on Linux: assumed)."""
    root = pathlib.Path("/proc")
    if not root.is_dir():
        return True
    here = os.path.realpath(folder)
    for entry in root.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "comm").read_text().strip() == "git" and os.path.realpath(entry / "cwd").startswith(here):
                return True
        except OSError:
            continue
    return False


def folders(tree: str) -> list[str]:
    """Folders of components in the tree, in the order of their waves."""
    root = pathlib.Path(tree)
    if not root.is_dir():
        return []
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
