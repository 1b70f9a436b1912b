# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The files of the Git server's image: the entry point and the settings with the real git, the forced command with a
stand-in that writes down how it is called."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import stat
import subprocess
import time
import typing as t

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "catalogue" / "git-server"
KEY = "the private host key\n"
REPOSITORY = "/srv/git/platform.git"


class Server:
    """A place to run the entry point in, which takes itself for the user git."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.repository = folder / "volume" / "platform.git"
        self.keys, self.run, self.programs = folder / "keys", folder / "run", folder / "bin"
        for path in (self.repository.parent, self.keys, self.run, self.programs):
            path.mkdir()
        (self.keys / "ssh_host_ed25519_key").write_text(KEY)
        (self.keys / "ssh_host_ed25519_key").chmod(0o440)
        self.program("id", "echo ${FAKE_UID:-1000}")

    def program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def environment(self, **extra: str) -> dict[str, str]:
        return {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.repository.parent),
            "GIT_CONFIG_SYSTEM": str(FOLDER / "gitconfig"),
            "GIT_SERVER_REPOSITORY": str(self.repository),
            "GIT_SERVER_KEYS": str(self.keys),
            "GIT_SERVER_RUN": str(self.run),
            **extra,
        }

    def start(self, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Starts it, with C(true) in the place of sshd unless told otherwise."""
        argv = ["/bin/sh", str(FOLDER / "entrypoint"), *(command or ("true",))]
        environment = self.environment(**extra)
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)

    def git(self, *words: str, cwd: pathlib.Path | None = None) -> subprocess.CompletedProcess[str]:
        author = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**self.environment(), **author}
        return subprocess.run(["git", *words], env=environment, cwd=cwd, capture_output=True, text=True, check=False)

    def clone_with_a_commit(self, folder: pathlib.Path) -> pathlib.Path:
        self.git("clone", "-q", str(self.repository), str(folder))
        assert self.git("commit", "-q", "--allow-empty", "-m", "first", cwd=folder).returncode == 0
        assert self.git("push", "-q", "origin", "HEAD", cwd=folder).returncode == 0
        return folder


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Server:
    return Server(tmp_path)


