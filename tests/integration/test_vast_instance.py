# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The module vast_instance against the emulated provider, whose instances answer real ssh."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import typing as t

import pytest
from emulator.vast import Call, Emulator, Fault
from emulator.vast.catalogue import MARKET
from litellm_fixture import modules
from vast_fixture.modules import Person, at_call

from ansible_collections.inference.platform.plugins.module_utils.rest import client as rest_client
from ansible_collections.inference.platform.plugins.module_utils.vast import ensure

CHEAPEST, SECOND, DEAREST = 4200001, 4200002, 4200006


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries do not have to wait for an emulated provider to recover."""
    monkeypatch.setattr(rest_client, "FIRST_PAUSE", 0.01)


@pytest.fixture
def alice(vast: Emulator, tmp_path: pathlib.Path) -> Person:
    """Somebody whose ssh key is on the account."""
    person = Person(vast, tmp_path)
    person.add_key()
    return person


def requests(vast: Emulator, since: int = 0) -> list[str]:
    return [f"{call.method} {call.path}" for call in vast.calls[since:]]


def writes(vast: Emulator, since: int = 0) -> list[str]:
    return [line for line in requests(vast, since) if not line.startswith("GET ") and "/bundles/" not in line]


def test_the_cheapest_offer_that_fits_is_rented_and_answers_with_the_key_that_was_pinned(
    vast: Emulator, alice: Person
) -> None:
    result = alice.instance()
    instance = result["instance"]
    assert result["changed"]
    assert (result["offer"]["id"], instance["label"], instance["status"]) == (CHEAPEST, alice.label, "running")
    assert (instance["gpu_name"], instance["num_gpus"], instance["disk_gb"]) == ("RTX 4090", 1, 100.0)
    assert result["usd_per_hour"] == pytest.approx(vast.burning(), abs=1e-5)
    scanned = subprocess.run(
        ["ssh-keyscan", "-t", "ed25519", "-p", str(instance["ssh_port"]), instance["ssh_host"]],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert alice.known_hosts.read_text().split()[:3] == scanned[-3:]
    assert "instance_api_key" not in str(result)
    assert "only-for-" not in str(result)


def test_a_second_run_changes_nothing_and_reads_one_list(vast: Emulator, alice: Person) -> None:
    first = alice.instance()
    before, pinned = len(vast.calls), alice.known_hosts.stat()
    again = alice.instance()
    assert (again["changed"], again["instance"]["id"]) == (False, first["instance"]["id"])
    assert requests(vast, before) == ["GET /api/v1/instances/"]
    assert alice.instance(check=True)["changed"] is False
    assert alice.known_hosts.stat().st_mtime_ns == pinned.st_mtime_ns


def test_check_mode_shows_the_offer_and_its_price_and_rents_nothing(vast: Emulator, alice: Person) -> None:
    result = alice.instance(check=True)
    assert result["changed"]
    assert (result["offer"]["id"], result["instance"]) == (CHEAPEST, {})
    assert result["usd_per_hour"] == result["offer"]["usd_per_hour"] == pytest.approx(0.34 + 100 * 0.15 / 720, abs=1e-5)
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["offer"]["id"] == CHEAPEST
    assert writes(vast) == []
    assert not alice.known_hosts.exists()


def test_check_mode_on_an_account_without_the_key_says_that_it_has_to_come_first(
    vast: Emulator, tmp_path: pathlib.Path
) -> None:
    newcomer = Person(vast, tmp_path)
    assert newcomer.instance(check=True)["offer"]["id"] == CHEAPEST
    refused = newcomer.instance()
    assert refused["failed"]
    assert "inference.platform.vast_ssh_key" in refused["msg"]
    assert writes(vast) == []


def test_stopped_started_and_absent_go_round_without_losing_the_machine(vast: Emulator, alice: Person) -> None:
    made = alice.instance()
    assert alice.instance(state="stopped", check=True)["changed"]
    stopped = alice.instance(state="stopped")
    assert (stopped["changed"], stopped["instance"]["intended_status"]) == (True, "stopped")
    assert stopped["usd_per_hour"] == pytest.approx(100 * 0.15 / 720, abs=1e-5)
    assert alice.instance(state="stopped")["changed"] is False
    assert alice.instance(state="started", check=True)["changed"]
    started = alice.instance(state="started")
    assert (started["changed"], started["instance"]["status"]) == (True, "running")
    assert started["instance"]["id"] == made["instance"]["id"]
    assert alice.instance(state="started")["changed"] is False
    assert alice.instance(state="absent", check=True)["destroyed"] == alice.living()
    gone = alice.instance(state="absent")
    assert (gone["changed"], gone["destroyed"], gone["instance"]) == (True, [made["instance"]["id"]], {})
    assert alice.known_hosts.read_text() == ""
    assert alice.instance(state="absent")["changed"] is False
    assert [bill.ended for bill in vast.bill()] == [True]


@pytest.mark.parametrize("state", ["started", "stopped"])
def test_what_does_not_exist_is_neither_rented_to_start_nor_to_stop(vast: Emulator, alice: Person, state: str) -> None:
    result = alice.instance(state=state)
    assert f"There is no instance {alice.label}" in result["msg"]
    assert writes(vast) == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"search": {"gpu": ["RTX 4090"], "gpus": 2}}, "has 1 GPUs"),
        ({"search": {"gpu": ["H100 SXM"]}}, "its GPU is RTX 4090"),
        ({"disk_gb": 200}, "has 100 GB of disk and 200 are asked for"),
    ],
)
def test_a_machine_that_is_not_what_is_asked_is_refused_and_left(
    vast: Emulator, alice: Person, options: dict[str, t.Any], text: str
) -> None:
    alice.instance()
    before = len(vast.calls)
    result = alice.instance(**options)
    assert result["failed"]
    assert text in result["msg"]
    assert writes(vast, before) == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"label": "my-node"}, "label must look like inference-platform/<owner>/<platform>/<node>"),
        ({"label": "inference-platform/bob@lap/demo/node-1"}, "belongs to 'bob@lap'"),
        ({"label": "inference-platform/bob@lap/demo/node-1", "state": "absent"}, "belongs to 'bob@lap'"),
        ({"owner": "a b"}, "owner may have letters"),
        ({"ssh_public_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}, "holds a private key"),
        ({"ssh_public_key": "ssh-ed25519 &&&"}, "one public key in OpenSSH's form"),
        ({"search": {"driver": "newest"}}, "driver must be a version"),
        ({"search": {"gpuz": 1}}, "Unsupported parameters"),
        ({"known_hosts": None}, "known_hosts"),
        ({"max_usd_per_hour": None}, "max_usd_per_hour"),
        ({"base_url": "console"}, "base_url must look like"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_sent_that_writes(
    vast: Emulator, alice: Person, options: dict[str, t.Any], text: str
) -> None:
    result = alice.instance(**options)
    assert result["failed"]
    assert text in result["msg"]
    assert writes(vast) == []


def test_a_wrong_key_is_named_and_never_mistaken_for_something_that_is_gone(vast: Emulator, alice: Person) -> None:
    alice.instance()
    for state in ("present", "absent"):
        result = alice.instance(state=state, api_key="no such key")
        assert result["failed"]
        assert "Check the API key" in result["msg"]
        assert "no such key" not in str(result)
    assert len(alice.living()) == 1


def test_a_key_file_that_others_can_read_is_refused(vast: Emulator, alice: Person, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "key"
    file.write_text(vast.api_key)
    file.chmod(0o640)
    by_file = {name: value for name, value in alice.wish(api_key_file=str(file)).items() if name != "api_key"}
    refused = modules.run("vast_instance", by_file, check=True)
    assert f"chmod 600 {file}" in refused["msg"]
    file.chmod(0o600)
    assert modules.run("vast_instance", by_file, check=True)["changed"]


def test_an_offer_above_the_burn_cap_is_refused_with_the_numbers(vast: Emulator, alice: Person) -> None:
    alice.instance()
    before = len(vast.calls)
    second = alice.instance(label=f"{alice.label}b", max_usd_per_hour=0.7)
    assert second["failed"]
    for number in ("0.381 USD/h", "0.361 USD/h", "0.742 USD/h", "max_usd_per_hour is 0.700"):
        assert number in second["msg"]
    assert writes(vast, before) == []
    assert alice.instance(label=f"{alice.label}b", max_usd_per_hour=0.75)["changed"]


def test_machines_of_everybody_on_the_account_count_for_the_burn_cap(
    vast: Emulator, alice: Person, tmp_path: pathlib.Path
) -> None:
    assert Person(vast, tmp_path, "bob@lap").instance()["changed"]
    assert "bob@lap" in alice.instance(max_usd_per_hour=0.7)["msg"]


def test_two_people_on_one_account_never_touch_each_others_machines(
    vast: Emulator, alice: Person, tmp_path: pathlib.Path
) -> None:
    bob = Person(vast, tmp_path, "bob@lap")
    alice.instance()
    bob.instance()
    mine, his = alice.living(), bob.living()
    assert len(mine) == len(his) == 1
    alice.instance(state="absent")
    assert (alice.living(), bob.living()) == ([], his)
    assert alice.instance(state="absent", label=bob.label)["failed"]
    assert bob.living() == his
    shown = bob("instance_info")
    assert [one["id"] for one in shown["instances"]] == his
    assert "belongs to" in bob("instance_info", label=alice.label)["msg"]


def test_a_search_that_finds_nothing_says_which_option_excluded_what(vast: Emulator, alice: Person) -> None:
    result = alice.instance(search={"gpu": ["RTX 4090"], "gpus": 1, "countries": ["SE"], "cuda": 12.8})
    assert result["failed"]
    assert "0 of 5 offers of 1 x RTX 4090 fit. Excluded: " in result["msg"]
    assert "4 by countries" in result["msg"]
    assert "The nearest is offer" in result["msg"]
    assert "Nobody offers 1 x RTX 40900" in alice.instance(search={"gpu": ["RTX 40900"], "gpus": 1})["msg"]


@pytest.mark.parametrize(("sold", "taken"), [(1, SECOND), (2, DEAREST)])
def test_an_offer_that_somebody_else_got_is_passed_over(vast: Emulator, alice: Person, sold: int, taken: int) -> None:
    vast.inject(Fault("sold", method="PUT", path="/asks/", times=sold))
    result = alice.instance()
    assert (result["offer"]["id"], len(result["tried"]), len(alice.living())) == (taken, sold, 1)
    assert result["tried"][0]["offer"] == CHEAPEST


def test_when_all_offers_are_sold_the_message_names_them_and_nothing_is_rented(vast: Emulator, alice: Person) -> None:
    vast.inject(Fault("sold", method="PUT", path="/asks/", times=0))
    result = alice.instance()
    assert result["failed"]
    assert str(CHEAPEST) in result["msg"]
    assert str(DEAREST) in result["msg"]
    assert alice.living() == []
    assert "being rented" not in alice.known_hosts.read_text()


def test_a_machine_that_never_boots_is_destroyed_and_costs_nothing_any_more(vast: Emulator, alice: Person) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
    result = alice.instance(timeout=0.5, attempts=1)
    assert result["failed"]
    assert "did not answer by ssh within 0.5 s" in result["msg"]
    assert "was destroyed" in result["msg"]
    assert vast.burning() == 0
    assert [bill.ended for bill in vast.bill()] == [True]


def watched_living(vast: Emulator) -> list[int]:
    """Fills with the number of instances that cost money, after each call."""
    seen: list[int] = []
    vast.watch = lambda moment, call: seen.append(len(vast.account.living())) if moment == "after" else None
    return seen


def test_after_a_machine_that_never_boots_the_next_offer_is_rented_and_two_are_never_billed(
    vast: Emulator, alice: Person
) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
    seen = watched_living(vast)
    result = alice.instance(timeout=0.5, max_usd_per_hour=0.5)
    (lost,) = result["destroyed"]
    assert (result["changed"], result["offer"]["id"]) == (True, SECOND)
    assert alice.living() == [result["instance"]["id"]]
    assert max(seen) == 1
    assert result["tried"][0]["offer"] == CHEAPEST
    assert f"gave instance {lost}, which did not come" in result["tried"][0]["reason"]
    told = f"Instance {lost} was destroyed; nothing of it costs money. Another one was rented instead."
    # Warnings of other tests stay in the process.
    assert told in str(result["warnings"])
    assert result["account"]["usd_per_hour"] == pytest.approx(vast.burning(), abs=1e-5)
    assert [bill.ended for bill in vast.bill()] == [True, False]
    assert alice.instance()["changed"] is False


def test_machines_of_the_host_whose_machine_did_not_come_are_asked_last(tmp_path: pathlib.Path) -> None:
    cheapest, second, *others = MARKET
    market = (dataclasses.replace(cheapest, host=900), dataclasses.replace(second, host=900), *others)
    with Emulator(boot_seconds=0.05, market=market) as vast:
        alice = Person(vast, tmp_path)
        alice.add_key()
        vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
        assert alice.instance(timeout=0.5)["offer"]["id"] == DEAREST


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_machines_that_never_boot_are_tried_as_often_as_it_is_said_and_all_are_destroyed(
    vast: Emulator, alice: Person, attempts: int
) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/", times=0))
    seen = watched_living(vast)
    result = alice.instance(timeout=0.3, attempts=attempts)
    assert result["failed"]
    assert len(vast.account.instances) == attempts
    assert max(seen) == 1
    assert vast.burning() == 0
    machines = ", ".join(str(one.machine_id) for one in vast.account.instances.values())
    assert f"machines_excluded: [{machines}]" in result["msg"]
    assert result["msg"].count("was destroyed; nothing of it costs money") == attempts
    assert "being rented" not in alice.known_hosts.read_text()


def test_what_can_not_be_paid_is_not_rented_after_a_machine_that_never_boots(vast: Emulator, alice: Person) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
    result = alice.instance(timeout=0.3, max_usd_per_hour=0.37)
    assert result["failed"]
    assert "max_usd_per_hour is 0.370. Nothing was rented. Before that: " in result["msg"]
    assert "did not answer by ssh within 0.3 s" in result["msg"]
    assert vast.burning() == 0


def test_a_machine_that_cannot_be_destroyed_is_not_followed_by_another(
    vast: Emulator, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensure, "_PATIENCE", 0.2)
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"), Fault("500", method="DELETE", times=0))
    result = alice.instance(timeout=0.3, retries=0)
    assert "could not be destroyed and may cost money" in result["msg"]
    assert len(vast.account.instances) == 1


def test_who_ends_the_task_while_a_machine_that_never_boots_is_destroyed_gets_no_other(
    vast: Emulator, alice: Person
) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))

    def watch(moment: str, call: Call) -> None:
        if moment == "before" and call.method == "DELETE":
            process.terminate()

    vast.watch = watch
    process = alice.start(timeout=0.3)
    process.join(60)
    assert process.exitcode is not None
    assert len(vast.account.instances) == 1
    assert vast.burning() == 0


def test_attempts_below_one_are_refused(vast: Emulator, alice: Person) -> None:
    assert "attempts must be 1 or more" in alice.instance(attempts=0)["msg"]
    assert writes(vast) == []


def test_a_machine_whose_host_reports_an_error_is_destroyed_at_once(vast: Emulator, alice: Person) -> None:
    def broken(_number: int, _keys: list[str]) -> t.NoReturn:
        raise RuntimeError("no space left on device")

    vast.account.backend.create = broken  # type: ignore[method-assign]
    result = alice.instance(timeout=60)
    assert "Vast says: Error: no space left on device" in result["msg"]
    assert alice.living() == []


def test_one_that_is_started_and_does_not_come_is_stopped_again(vast: Emulator, alice: Person) -> None:
    alice.instance()
    alice.instance(state="stopped")
    vast.inject(Fault("never_boots", method="PUT", path="/instances/"))
    result = alice.instance(timeout=0.4)
    assert result["failed"]
    assert "was stopped again" in result["msg"]
    assert [one.intended for one in vast.account.living()] == ["stopped"]


def test_one_that_would_pass_the_cap_is_not_started_again(vast: Emulator, alice: Person) -> None:
    alice.instance()
    alice.instance(state="stopped")
    before = len(vast.calls)
    result = alice.instance(state="started", max_usd_per_hour=0.3)
    assert "running again, costs 0.361 USD/h" in result["msg"]
    assert writes(vast, before) == []


def test_one_that_is_destroyed_while_it_is_waited_for_is_not_waited_for_any_longer(
    vast: Emulator, alice: Person
) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
    at_call(vast, len(SEQUENCE) + 1, lambda: vast.account.destroy(alice.living()[0]))
    result = alice.instance(timeout=60)
    assert "is gone: it was destroyed" in result["msg"]
    assert vast.burning() == 0


def test_a_machine_has_answered_once_its_host_key_is_pinned_at_its_address(vast: Emulator, alice: Person) -> None:
    made = alice.instance()["instance"]["id"]
    pins = {"known_hosts": str(alice.known_hosts)}
    assert [(one["id"], one["answered"]) for one in alice("instance_info", **pins)["instances"]] == [(made, True)]
    alice.known_hosts.write_text(f"# being rented: {alice.label}\n")
    assert [one["answered"] for one in alice("instance_info", **pins)["instances"]] == [False]
    assert "answered" not in alice("instance_info")["instances"][0]


def test_a_running_machine_that_is_not_known_here_is_adopted_and_pinned(
    vast: Emulator, alice: Person, tmp_path: pathlib.Path
) -> None:
    made = alice.instance()
    alice.known_hosts.unlink()
    assert alice.instance(check=True)["changed"]
    again = alice.instance()
    assert (again["changed"], again["instance"]["id"]) == (True, made["instance"]["id"])
    assert alice.label in alice.known_hosts.read_text()


def test_an_adopted_machine_that_does_not_answer_is_kept_and_its_cost_is_told(vast: Emulator, alice: Person) -> None:
    alice.instance()
    alice.known_hosts.unlink()
    vast.account.backend.stop(alice.living()[0])
    result = alice.instance(timeout=0.3)
    assert "gives no host key" in result["msg"]
    assert "goes on costing money" in result["msg"]
    assert len(alice.living()) == 1


def test_another_host_key_on_the_same_instance_is_refused(vast: Emulator, alice: Person) -> None:
    alice.instance()
    address, kind, key, comment = alice.known_hosts.read_text().split()
    alice.known_hosts.write_text(f"{address}0 {kind} {key[:-4]}AAAA {comment}\n")
    result = alice.instance()
    assert "is not the one in" in result["msg"]
    assert len(alice.living()) == 1


def test_two_machines_of_one_label_become_one(vast: Emulator, alice: Person) -> None:
    first = alice.instance()["instance"]["id"]
    vast.account.rent(SECOND, {"label": alice.label, "image": "x/kvm", "disk": 100}, boots=True)
    assert alice.instance(check=True)["changed"]
    result = alice.instance()
    assert (result["changed"], len(result["destroyed"]), alice.living()) == (True, 1, [first])


SEQUENCE = ("GET instances", "GET ssh", "POST bundles", "PUT asks", "GET instances after the rent", "GET instances")
FAULTS = ("429", "500", "502", "503", "timeout", "reset", "lost_answer")


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("number", range(1, len(SEQUENCE) + 1), ids=SEQUENCE)
def test_a_call_that_fails_once_leaves_exactly_one_machine(
    vast: Emulator, alice: Person, number: int, kind: str
) -> None:
    vast.inject(Fault(kind, call=number))
    result = alice.instance(request_timeout=0.3)
    assert vast.calls[number - 1].fault == kind
    assert result.get("msg") is None
    assert (result["changed"], alice.living()) == (True, [result["instance"]["id"]])
    assert len(vast.account.instances) == 1
    assert alice.instance()["changed"] is False


@pytest.mark.parametrize("kind", ["429", "503", "reset", "lost_answer"])
def test_a_rent_that_never_gets_an_answer_leaves_nothing(vast: Emulator, alice: Person, kind: str) -> None:
    vast.inject(Fault(kind, method="PUT", path="/asks/", times=0))
    result = alice.instance()
    if kind == "lost_answer":
        assert (result["changed"], len(alice.living())) == (True, 1)
        return
    assert result["failed"]
    assert alice.living() == []


def test_a_provider_that_is_away_after_the_rent_does_not_make_the_machine_forgotten(
    vast: Emulator, alice: Person
) -> None:
    rent = SEQUENCE.index("PUT asks") + 1
    at_call(vast, rent, lambda: vast.inject(Fault("503", path="/instances/", times=12)))
    result = alice.instance(retries=1)
    assert result["failed"]
    assert "was destroyed" in result["msg"]
    assert alice.living() == []


def test_a_run_killed_at_any_call_leaves_a_machine_that_the_next_run_adopts_or_none(tmp_path: pathlib.Path) -> None:
    killed = 0
    while True:
        with Emulator(boot_seconds=0.05) as vast:
            alice = Person(vast, tmp_path / str(killed))
            alice.add_key()
            ended = _ended_at(vast, alice, killed + 1, "kill")
            left = alice.living()
            result = alice.instance()
            assert alice.living() == [result["instance"]["id"]], requests(vast)
            assert left in ([], alice.living()), f"killed after {requests(vast)[killed]}"
            assert alice.instance()["changed"] is False
            alice.instance(state="absent")
            assert vast.burning() == 0
        if not ended:
            break
        killed += 1
    assert killed >= len(SEQUENCE)


def test_a_run_stopped_by_a_signal_at_any_call_destroys_what_it_rented(tmp_path: pathlib.Path) -> None:
    stopped = 0
    while True:
        with Emulator(boot_seconds=0.05) as vast:
            alice = Person(vast, tmp_path / str(stopped))
            alice.add_key()
            if not _ended_at(vast, alice, stopped + 1, "terminate"):
                break
            assert alice.living() == [], f"stopped after {requests(vast)[stopped]}"
            assert vast.burning() == 0
        stopped += 1
    assert stopped >= len(SEQUENCE)


def _ended_at(vast: Emulator, alice: Person, number: int, how: str) -> bool:
    """Runs the module and kills or terminates it at that call; False when it was over before."""
    struck: list[bool] = []

    def strike() -> None:
        struck.append(True)
        getattr(process, how)()
        if how == "kill":
            process.join()

    before = len(vast.calls)
    at_call(vast, before + number, strike)
    process = alice.start()
    process.join(60)
    assert not process.is_alive()
    vast.watch = lambda moment, call: None
    return bool(struck)


def test_a_killed_run_whose_machine_never_boots_is_cleaned_up_by_the_next(vast: Emulator, alice: Person) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
    assert _ended_at(vast, alice, 5, "kill")
    left = alice.living()
    assert len(left) == 1
    result = alice.instance(timeout=0.3, attempts=1)
    assert "was destroyed" in result["msg"]
    assert vast.burning() == 0


def test_a_killed_run_whose_machine_never_boots_is_followed_by_another_machine(vast: Emulator, alice: Person) -> None:
    vast.inject(Fault("never_boots", method="PUT", path="/asks/"))
    assert _ended_at(vast, alice, 5, "kill")
    left = alice.living()
    seen = watched_living(vast)
    result = alice.instance(timeout=0.5)
    assert (result["changed"], result["destroyed"], result["offer"]["id"]) == (True, left, SECOND)
    assert max(seen) == 1


def test_two_runs_at_once_end_with_one_machine(vast: Emulator, alice: Person) -> None:
    runs = [alice.start() for _ in range(2)]
    for run in runs:
        run.join(60)
    assert alice.instance()["changed"] is False
    assert len(alice.living()) == 1


@pytest.mark.parametrize(("moment", "stays"), [("POST bundles", False), ("PUT asks", True)])
def test_of_two_runs_that_would_pass_the_cap_together_the_later_one_gives_way(
    vast: Emulator, alice: Person, moment: str, stays: bool
) -> None:
    body = {"label": "inference-platform/bob@lap/demo/node-1", "image": "x/kvm", "disk": 100}
    at_call(vast, SEQUENCE.index(moment) + 1, lambda: vast.account.rent(SECOND, body, boots=False))
    result = alice.instance(max_usd_per_hour=0.6)
    assert (len(alice.living()) == 1) is stays
    assert result.get("failed", False) is not stays
    if not stays:
        assert "max_usd_per_hour is 0.600" in result["msg"]
        assert "was destroyed" in result["msg"]
    assert len(vast.account.living()) == 1 + stays


def test_the_rest_of_the_account_is_read_page_by_page(vast: Emulator, alice: Person) -> None:
    vast.account._offers.update({5_000_000 + number: 301 for number in range(30)})
    for number in range(30):
        body = {"label": f"somebody-{number}", "image": "x", "disk": 8}
        vast.account.rent(5_000_000 + number, body, boots=False)
    result = alice.instance(max_usd_per_hour=100)
    assert result["changed"]
    assert alice.instance(max_usd_per_hour=100)["changed"] is False
    shown = alice("instance_info", platform="demo")
    assert [one["id"] for one in shown["instances"]] == [result["instance"]["id"]]
    assert shown["account_usd_per_hour"] > shown["usd_per_hour"] > 0
