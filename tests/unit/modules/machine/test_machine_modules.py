# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host, Result
from ansible_collections.inference.platform.plugins.modules import machine, machine_info


class BareHost(Host):
    """A host without any program of ours that can run nothing."""

    def has(self, program: str) -> bool:
        return False

    def run(self, argv: t.Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> Result:
        raise AssertionError(f"{argv} was run")


@pytest.fixture(autouse=True)
def fixture_host(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """The modules see a bare host, as root."""
    root = tmp_path / "host"
    for folder in ("proc/self", "sys/class/net"):
        (root / folder).mkdir(parents=True)
    for module in (machine, machine_info):
        monkeypatch.setattr(module, "Host", lambda: BareHost(root))
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def run(
    main: t.Callable[[], None], capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], check: bool = False
) -> dict[str, t.Any]:
    """Run a module and return its result."""
    with (
        patch_module_args({**arguments, "_ansible_check_mode": check, "_ansible_remote_tmp": "/tmp"}),
        pytest.raises(SystemExit),
    ):
        main()
    found: dict[str, t.Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture(name="arguments")
def fixture_arguments(tmp_path: pathlib.Path) -> dict[str, t.Any]:
    """Arguments of the module for one machine."""
    return {
        "platform": "demo",
        "machines": [{"name": "m1", "address": "10.203.0.11"}],
        "directory": str(tmp_path / "state/machines"),
        "ssh_directory": str(tmp_path / "state/ssh"),
    }


def test_check_mode_tells_everything_on_a_bare_host_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], tmp_path: pathlib.Path
) -> None:
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    result = run(machine.main, capsys, arguments, check=True)
    assert result["changed"] is True
    assert [step.partition(":")[0] for step in result["steps"]] == [
        f"directory {arguments['directory']}",
        "ssh key",
        "bridge ipl-demo",
        "net.ipv4.ip_forward",
        "firewall table nat",
        "firewall table filter",
        "machine m1",
        "machine m1",
        "known_hosts",
    ]
    assert "machine m1: absent" in result["diff"]["before"]
    assert "machine m1: created at 10.203.0.11" in result["diff"]["after"]
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_nothing_is_removed_from_a_bare_host(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], tmp_path: pathlib.Path, state: str, check: bool
) -> None:
    result = run(machine.main, capsys, {**arguments, "state": state}, check=check)
    assert (result["changed"], result["steps"], result["machines"]) == (False, [], [])
    assert not (tmp_path / "state").exists()


def test_a_user_who_is_not_root_is_told_so(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "machines need root" in run(machine.main, capsys, arguments)["msg"]


def test_a_foreign_folder_is_refused_and_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any], tmp_path: pathlib.Path
) -> None:
    stranger = pathlib.Path(arguments["directory"]) / "m1/root/file"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("precious")
    for state in ("started", "stopped", "absent"):
        result = run(machine.main, capsys, {**arguments, "state": state})
        assert result["failed"] is True
        assert "does not belong to platform 'demo'" in result["msg"]
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["machines"]
    assert stranger.read_text() == "precious"


def test_info_of_a_bare_host_names_what_is_missing(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any]
) -> None:
    result = run(machine_info.main, capsys, {"platform": "demo", "directory": arguments["directory"]})
    assert result["machines"] == []
    assert result["missing_packages"] == ["iproute2", "iptables", "openssh-client", "systemd-container", "tar"]
    assert result["changed"] is False


def test_info_refuses_a_folder_of_another_platform(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, t.Any]
) -> None:
    owner = pathlib.Path(arguments["directory"]) / "owner.json"
    owner.parent.mkdir(parents=True)
    owner.write_text(json.dumps({"platform": "other"}))
    result = run(machine_info.main, capsys, {"platform": "demo", "directory": arguments["directory"]})
    assert "owner.json says platform 'other'" in result["msg"]
