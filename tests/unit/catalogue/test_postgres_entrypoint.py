# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The entry point of the PostgreSQL image, with stand-ins for the server's programs that write down how they are called."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import time
import typing as t

import pytest

ENTRYPOINT = pathlib.Path(__file__).resolve().parents[3] / "catalogue" / "postgres" / "entrypoint"
SECRET = "correct horse battery"

PROGRAMS = {
    "id": "echo ${FAKE_UID:-999}",
    "initdb": """
for option in "$@"; do
  case $option in --pgdata=*) data=${option#*=} ;; --pwfile=*) cat "${option#*=}" >"$LOG/password" ;; esac
done
mkdir -p "$data"; echo 17 >"$data/PG_VERSION"
[ ! -e "$LOG/hang" ] || { touch "$LOG/hanging"; exec sleep 60; }
""",
    "postgres": 'cat >>"$LOG/postgres.stdin"',
}
RECORD = """#!/bin/sh
printf '%s\\n' "$0" "$@" >>"$LOG/argv"
env >>"$LOG/environment"
"""


class Container:
    """A place to run the entry point in."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.log = folder / "log"
        self.data = folder / "volume" / "pgdata"
        self.programs = folder / "bin"
        for path in (self.log, self.data.parent, self.programs):
            path.mkdir()
        for name, body in PROGRAMS.items():
            self.add(name, body)

    def add(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text((RECORD if name != "id" else "#!/bin/sh\n") + body)
        path.chmod(0o755)

    def command(self, *arguments: str) -> list[str]:
        return ["/bin/bash", str(ENTRYPOINT), *arguments]

    def environment(self, **extra: str) -> dict[str, str]:
        path = f"{self.programs}:/usr/bin:/bin"
        return {"PATH": path, "LOG": str(self.log), "PGDATA": str(self.data), "POSTGRES_USER": "litellm", **extra}

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def argv(self) -> str:
        path = self.log / "argv"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def container(tmp_path: pathlib.Path) -> Container:
    return Container(tmp_path)


def wait_for(condition: t.Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_a_new_cluster_gets_user_password_and_database(container: Container) -> None:
    done = container.run("-c", "max_connections=5", POSTGRES_PASSWORD=SECRET)
    assert done.returncode == 0, done.stderr
    assert (container.log / "password").read_text() == f"{SECRET}\n"
    assert "--username=litellm" in container.argv()
    assert (container.log / "postgres.stdin").read_text() == 'CREATE DATABASE "litellm"\n'
    assert "host all all all scram-sha-256" in (container.data / "pg_hba.conf").read_text()
    assert container.argv().endswith("-c\nmax_connections=5\n")


def test_the_password_is_in_no_argument_and_no_environment(container: Container) -> None:
    container.run(POSTGRES_PASSWORD=SECRET)
    assert SECRET not in container.argv()
    assert SECRET not in (container.log / "environment").read_text()


def test_the_password_may_stand_in_a_file(container: Container, tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    assert container.run(POSTGRES_PASSWORD_FILE=str(tmp_path / "secret")).returncode == 0
    assert (container.log / "password").read_text() == f"{SECRET}\n"


def test_a_second_start_leaves_the_cluster_alone_and_needs_no_password(container: Container) -> None:
    container.run(POSTGRES_PASSWORD=SECRET)
    (container.log / "argv").unlink()
    assert container.run().returncode == 0
    assert "initdb" not in container.argv()


def test_a_start_killed_while_making_the_cluster_is_made_good_by_the_next(container: Container) -> None:
    (container.log / "hang").touch()
    first = subprocess.Popen(
        container.command(), env=container.environment(POSTGRES_PASSWORD=SECRET), start_new_session=True
    )
    wait_for((container.log / "hanging").exists)
    os.killpg(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert not container.data.exists()
    (container.log / "hang").unlink()
    assert container.run(POSTGRES_PASSWORD=SECRET).returncode == 0
    assert [path.name for path in container.data.parent.iterdir()] == ["pgdata"]


def test_a_new_cluster_without_a_password_is_refused(container: Container) -> None:
    done = container.run()
    assert (done.returncode, container.argv()) == (1, "")
    assert "POSTGRES_PASSWORD_FILE" in done.stderr


def test_files_that_are_no_cluster_are_kept(container: Container) -> None:
    container.data.mkdir()
    (container.data / "precious").touch()
    done = container.run(POSTGRES_PASSWORD=SECRET)
    assert done.returncode == 1
    assert "not a cluster" in done.stderr
    assert (container.data / "precious").exists()


def test_the_server_is_not_run_as_root(container: Container) -> None:
    done = container.run(POSTGRES_PASSWORD=SECRET, FAKE_UID="0")
    assert (done.returncode, container.argv()) == (1, "")


def test_another_program_is_run_as_it_is(container: Container) -> None:
    container.add("psql", "")
    assert container.run("psql", "--version").returncode == 0
    assert container.argv() == f"{container.programs}/psql\n--version\n"
