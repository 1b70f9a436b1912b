# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""site.yml against a provider that fails, and killed at every call to it: what was rented is adopted by the next run or is gone.

The machines answer ssh and can do nothing, so the runs end where the hosts begin. `make vast`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import typing as t

import pytest
from emulator.vast import Call, Emulator, Fault
from emulator.vast.catalogue import MARKET
from renting import Rented

from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

LABEL = "inference-platform/tests@here/rented"
OWN = [f"{LABEL}/node-1", f"{LABEL}/node-2"]
VARIABLES: dict[str, t.Any] = {
    "platform_profile": "platform",
    "platform_models": [],
    "platform_tenants": [],
    "artifacts": {},
    "vast_poll": 0.1,
    "vast_timeout": 60,
}
RENT_ONLY = ("--tags", "substrate", "--skip-tags", "hosts,platform,tenants,handover,verify")
# Renting two machines: the two calls for the key, six for each machine, and a list for the hosts.
CALLS = 15
# Everything that renting and giving back asks of the provider.
KINDS = (
    ("GET", "/instances/"),
    ("GET", "/ssh/"),
    ("POST", "/ssh/"),
    ("POST", "/bundles/"),
    ("PUT", "/asks/"),
    ("GET", "/volumes"),
    ("DELETE", "/instances/"),
    ("DELETE", "/ssh/"),
)


@contextlib.contextmanager
def account(folder: pathlib.Path, **variables: t.Any) -> t.Iterator[Rented]:
    """An empty account, and a platform of which nothing is there yet."""
    folder.mkdir()
    with Emulator(boot_seconds=0.05, market=MARKET * 2) as vast:
        made = Rented(vast, folder, {**VARIABLES, **variables})
        made.prepare()
        yield made
        ssh.end(ssh.running(str(made.state / "ssh/known_hosts")))


@pytest.fixture
def rented(tmp_path: pathlib.Path) -> t.Iterator[Rented]:
    with account(tmp_path / "platform") as made:
        yield made


def living(rented: Rented) -> list[int]:
    return [one.id for one in rented.vast.account.living()]


