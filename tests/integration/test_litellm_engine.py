# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Prisma's engine as the LiteLLM image has it, through the real database client of the image and a real database."""

from __future__ import annotations

import pathlib
import shutil
import time
import typing as t

from litellm_fixture.fixtures import MIGRATED, Database, Proxy
from litellm_fixture.images import COLLECTION, Bind, Image

TESTS = COLLECTION / "tests" / "node" / "prisma-engine"
CLIENT = COLLECTION / "tests" / "integration" / "litellm_fixture" / "client"


def test_the_package_passes_its_own_tests(litellm_image: Image, postgres: Database) -> None:
    tests = sorted(path.name for path in TESTS.glob("*.test.js"))
    assert len(tests) == 6
    for index, name in enumerate(tests):
        result = litellm_image.run(
            ["node", "--test", f"/run/tests/{name}"],
            env={"PRISMA_ENGINE": "/opt/prisma-engine", "DATABASE_URL": postgres.create(f"node-{index}")},
            binds=[Bind(TESTS, "/run/tests")],
        )
        assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]


def test_the_python_client_finds_the_native_engines_behaviour(
    litellm: Proxy, litellm_image: Image, postgres: Database
) -> None:
    url = postgres.create("client", MIGRATED)
    result = litellm_image.run(
        ["python", "/run/client/checks.py"],
        env={"DATABASE_URL": f"{url}?connection_limit=10&pool_timeout=60", "PYTHONDONTWRITEBYTECODE": "1"},
        binds=[Bind(CLIENT, "/run/client")],
    )
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]


def test_the_proxy_says_that_its_database_went_away_and_recovers(litellm: Proxy, postgres: Database) -> None:
    assert litellm.get("/health/readiness", "")[0] == 200
    postgres.stop()
    try:
        comes(lambda: litellm.get("/health/readiness", "")[0] == 503)
    finally:
        postgres.start()
    comes(lambda: litellm.get("/health/readiness", "")[0] == 200)
    comes(lambda: litellm.get("/key/list", litellm.master_key)[0] == 200)


def comes(happened: t.Callable[[], bool]) -> None:
    """The proxy looks at its database from time to time, not at every question."""
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within two minutes"
        time.sleep(0.2)


def test_the_image_runs_the_upstream_migration_program(litellm_image: Image) -> None:
    assert (pathlib.Path(litellm_image.root) / "app/litellm/proxy/prisma_migration.py").is_file()
    assert shutil.which("node", path=str(litellm_image.root / "usr/local/bin"))
