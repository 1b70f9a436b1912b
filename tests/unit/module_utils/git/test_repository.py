# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tree as a clone, with a real git and a bare repository as its remote."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

from ansible_collections.inference.platform.plugins.module_utils.git.errors import (
    GitError,
    MovedError,
    RejectedError,
    explained,
)
from ansible_collections.inference.platform.plugins.module_utils.git.remote import Remote
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Change, Repository, folders


@pytest.fixture
def remote(tmp_path: pathlib.Path) -> Remote:
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "receive.denyNonFastForwards", "true"], check=True)
    return Remote(url=f"file://{bare}")


def clone(tmp_path: pathlib.Path, name: str, remote: Remote) -> Repository:
    repository = Repository(str(tmp_path / name))
    repository.connect(remote)
    return repository


def write(repository: Repository, path: str, text: str) -> None:
    file = pathlib.Path(repository.folder, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def read(repository: Repository, path: str) -> str:
    return pathlib.Path(repository.folder, path).read_text()


def publish(repository: Repository, path: str, text: str) -> str:
    write(repository, path, text)
    commit = repository.commit(f"{path}\n")
    repository.push()
    return commit


def test_connecting_makes_a_repository_once(tmp_path: pathlib.Path, remote: Remote) -> None:
    repository = Repository(str(tmp_path / "tree"))
    assert not repository.exists()
    assert repository.connect(remote)
    assert repository.exists()
    assert not repository.connect(remote)


def test_a_folder_inside_another_repository_is_not_a_repository(tmp_path: pathlib.Path, remote: Remote) -> None:
    outer = clone(tmp_path, "outer", remote)
    inner = pathlib.Path(outer.folder, "inner")
    inner.mkdir()
    assert not Repository(str(inner)).exists()


def test_what_differs_is_added_changed_or_removed(tmp_path: pathlib.Path, remote: Remote) -> None:
    tree = clone(tmp_path, "tree", remote)
    for name in ("10-a/keep.yaml", "10-a/change.yaml", "10-a/go.yaml"):
        write(tree, name, "one\n")
    tree.commit("first\n")
    assert tree.dirty() == []
    write(tree, "10-a/change.yaml", "two\n")
    write(tree, "20-b/new file.yaml", "one\n")
    os.unlink(os.path.join(tree.folder, "10-a/go.yaml"))
    changes = [Change("M", "10-a/change.yaml"), Change("D", "10-a/go.yaml"), Change("A", "20-b/new file.yaml")]
    assert tree.dirty() == changes
    before = tree.head()
    after = tree.commit("second\n")
    assert tree.between(before, after) == changes
    assert [change.folder for change in changes] == ["10-a", "10-a", "20-b"]
    assert tree.text(before, "10-a/change.yaml") == "one\n"
    assert tree.text(before, "20-b/new file.yaml") == ""


def test_what_is_pushed_is_what_another_clone_gets(tmp_path: pathlib.Path, remote: Remote) -> None:
    one, two = clone(tmp_path, "one", remote), clone(tmp_path, "two", remote)
    commit = publish(one, "10-a/x.yaml", "x\n")
    assert one.remote_head() == commit
    assert two.integrate()
    assert (two.head(), read(two, "10-a/x.yaml")) == (commit, "x\n")
    assert not two.integrate()


def test_files_that_were_there_before_the_clone_are_kept_as_changes(tmp_path: pathlib.Path, remote: Remote) -> None:
    publish(clone(tmp_path, "one", remote), "10-a/x.yaml", "theirs\n")
    two = Repository(str(tmp_path / "two"))
    write(two, "10-a/x.yaml", "ours\n")
    write(two, "20-b/y.yaml", "ours\n")
    two.connect(remote)
    assert two.integrate()
    assert read(two, "10-a/x.yaml") == "ours\n"
    assert two.dirty() == [Change("M", "10-a/x.yaml"), Change("A", "20-b/y.yaml")]


def test_a_push_to_a_branch_that_moved_is_merged(tmp_path: pathlib.Path, remote: Remote) -> None:
    one, two = clone(tmp_path, "one", remote), clone(tmp_path, "two", remote)
    publish(one, "10-a/x.yaml", "x\n")
    two.integrate()
    theirs = publish(one, "10-a/x.yaml", "newer\n")
    ours = publish(two, "20-b/y.yaml", "y\n")
    assert read(two, "10-a/x.yaml") == "newer\n"
    assert two.contains(two.head(), theirs)
    assert two.contains(two.head(), ours)
    assert two.remote_head() == two.head()


def test_the_same_file_changed_here_and_there_is_refused_and_nothing_is_lost(
    tmp_path: pathlib.Path, remote: Remote
) -> None:
    one, two = clone(tmp_path, "one", remote), clone(tmp_path, "two", remote)
    publish(one, "10-a/x.yaml", "base\n")
    two.integrate()
    theirs = publish(one, "10-a/x.yaml", "theirs\n")
    write(two, "10-a/x.yaml", "ours\n")
    ours = two.commit("ours\n")
    with pytest.raises(MovedError, match=r"change the same files \(10-a/x.yaml\)"):
        two.push()
    assert (two.head(), read(two, "10-a/x.yaml"), two.dirty()) == (ours, "ours\n", [])
    one.fetch()
    assert one.remote_head() == theirs


def test_a_change_that_is_not_committed_is_never_overwritten(tmp_path: pathlib.Path, remote: Remote) -> None:
    one, two = clone(tmp_path, "one", remote), clone(tmp_path, "two", remote)
    publish(one, "10-a/x.yaml", "base\n")
    two.integrate()
    publish(one, "10-a/x.yaml", "theirs\n")
    write(two, "10-a/x.yaml", "by hand\n")
    with pytest.raises(MovedError, match="not committed"):
        two.integrate()
    assert read(two, "10-a/x.yaml") == "by hand\n"


def test_commits_elsewhere_come_in_beside_changes_of_other_files(tmp_path: pathlib.Path, remote: Remote) -> None:
    one, two = clone(tmp_path, "one", remote), clone(tmp_path, "two", remote)
    publish(one, "10-a/x.yaml", "base\n")
    two.integrate()
    publish(one, "10-a/x.yaml", "theirs\n")
    write(two, "20-b/y.yaml", "by hand\n")
    assert two.integrate()
    assert (read(two, "10-a/x.yaml"), read(two, "20-b/y.yaml")) == ("theirs\n", "by hand\n")


def test_a_revision_nobody_knows_contains_nothing(tmp_path: pathlib.Path, remote: Remote) -> None:
    tree = clone(tmp_path, "tree", remote)
    commit = publish(tree, "10-a/x.yaml", "x\n")
    assert not tree.contains("0" * 40, commit)
    assert not tree.contains("", commit)


def test_the_lock_of_a_git_that_was_killed_is_removed(tmp_path: pathlib.Path, remote: Remote) -> None:
    tree = clone(tmp_path, "tree", remote)
    write(tree, "10-a/x.yaml", "x\n")
    pathlib.Path(tree.folder, ".git", "index.lock").touch()
    with pytest.raises(GitError, match=r"remove the file index\.lock"):
        tree.commit("x\n")
    tree.connect(remote)
    assert tree.commit("x\n")


def test_a_remote_that_does_not_exist_is_named_with_a_cure(tmp_path: pathlib.Path) -> None:
    tree = clone(tmp_path, "tree", Remote(url=f"file://{tmp_path}/none.git"))
    with pytest.raises(GitError, match=r"(?s)Fetching from file://.*none.git failed.*check platform_git\.url"):
        tree.fetch()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Host key verification failed.", "not the pinned one"),
        ("git@x: Permission denied (publickey).", "does not accept the ssh key"),
        ("remote: Invalid username or token. Authentication failed for", "may have expired"),
        ("ssh: connect to host x port 2222: Connection refused", "is it up"),
        ("ssh: Could not resolve hostname x: could not resolve host", "name of the Git server"),
        ("remote: GitLab: You are not allowed to push code to protected branches (protected branch)", "protected"),
    ],
)
def test_each_refusal_has_its_cure(answer: str, words: str) -> None:
    error = explained("Pushing", answer)
    assert words in str(error)
    assert answer in str(error)