def family(process: int) -> list[int]:
    """The process and all below it, whatever session they have made for themselves."""
    children = [
        int(child)
        for file in pathlib.Path(f"/proc/{process}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return [process, *(one for child in children for one in family(child))]


def killed_at(rented: Rented, playbook: str, number: int, *words: str, whole: bool = True) -> bool:
    """Runs a playbook and kills it at its call of that number, after the effect and before the answer; False when it ended before.

    Without ``whole`` only Ansible itself is killed: the module that it has started goes on.
    """
    last = len(rented.vast.calls) + number
    struck: list[str] = []

    def watch(moment: str, call: Call) -> None:
        if moment == "after" and call.number == last:
            struck.append(call.path)
            for one in family(run.pid) if whole else [run.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)

    rented.vast.watch = watch
    run = rented.start(playbook, *words)
    run.wait()
    rented.vast.watch = lambda moment, call: None
    assert struck or run.returncode == 0, rented.said[-4000:]
    return bool(struck)


def rent(rented: Rented) -> str:
    """Has the machines; whichever way it was reached, both are there once and their host keys are pinned."""
    output = rented.must("site", *RENT_ONLY).output
    assert rented.labels() == OWN
    pinned = (rented.state / "ssh/known_hosts").read_text()
    assert all(f"{one.label}#{one.id}" in pinned for one in rented.vast.account.living())
    return output


def give_back(rented: Rented) -> None:
    """The teardown proves that nothing is left, and every bill has ended."""
    rented.must("teardown")
    report = json.loads((rented.state / "report/bill.json").read_text())
    assert (report["left"], report["usd_per_hour"], report["ssh_keys"]) == (0, 0, [])
    assert (living(rented), rented.vast.account.keys) == ([], {})
    assert all(one.ended for one in rented.vast.bill())


def test_a_run_killed_at_any_call_is_gone_on_with_and_rents_nothing_twice(tmp_path: pathlib.Path) -> None:
    number = 1
    while True:
        with account(tmp_path / str(number)) as rented:
            ended = not killed_at(rented, "site", number, *RENT_ONLY)
            left = living(rented)
            rent(rented)
            # What the killed run rented is what there is; none of it was made for nothing.
            assert left == living(rented)[: len(left)], f"killed at call {number}"
            assert len(rented.vast.account.instances) == len(OWN), f"killed at call {number}"
            give_back(rented)
        if ended:
            break
        number += 1
    assert number > CALLS


def test_a_teardown_finds_what_a_run_left_that_was_killed_at_any_call_that_changes_something(
    tmp_path: pathlib.Path,
) -> None:
    with account(tmp_path / "whole") as rented:
        rent(rented)
        writes = [call.number for call in rented.vast.calls if call.writes]
    assert len(writes) == 3
    for number in writes:
        with account(tmp_path / str(number)) as rented:
            assert killed_at(rented, "site", number, *RENT_ONLY)
            assert living(rented) or rented.vast.account.keys
            # As on another machine: nothing but the account knows of it.
            (rented.state / "ssh").rename(rented.folder / "lost")
            give_back(rented)


def test_a_teardown_killed_at_any_call_is_finished_by_the_next(tmp_path: pathlib.Path) -> None:
    number = 1
    while True:
        with account(tmp_path / str(number)) as rented:
            there(rented)
            ended = not killed_at(rented, "teardown", number)
            give_back(rented)
        if ended:
            break
        number += 1
    # Two machines, a volume and the key go.
    assert number > 4


def there(rented: Rented) -> None:
    """What a platform has at the provider, with nothing about it on this machine."""
    vast = rented.vast.account
    vast.add_key(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0rM2J2c2h1dGRvd25kZWFkYmVlZjAxMjM0NTY3ODkw {LABEL}")
    offers = [offer["id"] for offer in vast.search({"vms_enabled": {"eq": True}})]
    for label, offer in zip(OWN, offers, strict=False):
        vast.rent(offer, {"image": "python", "label": label}, True)
    vast.add_volume(301, f"{LABEL}/models", 20, "local_volume")


def test_a_module_that_outlives_its_killed_playbook_and_the_next_run_end_with_the_same_machines(rented: Rented) -> None:
    # The first rent: two calls for the key, then list, key, search and the rent.
    assert killed_at(rented, "site", 7, *RENT_ONLY, whole=False)
    rent(rented)
    assert len(rented.vast.account.instances) == len(OWN)
    give_back(rented)


@pytest.mark.parametrize("kind", ["429", "500", "503", "timeout", "reset", "lost_answer"])
def test_a_provider_that_fails_once_at_every_kind_of_call_gets_no_machine_rented_twice(
    rented: Rented, kind: str
) -> None:
    faults = [Fault(kind, method=method, path=path, seconds=0.5) for method, path in KINDS]
    rented.vast.inject(*faults)
    rent(rented)
    assert len(rented.vast.account.instances) == len(OWN)
    give_back(rented)
    assert [fault.struck for fault in faults] == [1] * len(KINDS)


def test_offers_that_somebody_else_gets_are_passed_over(rented: Rented) -> None:
    rented.vast.inject(Fault("sold", method="PUT", path="/asks/", times=2))
    rent(rented)
    assert len(rented.vast.account.instances) == len(OWN)
    give_back(rented)


def test_a_machine_that_never_boots_is_destroyed_and_another_one_rented(tmp_path: pathlib.Path) -> None:
    with account(tmp_path / "once", vast_timeout=3) as rented:
        rented.vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
        output = " ".join(rent(rented).split())
        assert "Another one was rented instead." in output
        assert len(rented.vast.account.instances) == len(OWN) + 1
        give_back(rented)


def test_when_none_boots_all_are_destroyed_and_only_the_key_is_left_to_the_teardown(tmp_path: pathlib.Path) -> None:
    with account(tmp_path / "never", vast_timeout=2) as rented:
        rented.vast.inject(Fault("never_boots", method="PUT", path="/asks/", times=0))
        done = rented.play("site", *RENT_ONLY)
        assert done.rc == 2
        assert done.output.count("was destroyed; nothing of it costs money") >= 2
        assert living(rented) == []
        assert len(rented.vast.account.instances) == 2
        give_back(rented)
