# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The roles litellm and tenants against a real API server; tenants also against the real LiteLLM."""

from __future__ import annotations

import base64
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import typing as t

import pytest
import yaml
from kube_fixture.server import ControlPlane
from litellm_fixture import modules
from litellm_fixture.fixtures import Proxy
from litellm_fixture.images import COLLECTION
from litellm_fixture.playbooks import play
from playbook_run import Run
from sealed_fixture.controller import Controller

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

NAMESPACE = "/api/v1/namespaces"


@pytest.fixture(scope="module")
def api(control_plane: ControlPlane) -> t.Iterator[Client]:
    client = Client(config.load(control_plane.kubeconfig))
    yield client
    client.close()


def test_the_api_server_takes_every_object_and_a_second_run_writes_nothing(
    control_plane: ControlPlane, tmp_path: pathlib.Path
) -> None:
    variables = {
        "folder": str(tmp_path),
        "kubeconfig": str(control_plane.kubeconfig),
        "role": str(COLLECTION / "roles" / "litellm"),
    }
    first = play("objects.yml", variables)
    assert first.rc == 0, first.output[-3000:]
    before = len(control_plane.writes())
    second = play("objects.yml", variables)
    assert (second.rc, second.changed) == (0, 0)
    assert len(control_plane.writes()) == before
    several = play("objects.yml", {**variables, "overrides": {"litellm_replicas": 2}})
    assert several.rc == 0, several.output[-3000:]
    assert (tmp_path / "tree" / "50-proxy" / "poddisruptionbudget-llm-gateway-litellm.yaml").is_file()


TENANT: dict[str, t.Any] = {
    "team": "role-a",
    "models": ["coder-chat"],
    "budget": {"usd": 5, "period": "30d"},
    "limits": {"rpm": 50},
    "keys": [{"alias": "ci", "budget": None, "limits": {}, "models": []}],
}


class Tenants:
    """The role with a folder for its keys; the proxy's master key lies in the cluster's Secret."""

    def __init__(self, plane: ControlPlane, proxy: Proxy, folder: pathlib.Path) -> None:
        self.proxy = proxy
        self.folder = folder
        self.variables = {"folder": str(folder), "kubeconfig": str(plane.kubeconfig), "endpoint": proxy.url}

    def run(self, *tenants: dict[str, t.Any], options: tuple[str, ...] = (), **more: str) -> Run:
        return play(
            "tenants.yml",
            {"entry": "main", "where": "kubernetes", **self.variables, "tenants": list(tenants), **more},
            *options,
        )

    def value(self, name: str) -> str:
        return (self.folder / "keys" / name).read_text(encoding="utf-8").strip()


@dataclasses.dataclass(frozen=True)
class Made:
    """Tenants as the role made them, after a check run with the first of them."""

    tenants: Tenants
    check: Run
    folder_after_check: bool
    first: Run


def tenant(team: str) -> dict[str, t.Any]:
    return {**TENANT, "team": team}


TEAMS = ("role-a", "role-b", "role-c", "role-d")


@pytest.fixture(scope="module")
def made(api: Client, control_plane: ControlPlane, litellm: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Made:
    if api.find(f"{NAMESPACE}/llm-gateway") is None:
        api.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "llm-gateway"}})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "litellm"}}
    api.create(f"{NAMESPACE}/llm-gateway/secrets", {**secret, "stringData": {"LITELLM_MASTER_KEY": litellm.master_key}})
    tenants = Tenants(control_plane, litellm, tmp_path_factory.mktemp("tenants"))
    check = tenants.run(TENANT, options=("--check",))
    folder = (tenants.folder / "keys").exists()
    return Made(tenants, check, folder, tenants.run(*map(tenant, TEAMS)))


@pytest.fixture
def tenants(made: Made) -> Tenants:
    """The role, its tenants made."""
    assert made.first.rc == 0, made.first.output[-3000:]
    return made.tenants


def test_a_tenant_gets_a_file_with_a_key_that_works_and_a_second_run_changes_nothing(
    made: Made, tenants: Tenants
) -> None:
    assert made.check.rc == 0, made.check.output[-3000:]
    assert made.check.changed > 0
    assert not made.folder_after_check
    value = tenants.value("role-a-ci")
    assert (tenants.folder / "keys" / "role-a-ci").stat().st_mode & 0o777 == 0o600
    assert tenants.proxy.models(value) == ["coder-chat", "coder-chat-fim"]
    second = tenants.run(TENANT)
    assert (second.rc, second.changed) == (0, 0)
    for secret in (value, tenants.proxy.master_key):
        assert secret not in made.check.output + made.first.output + second.output


def test_a_key_that_litellm_lost_comes_back_with_the_same_value(tenants: Tenants) -> None:
    value = tenants.value("role-b-ci")
    (tenants.folder / "keys" / "role-b-ci").unlink()
    access = {"url": tenants.proxy.url, "master_key": tenants.proxy.master_key}
    modules.run("litellm_key", {**access, "key_alias": "role-b-ci", "state": "absent"})
    assert tenants.proxy.models(value) == 401
    assert tenants.run(tenant("role-b")).rc == 0
    assert tenants.value("role-b-ci") == value
    assert tenants.proxy.models(value) == ["coder-chat", "coder-chat-fim"]