def test_a_rejected_push_is_told_from_other_failures() -> None:
    answer = " ! [rejected]        HEAD -> main (fetch first)"
    assert isinstance(explained("Pushing", answer), RejectedError)


def test_no_credential_stands_in_the_configuration(tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    token.write_text("very-secret\n")
    settings = Remote(url="https://git.example.com/x.git", token_file=str(token)).settings()
    assert "very-secret" not in str(settings)
    helper = settings["credential.helper"].removeprefix("!")
    done = subprocess.run(["sh", "-c", f"{helper} get"], capture_output=True, text=True, check=True)
    assert done.stdout == "username=token\npassword=very-secret\n"


def test_ssh_takes_only_the_given_key_and_the_pinned_host(tmp_path: pathlib.Path) -> None:
    command = Remote(url="ssh://git@x/y.git", ssh_key="/k", known_hosts="/h").settings()["core.sshCommand"]
    for words in ("StrictHostKeyChecking=yes", "UserKnownHostsFile=/h", "-i /k", "IdentitiesOnly=yes", "BatchMode=yes"):
        assert words in command


def test_folders_of_components_come_in_the_order_of_their_waves(tmp_path: pathlib.Path) -> None:
    for name in ("30-vllm", ".git", "05-kube-router"):
        (tmp_path / name).mkdir()
    assert folders(str(tmp_path)) == ["05-kube-router", "30-vllm"]
    assert folders(str(tmp_path / "none")) == []