def wait_for(condition: t.Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_the_first_start_makes_an_empty_bare_repository_with_branch_main(server: Server) -> None:
    done = server.start()
    assert done.returncode == 0, done.stderr
    assert (server.repository / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert server.git("-C", str(server.repository), "rev-parse", "--is-bare-repository").stdout == "true\n"
    assert not (server.repository / "hooks").exists()
    assert [path.name for path in server.repository.parent.iterdir()] == ["platform.git"]


def test_a_second_start_keeps_what_was_pushed(server: Server, tmp_path: pathlib.Path) -> None:
    server.start()
    clone = server.clone_with_a_commit(tmp_path / "clone")
    assert server.start().returncode == 0
    assert "refs/heads/main" in server.git("ls-remote", "origin", cwd=clone).stdout


def test_a_start_killed_while_making_the_repository_is_made_good_by_the_next(server: Server) -> None:
    reached = server.run / "reached"
    server.program("sync", f"touch {reached}; exec sleep 60")
    argv = ["/bin/sh", str(FOLDER / "entrypoint"), "true"]
    first = subprocess.Popen(argv, env=server.environment(), start_new_session=True)
    wait_for(reached.exists)
    os.killpg(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert not server.repository.exists()
    (server.programs / "sync").unlink()
    assert server.start().returncode == 0
    assert [path.name for path in server.repository.parent.iterdir()] == ["platform.git"]


def test_locks_that_a_killed_push_left_are_removed(server: Server, tmp_path: pathlib.Path) -> None:
    server.start()
    clone = server.clone_with_a_commit(tmp_path / "clone")
    (server.repository / "refs/heads/main.lock").touch()
    server.git("commit", "-q", "--allow-empty", "-m", "second", cwd=clone)
    assert server.git("push", "-q", "origin", "HEAD", cwd=clone).returncode != 0
    assert server.start().returncode == 0
    assert server.git("push", "-q", "origin", "HEAD", cwd=clone).returncode == 0


def test_files_that_are_no_repository_are_kept(server: Server) -> None:
    server.repository.mkdir()
    (server.repository / "precious").touch()
    done = server.start()
    assert done.returncode == 1
    assert "not a bare repository" in done.stderr
    assert (server.repository / "precious").exists()


def test_the_host_key_is_copied_for_the_server_alone(server: Server) -> None:
    assert server.start().returncode == 0
    (copy,) = server.run.iterdir()
    assert (copy.name, copy.read_text()) == ("ssh_host_ed25519_key", KEY)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_changed_host_key_counts_at_the_next_start(server: Server) -> None:
    server.start()
    key = server.keys / "ssh_host_ed25519_key"
    key.unlink()
    key.write_text("another\n")
    server.start()
    assert (server.run / key.name).read_text() == "another\n"


def test_a_missing_host_key_is_told(server: Server) -> None:
    (server.keys / "ssh_host_ed25519_key").unlink()
    done = server.start()
    assert done.returncode == 1
    assert "mount the Secret" in done.stderr


def test_no_file_of_the_server_is_readable_for_others(server: Server, tmp_path: pathlib.Path) -> None:
    server.start()
    found = [path for path in server.repository.rglob("*") if path.stat().st_mode & 0o077]
    assert not found


def test_the_server_does_not_run_as_root(server: Server) -> None:
    done = server.start(FAKE_UID="0")
    assert done.returncode == 1
    assert not server.repository.exists()


def test_arguments_are_the_program_to_become(server: Server) -> None:
    assert server.start("echo", "hello").stdout == "hello\n"


@pytest.mark.parametrize("what", ["force", "delete"])
def test_history_is_never_taken_away(server: Server, tmp_path: pathlib.Path, what: str) -> None:
    server.start()
    clone = server.clone_with_a_commit(tmp_path / "clone")
    before = server.git("ls-remote", "origin", cwd=clone).stdout
    server.git("commit", "-q", "--allow-empty", "--amend", "-m", "other", cwd=clone)
    words = {"force": ["--force", "origin", "HEAD"], "delete": ["origin", ":main"]}[what]
    done = server.git("push", *words, cwd=clone)
    assert done.returncode != 0
    assert {"force": "non-fast-forward", "delete": "deletion prohibited"}[what] in done.stderr
    assert server.git("ls-remote", "origin", cwd=clone).stdout == before


def forced_command(tmp_path: pathlib.Path, access: list[str], asked: str | None) -> tuple[int, str, str]:
    """Exit status, how git was called, and what the client is told."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "git").write_text('#!/bin/sh\nprintf "%s\\n" "$*"\n')
    (programs / "git").chmod(0o755)
    environment = {"PATH": f"{programs}:/usr/bin:/bin", **({} if asked is None else {"SSH_ORIGINAL_COMMAND": asked})}
    argv = ["/bin/sh", str(FOLDER / "git-only"), *access]
    done = subprocess.run(argv, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("access", ["read", "write"])
def test_every_key_may_fetch(tmp_path: pathlib.Path, access: str) -> None:
    done = forced_command(tmp_path, [access], f"git-upload-pack '{REPOSITORY}'")
    assert done == (0, f"upload-pack --strict {REPOSITORY}\n", "")


def test_a_key_with_write_may_push(tmp_path: pathlib.Path) -> None:
    assert forced_command(tmp_path, ["write"], f"git-receive-pack '{REPOSITORY}'")[:2] == (
        0,
        f"receive-pack {REPOSITORY}\n",
    )


def test_a_key_with_read_may_not_push(tmp_path: pathlib.Path) -> None:
    status, called, told = forced_command(tmp_path, ["read"], f"git-receive-pack '{REPOSITORY}'")
    assert (status, called) == (1, "")
    assert told == f"git-server: this key may read {REPOSITORY}, but not push to it.\n"


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "",
        "sh",
        "git-upload-pack '/etc'",
        "git-upload-pack '/srv/git/other.git'",
        f"git-upload-pack {REPOSITORY}",
        f"git-upload-pack '{REPOSITORY}'; touch broken-in",
        f"git-upload-pack '{REPOSITORY}'\ntouch broken-in",
        f"git-upload-pack '{REPOSITORY}/../platform.git'",
        f"git-upload-pack '{REPOSITORY}' --foo",
        f"git-upload-archive '{REPOSITORY}'",
        "git-upload-pack '$(touch broken-in)'",
        "*",
    ],
)
def test_everything_else_is_refused_in_one_line(tmp_path: pathlib.Path, asked: str | None) -> None:
    status, called, told = forced_command(tmp_path, ["write"], asked)
    assert (status, called) == (1, "")
    assert told.startswith("git-server: only fetching")
    assert told.count("\n") == 1
    assert not (tmp_path / "broken-in").exists()


@pytest.mark.parametrize("access", [[], ["admin"], [""]])
def test_a_key_that_is_set_up_wrongly_may_nothing(tmp_path: pathlib.Path, access: list[str]) -> None:
    status, called, _ = forced_command(tmp_path, access, f"git-upload-pack '{REPOSITORY}'")
    assert (status, called) == (1, "")


def sshd_settings() -> dict[str, str]:
    lines = (FOLDER / "sshd_config").read_text("utf-8").splitlines()
    pairs = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    settings = dict(pairs)
    assert len(settings) == len(pairs)
    return settings


def test_sshd_reads_what_the_entry_point_puts_there() -> None:
    text = (FOLDER / "entrypoint").read_text("utf-8")
    folders = dict(re.findall(r'^: "\$\{(GIT_SERVER_\w+):=(\S+)\}"', text, re.MULTILINE))
    settings = sshd_settings()
    assert settings["HostKey"] == f"{folders['GIT_SERVER_RUN']}/ssh_host_ed25519_key"
    assert settings["AuthorizedKeysFile"] == f"{folders['GIT_SERVER_KEYS']}/authorized_keys"
    assert folders["GIT_SERVER_REPOSITORY"] == REPOSITORY


def test_sshd_lets_in_one_user_by_key_and_forwards_nothing() -> None:
    settings = sshd_settings()
    assert (settings["AllowUsers"], settings["AuthenticationMethods"], settings["Port"]) == ("git", "publickey", "2222")
    assert settings["DisableForwarding"] == "yes"
    refused = ("PasswordAuthentication", "KbdInteractiveAuthentication", "PermitTTY", "PermitUserRC", "PermitRootLogin")
    assert {settings[name] for name in refused} == {"no"}
    # the environment of a session goes to git: only the version of its protocol may come from outside
    assert (settings["AcceptEnv"], settings["PermitUserEnvironment"]) == ("GIT_PROTOCOL", "no")