def test_a_limit_that_leaves_the_configuration_leaves_litellm(tenants: Tenants) -> None:
    free = tenants.run({**tenant("role-c"), "limits": {}, "budget": None, "models": ["coder-chat", "coder-embed"]})
    assert (free.rc, free.changed) == (0, 1)
    assert tenants.proxy.models(tenants.value("role-c-ci")) == ["coder-chat", "coder-chat-fim", "coder-embed"]
    _status, team = tenants.proxy.get("/team/info?team_id=role-c", tenants.proxy.master_key)
    assert (team["team_info"]["max_budget"], team["team_info"]["rpm_limit"]) == (None, None)


def test_a_rotated_key_is_delivered_where_it_was_and_tenants_go_on(tenants: Tenants) -> None:
    place = {"namespace": "llm-gateway", "name": "role-r-copy", "key": "KEY"}
    published = {**TENANT, "team": "role-r", "keys": [{**TENANT["keys"][0], "secret": place}]}
    assert tenants.run(published).rc == 0
    first = tenants.value("role-r-ci")
    rotated = tenants.run(published, entry="rotate", tenants_rotate_key="role-r-ci", tenants_rotate_older_than="0s")
    assert rotated.rc == 0, rotated.output[-3000:]
    second = tenants.value("role-r-ci")
    assert second != first
    assert [tenants.proxy.models(value) for value in (first, second)] == [["coder-chat", "coder-chat-fim"]] * 2
    after = tenants.run(published)
    assert (after.rc, after.changed) == (0, 0), after.output[-3000:]
    for secret in (first, second, tenants.proxy.master_key):
        assert secret not in rotated.output + after.output


def test_values_are_sealed_and_sealed_anew_when_they_change(
    tenants: Tenants, sealed_controller: Controller, api: Client
) -> None:
    assert sealed_controller
    team = {**TENANT, "team": "role-s"}
    first = tenants.run(team, where="sealed")
    assert first.rc == 0, first.output[-3000:]
    assert tenants.run(team, where="sealed").changed == 0
    file = tenants.folder / "tree" / "56-tenant-keys" / "sealedsecret.bitnami.com-llm-gateway-tenant-role-s-ci.yaml"
    before = file.read_text(encoding="utf-8")
    rotated = tenants.run(team, where="sealed", entry="rotate", tenants_rotate_older_than="0s")
    assert rotated.rc == 0, rotated.output[-3000:]
    assert file.read_text(encoding="utf-8") != before
    kept = (api.find(f"{NAMESPACE}/llm-gateway/secrets/tenant-role-s-ci") or {})["data"]
    assert {name: base64.b64decode(value).decode() for name, value in kept.items()} == {
        "api-key": tenants.value("role-s-ci")
    }


def test_a_failure_shows_no_value(tenants: Tenants) -> None:
    value = tenants.value("role-d-ci")
    access = {"url": tenants.proxy.url, "master_key": tenants.proxy.master_key}
    modules.run("litellm_key", {**access, "key_alias": "role-d-ci", "state": "absent"})
    modules.run("litellm_key", {**access, "key_alias": "thief", "key": value})
    failed = tenants.run(tenant("role-d"))
    assert failed.rc == 2
    assert "with the alias 'thief'" in failed.output
    assert value not in failed.output


def inventory(tenants: Tenants) -> pathlib.Path:
    """An inventory of a platform at the proxy's address, in whose state folder the control plane's kubeconfig lies."""
    state = tenants.folder / "state"
    state.mkdir()
    shutil.copy(tenants.variables["kubeconfig"], state / "kubeconfig")
    model = {"name": "coder-chat", "source": "builtin://tiny-coder", "served_for": ["chat", "fim"]}
    variables = {
        "platform_state_dir": str(state),
        "platform_endpoint_port": tenants.proxy.port,
        "platform_models": [{**model, "price": {"input_per_token": 0.1, "output_per_token": 0.2}}],
        "ansible_python_interpreter": sys.executable,
    }
    path = tenants.folder / "hosts.yml"
    hosts = {"localhost": {"ansible_connection": "local"}}
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}), encoding="utf-8")
    return path


def product(playbook: str, hosts: pathlib.Path, **variables: t.Any) -> Run:
    """Runs a playbook of the product."""
    program = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", str(hosts), "-e", json.dumps(variables), str(COLLECTION / "playbooks" / playbook)]
    done = subprocess.run(command, cwd=COLLECTION, capture_output=True, text=True, check=False)
    return Run(done.returncode, done.stdout + done.stderr)


def test_one_tenant_comes_and_goes_and_its_rows_stay(tenants: Tenants) -> None:
    hosts = inventory(tenants)
    file = tenants.folder / "state" / "keys" / "role-e-ci"
    tenant = {"team": "role-e", "models": ["coder-chat"], "budget": {"usd": 5}, "keys": [{"alias": "ci"}]}
    added = product("add_tenant.yml", hosts, tenant=tenant)
    assert added.rc == 0, added.output[-3000:]
    assert str(file) in added.output
    value = file.read_text(encoding="utf-8").strip()
    assert tenants.proxy.models(value) == ["coder-chat", "coder-chat-fim"]
    # models alone: what LiteLLM knows of keys and teams is not for tenants
    assert tenants.proxy.get("/key/info", value)[0] == 403

    blocked = product("remove_tenant.yml", hosts, team="role-e")
    assert blocked.rc == 0, blocked.output[-3000:]
    assert (tenants.proxy.models(value), file.exists()) == (401, True)
    gone = product("remove_tenant.yml", hosts, team="role-e", confirm="role-e")
    assert gone.rc == 0, gone.output[-3000:]
    assert not file.exists()
    assert tenants.proxy.get("/team/info?team_id=role-e", tenants.proxy.master_key)[0] == 404
    assert value not in added.output + blocked.output + gone.output
