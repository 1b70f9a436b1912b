# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The emulated Vast API: the provider's own client works with it, instances are real ssh servers, bills end with the destroy."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import time
import typing as t
from collections.abc import Callable

import pytest
from emulator.vast import Emulator, Fault
from emulator.vast.catalogue import MARKET
from emulator.vast.errors import ApiError
from vast_fixture import views
from vast_fixture.client import Client

VM = "docker.io/vastai/kvm:ubuntu_terminal"
RENT = {"client_id": "me", "image": VM, "disk": 32, "label": "somebody/demo/node-1"}


def until(condition: Callable[[], t.Any], what: str) -> t.Any:
    """Wait for what happens in the background."""
    end = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < end, f"not seen within 20 s: {what}"
        time.sleep(0.05)
    return found


def ssh(key: pathlib.Path, row: dict[str, t.Any], known_hosts: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Log in to an instance, whose host key has to be the pinned one."""
    options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known_hosts}"]
    words = [word for option in options for word in ("-o", option)]
    argv = ["ssh", "-F", "/dev/null", *words, "-i", str(key), "-p", str(row["ssh_port"]), f"root@{row['ssh_host']}"]
    return subprocess.run([*argv, "whoami"], capture_output=True, text=True, check=False, timeout=30)


def test_the_providers_client_finds_rents_sees_and_destroys_what_the_account_has(
    vast: Emulator, provider: Client, ssh_key: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    wanted = "gpu_name=RTX_4090 num_gpus=1 vms_enabled=true reliability>0.99 geolocation in [SE,NO,VN]"
    offers = provider("search", "offers", f"{wanted} driver_version>=540.0.0", "-o", "dph_total", "--storage", "32")
    assert [(row["geolocation"], row["driver_version"]) for row in offers] == [
        ("Sweden, SE", "550.54.14"),
        ("Norway, NO", "570.86.15"),
    ]
    vast.account.add_key(ssh_key.with_suffix(".pub").read_text())
    rent = ("--image", VM, "--disk", "32", "--label", "somebody/demo/node-1", "--ssh", "--direct")
    number = provider("create", "instance", str(offers[0]["id"]), *rent)["new_contract"]

    until(lambda: vast.account.find(number).status == "running", "it runs")
    (row,) = provider("show", "instances")
    assert (row["id"], row["label"], row["gpu_name"]) == (number, "somebody/demo/node-1", "RTX 4090")
    assert row["dph_total"] == pytest.approx(offers[0]["dph_total"])
    assert provider("show", "instance", str(number))["actual_status"] == "running"
    taken = provider.refused("create", "instance", str(offers[0]["id"]), *rent)
    assert (taken["status_code"], "no_such_ask" in taken["msg"]) == (410, True)

    scan = ["ssh-keyscan", "-t", "ed25519", "-p", str(row["ssh_port"]), row["ssh_host"]]
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(subprocess.run(scan, capture_output=True, text=True, check=True).stdout)
    assert ssh(ssh_key, row, known_hosts).stdout == "root\n"

    provider("destroy", "instance", str(number), "-y")
    assert provider("show", "instances") == []
    assert vast.account.living() == []
    (bill,) = vast.bill()
    assert bill.ended
    assert bill.gpu_seconds <= bill.seconds
    time.sleep(1.1)
    assert vast.bill() == [bill]


def test_the_providers_client_pages_through_many_instances(tmp_path: pathlib.Path, provider: Client) -> None:
    with Emulator(market=MARKET[:1] * 60, boot_seconds=60) as many:
        for offer in many.account.search({})[:57]:
            many.account.rent(offer["id"], {**RENT, "image": "python", "label": None}, True)
        rows = dataclasses.replace(provider, server=many)("show", "instances")
        assert [row["id"] for row in rows] == [instance.id for instance in many.account.living()]
        assert sum(call.path == "/api/v1/instances/" for call in many.calls) == 3


def test_the_providers_client_gets_over_a_rate_limit_and_reports_a_wrong_key(vast: Emulator, provider: Client) -> None:
    vast.inject(Fault("429", path="/api/v0/ssh/"))
    assert provider("show", "ssh-keys") == []
    assert [call.status for call in vast.calls if call.path == "/api/v0/ssh/"] == [429, 200]
    vast.api_key, known = "another", vast.api_key
    answer = provider.run("show", "ssh-keys", "--api-key", known).stderr
    assert "Invalid user key" in answer


def test_the_providers_client_and_our_modules_see_the_same_at_every_step(
    vast: Emulator, provider: Client, ssh_key: pathlib.Path
) -> None:
    number = rented(vast)

    def status(wanted: str) -> None:
        until(lambda: vast.account.find(number).status == wanted, wanted)

    status("running")
    rented(vast, label=None)
    steps: list[Callable[[], t.Any]] = [
        lambda: provider.run("stop", "instance", str(number)) and status("exited"),
        lambda: provider.run("start", "instance", str(number)) and status("running"),
        lambda: provider.run("create", "ssh-key", ssh_key.with_suffix(".pub").read_text(), "-y"),
        lambda: vast.account.add_volume(301, "somebody/demo/models", 20, "local_volume"),
        lambda: provider.run("label", "instance", str(number), "somebody/demo/other"),
        lambda: provider("destroy", "instance", str(number), "-y"),
    ]
    comparison = views.Comparison(vast, provider)
    comparison.look()
    for step in steps:
        step()
        comparison.look()
    assert comparison.differing == []
    assert len(comparison.seen) == 1 + len(steps)
    seen = comparison.seen[-1]
    assert [len(seen[kind]) for kind in ("instances", "keys", "volumes")] == [1, 1, 1]
    assert [row[1] for row in seen["instances"]] == [None]


def rented(vast: Emulator, **changed: t.Any) -> int:
    """Rent the cheapest offer over HTTP; the instance's id."""
    offer = vast.account.search({"order": [["dph_total", "asc"]], "vms_enabled": {"eq": True}})[0]["id"]
    return vast.account.rent(offer, {**RENT, "image": "python", **changed}, True).id


def test_a_stopped_instance_costs_its_disk_alone_and_keeps_its_host_key(vast: Emulator) -> None:
    number = rented(vast)
    instance = until(lambda: (one := vast.account.find(number)).status == "running" and one, "it runs")
    host = ["ssh-keyscan", "-t", "ed25519", "-p", str(instance.address.port), instance.address.host]
    before = subprocess.run(host, capture_output=True, text=True, check=True).stdout
    vast.account.set_state(number, "stopped", True)
    stopped = vast.bill()[0]
    time.sleep(1.1)
    later = vast.bill()[0]
    assert (later.gpu_seconds, later.seconds > stopped.seconds, later.usd > stopped.usd) == (
        stopped.gpu_seconds,
        True,
        True,
    )
    vast.account.set_state(number, "running", True)
    until(lambda: vast.account.find(number).status == "running", "it runs again")
    assert subprocess.run(host, capture_output=True, text=True, check=True).stdout == before != ""


def test_a_lost_answer_leaves_an_instance_and_a_reset_leaves_none(vast: Emulator, provider: Client) -> None:
    offers = [str(row["id"]) for row in vast.account.search({"limit": 2})]
    vast.inject(
        Fault("reset", method="PUT", path=offers[0], times=0), Fault("lost_answer", method="PUT", path=offers[1])
    )
    rent = ("--image", "python", "--disk", "16", "--label", "somebody/demo/node-1")
    assert provider.run("create", "instance", offers[0], *rent, "--retry", "1").returncode != 0
    assert vast.account.living() == []
    assert provider.run("create", "instance", offers[1], *rent, "--retry", "1").returncode != 0
    assert [instance.label for instance in vast.account.living()] == ["somebody/demo/node-1"]


def test_an_offer_can_be_sold_before_it_is_rented_and_an_instance_can_stay_in_loading(
    vast: Emulator, provider: Client
) -> None:
    first, second = (str(row["id"]) for row in vast.account.search({"limit": 2}))
    vast.inject(Fault("sold", path=f"/asks/{first}/"), Fault("never_boots", path=f"/asks/{second}/"))
    rent = ("--image", "python", "--disk", "16")
    assert provider.refused("create", "instance", first, *rent)["status_code"] == 410
    number = provider("create", "instance", second, *rent)["new_contract"]
    until(lambda: vast.account.find(number).status == "loading", "the host has heard of it")
    time.sleep(3 * vast.account.boot_seconds)
    assert (vast.account.find(number).status, vast.bill()[0].gpu_seconds) == ("loading", 0)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"image": None}, "invalid_args"),
        ({"disk": 4}, "invalid_args"),
        ({"disk": 90000}, "invalid_args"),
        ({"label": "x" * 257}, "invalid_args"),
        ({"image": VM}, "no_ssh_key_for_vm"),
    ],
)
def test_what_the_provider_refuses_is_refused_with_its_error_and_rents_nothing(
    vast: Emulator, changed: dict[str, t.Any], error: str
) -> None:
    with pytest.raises(ApiError) as caught:
        rented(vast, **changed)
    assert caught.value.body["error"] == error
    assert vast.account.living() == []
