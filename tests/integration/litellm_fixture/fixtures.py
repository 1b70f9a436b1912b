# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL and LiteLLM on loopback ports, for one session of tests."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import typing as t

import pytest
from groups import ENDING

from litellm_fixture import versions
from litellm_fixture.images import COLLECTION, Bind, Image, unpack, unpack_from

START_LIMIT = 300.0
# A copy of LiteLLM's database as its migrations made it: the migrations take longer than a copy.
MIGRATED = "migrated"


@dataclasses.dataclass
class Database:
    """A running PostgreSQL server with one superuser, litellm."""

    image: Image
    port: int
    password: str
    folder: pathlib.Path
    process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        return f"postgresql://litellm:{self.password}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        (self.folder / "run").mkdir(exist_ok=True)
        os.chown(self.folder / "run", 999, 999)
        self.process = self.image.start(
            [*self.image.entrypoint, "-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1"],
            env={"POSTGRES_USER": "litellm", "POSTGRES_DB": "litellm", "POSTGRES_PASSWORD_FILE": "/run/password/value"},
            binds=[
                Bind(self.folder / "data", "/var/lib/postgresql/data", writable=True),
                Bind(self.folder / "password", "/run/password"),
                Bind(self.folder / "run", "/run/postgresql", writable=True),
            ],
            log=self.folder / "log",
        )
        wait(self._answers, self.process, self.folder / "log")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(2)  # SIGINT: disconnects clients
            self.process.wait(60)
        self.process = None

    def create(self, name: str, template: str = "template1") -> str:
        """A new database, empty or a copy of one that nobody is connected to; its URL."""
        psql = ["psql", "-q", self.url("postgres"), "-c", f'create database "{name}" template "{template}"']
        made = self.image.run(psql)
        assert made.returncode == 0, made.stderr
        return self.url(name)

    def _answers(self) -> bool:
        ready = ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "litellm", "-d", "litellm"]
        return self.image.run(ready).returncode == 0


@dataclasses.dataclass
class Counters:
    """A running Redis for counters of limits, as the role sets it up."""

    port: int
    password: str


@dataclasses.dataclass
class Proxy:
    """A running LiteLLM proxy over that database, with the configuration that the role renders."""

    image: Image
    database: Database
    port: int
    master_key: str
    folder: pathlib.Path
    counters: Counters
    # where the twin listens, which is this one's external endpoint, and the key with which it is called
    twin_port: int
    twin_key: str
    # where the engines' gateway would be
    gateway_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = self.image.start(
            [
                *self.image.entrypoint,
                "--config",
                "/run/litellm/config.yaml",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
            ],
            env={
                "LITELLM_MASTER_KEY": self.master_key,
                "LITELLM_SALT_KEY": "sk-salt-0123456789",
                "DATABASE_URL": self.database.url("litellm"),
                "VLLM_API_KEY": "none",
                "LITELLM_REDIS_PASSWORD": self.counters.password,
                "EXTERNAL_API_KEY_FAR": self.twin_key,
                "EXTERNAL_API_KEY_LOCKED": "sk-a-key-that-opens-nothing",
                "DISABLE_SCHEMA_UPDATE": "true",
                "LITELLM_MODE": "PRODUCTION",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "LITELLM_TELEMETRY": "False",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            binds=[Bind(self.folder / "config", "/run/litellm")],
            log=self.folder / "log",
        )
        wait(lambda: self.get("/health/readiness", "")[0] == 200, self.process, self.folder / "log")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
        self.process = None

    def get(self, path: str, key: str) -> tuple[int, t.Any]:
        """Status (0: no answer) and decoded body of a GET with that key."""
        return self._ask("GET", path, None, key)

    def post(self, path: str, body: t.Mapping[str, t.Any], key: str) -> tuple[int, t.Any]:
        """Status (0: no answer) and decoded body of a POST with that key."""
        return self._ask("POST", path, json.dumps(body), key)

    def text(self, path: str, body: t.Mapping[str, t.Any], key: str) -> tuple[int, str]:
        """Status and whole body of a POST whose answer may be a stream."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def _ask(self, method: str, path: str, body: str | None, key: str) -> tuple[int, t.Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, json.load(response)
        except OSError:
            return 0, None
        finally:
            connection.close()

    def twin(self) -> Proxy:
        """A second one over the same database and counters, not started yet.

        It writes no rows: answers that the first passes on from it keep their id, and a database takes one row for an id.
        """
        folder = self.folder.with_name(f"{self.folder.name}-twin")
        shutil.copytree(self.folder / "config", folder / "config")
        settings = folder / "config" / "config.yaml"
        text = settings.read_text(encoding="utf-8").replace(
            "general_settings:\n", "general_settings:\n  disable_spend_logs: true\n"
        )
        settings.write_text(text, encoding="utf-8")
        folder.chmod(0o755)
        return dataclasses.replace(self, port=self.twin_port, folder=folder, process=None)

    def models(self, key: str) -> list[str] | int:
        """Names that a key may call, or the status with which it is refused."""
        status, body = self.get("/v1/models", key)
        return sorted(entry["id"] for entry in body["data"]) if status == 200 else status


def wait(done: t.Callable[[], bool], process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    """Until done. Raises RuntimeError with the end of the log when the process ends or time is up."""
    deadline = time.monotonic() + START_LIMIT
    while not done():
        if process.poll() is not None or time.monotonic() > deadline:
            end = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            raise RuntimeError(f"The server did not come up (exit status {process.poll()}). The end of its log:\n{end}")
        time.sleep(0.3)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def render_config(folder: pathlib.Path, counters: Counters, gateway_port: int, twin_port: int) -> None:
    """config.yaml and the callbacks, as the role puts them into its ConfigMap in tier prod."""
    playbook = pathlib.Path(__file__).with_name("render.yml")
    command = [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(playbook)]
    coordination = {"host": "127.0.0.1", "port": counters.port, "password": "os.environ/LITELLM_REDIS_PASSWORD"}
    variables = json.dumps(
        {
            "folder": str(folder),
            "role": str(COLLECTION / "roles" / "litellm"),
            "litellm_gateway_url": f"http://127.0.0.1:{gateway_port}/v1",
            "far_url": f"http://127.0.0.1:{twin_port}/v1",
            "__litellm_coordination": {"coordination_redis": coordination},
        }
    )
    subprocess.run([*command, "-e", variables], check=True, cwd=COLLECTION, stdout=subprocess.PIPE)


@pytest.fixture(scope="session")
def litellm_image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("litellm-image")
    ENDING.callback(shutil.rmtree, folder)
    version = versions.chosen()
    return unpack_from(versions.store(version) / "oci", versions.reference(version), folder / "root")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Database:
    folder = tmp_path_factory.mktemp("postgres")
    ENDING.callback(shutil.rmtree, folder)
    image = unpack("postgres", folder / "root")
    password = secrets.token_hex(16)
    for name in ("data", "password"):
        (folder / name).mkdir()
        os.chown(folder / name, 999, 999)
    (folder / "password" / "value").write_text(password, encoding="utf-8")
    open_to_others(folder)
    database = Database(image, free_port(), password, folder)
    ENDING.callback(database.stop)
    database.start()
    return database


@pytest.fixture(scope="session")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Counters:
    folder = tmp_path_factory.mktemp("redis")
    image = unpack("redis", folder / "root")
    found = Counters(free_port(), secrets.token_hex(16))
    (folder / "settings").mkdir()
    settings = f'requirepass {found.password}\nsave ""\nport {found.port}\nbind 127.0.0.1\ndir /tmp\n'
    (folder / "settings" / "redis.conf").write_text(settings, encoding="utf-8")
    open_to_others(folder)
    binds = [Bind(folder / "settings", "/run/settings")]
    process = image.start([*image.entrypoint, "/run/settings/redis.conf"], binds=binds, log=folder / "log")
    wait(lambda: b"Ready to accept" in (folder / "log").read_bytes(), process, folder / "log")

    def stop() -> None:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)

    ENDING.callback(stop)
    return found


@pytest.fixture(scope="session")
def litellm(
    tmp_path_factory: pytest.TempPathFactory, litellm_image: Image, postgres: Database, counters: Counters
) -> Proxy:
    folder = tmp_path_factory.mktemp("litellm")
    (folder / "config").mkdir()
    open_to_others(folder)
    port, twin_port, gateway_port = free_port(), free_port(), free_port()
    render_config(folder / "config", counters, gateway_port, twin_port)
    migrated = litellm_image.run(
        ["python", "litellm/proxy/prisma_migration.py"], env={"DATABASE_URL": postgres.url("litellm")}
    )
    assert migrated.returncode == 0, migrated.stderr
    postgres.create(MIGRATED, "litellm")
    keys = [f"sk-{secrets.token_hex(16)}" for _ in range(2)]
    proxy = Proxy(litellm_image, postgres, port, keys[0], folder, counters, twin_port, keys[1], gateway_port)
    ENDING.callback(proxy.stop)
    proxy.start()
    return proxy


@pytest.fixture(scope="session")
def twin(litellm: Proxy) -> Proxy:
    """A second proxy over the same database and counters, and the external endpoint of the first."""
    proxy = litellm.twin()
    ENDING.callback(proxy.stop)
    proxy.start()
    return proxy


def open_to_others(folder: pathlib.Path) -> None:
    """pytest's folders are for their owner alone; the servers run as other users."""
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
