# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Machines are rented for the inventory of Vast, become hosts, and are given back with a proof; nothing is left that costs."""

from __future__ import annotations

import json
import re
import threading

from emulator.vast import Call
from vast_fixture import views
from vast_fixture.client import Client
from vast_fixture.sites import NODE, OWN, Site, tunnelled


def test_a_check_on_an_empty_account_shows_what_would_be_rented_and_for_how_much(rented: Site) -> None:
    done = rented.must("rent", "--check", "--diff")
    assert "node-1: would cost 0.348333 USD per hour (1 x RTX 4090, SE)" in done.output
    assert f"label: {OWN}/node-1" in done.output
    assert (rented.writes(), rented.state.exists()) == ([], False)


def test_machines_are_rented_once_become_hosts_and_are_given_back_with_a_proof(rented: Site) -> None:
    stranger = rented.vast.account.search({"vms_enabled": {"eq": True}})[-1]["id"]
    theirs = rented.vast.account.rent(
        stranger, {"image": "python", "label": "inference-platform/bob@desk/rented/node-1"}, True
    )

    done = rented.must("rent")
    assert "node-1: costs 0.348333 USD per hour (1 x RTX 4090, SE)" in done.output
    assert [one.label for one in rented.vast.account.living()[1:]] == [f"{OWN}/node-1", f"{OWN}/node-2"]
    assert re.search(r"node-2\s+: ok=1 ", done.output), "it was reached by ssh with its pinned host key"
    assert all(tunnelled(port) for port in rented.ports)

    before = rented.writes()
    again = rented.must("rent", platform_vast_nodes=[{"name": "node-1", **NODE}])
    assert (again.changed, rented.writes()) == (0, before)
    assert f"{OWN}/node-2 is rented for 0.368333 USD per hour" in " ".join(again.output.split())

    rented.vast.account.add_volume(301, f"{OWN}/models", 20, "local_volume")
    rented.must("teardown")
    assert rented.vast.account.living() == [theirs]
    assert [bill.ended for bill in rented.vast.bill()] == [False, True, True, True]
    assert list(rented.vast.account.keys) == []
    assert not any(tunnelled(port) for port in rented.ports)
    report = json.loads((rented.state / "report/bill.json").read_text())
    assert (report["left"], report["instances"], report["volumes"], report["ssh_keys"]) == (0, [], [], [])
    assert report["others"]["instances"] == 1
    assert [path.name for path in rented.state.iterdir()] == ["report"]

    assert rented.must("teardown").changed == 0


def test_the_providers_client_and_our_modules_see_the_same_after_every_call_that_changed_something(
    rented: Site, provider: Client
) -> None:
    comparison = views.Comparison(rented.vast, provider)
    looking = threading.Lock()

    def look(moment: str, call: Call) -> None:
        # What the two views ask passes here, too.
        if moment == "after" and looking.acquire(blocking=False):
            try:
                comparison.look()
            finally:
                looking.release()

    rented.vast.watch = look
    rented.must("rent")
    rented.must("teardown")
    assert comparison.differing == []
    steps = [(len(view["keys"]), [status for _id, _label, status, *_ in view["instances"]]) for view in comparison.seen]
    assert (steps[0], steps[-1]) == ((0, []), (0, []))
    for expected in ((1, []), (1, ["running"]), (1, ["running", "running"])):
        assert expected in steps


def test_when_not_every_machine_can_be_had_none_is_kept(rented: Site) -> None:
    nodes = [{"name": "node-1", **NODE}, {"name": "node-2", **NODE, "gpu": "H900"}]
    done = rented.run("rent", platform_vast_nodes=nodes)
    assert done.rc == 2
    assert "what this run rented was destroyed" in done.output
    assert "H900" in done.output
    assert rented.vast.account.living() == []
    assert [bill.ended for bill in rented.vast.bill()] == [True]


def test_a_teardown_that_leaves_something_fails_and_names_it_with_its_price(rented: Site) -> None:
    rented.vast.account.add_volume(301, f"{OWN}/models", 20, "local_volume")
    offer = rented.vast.account.search({})[0]["id"]
    (volume,) = rented.vast.account.volumes
    rented.vast.account.rent(offer, {"image": "python", "label": "bob", "volume_info": {"volume_id": volume}}, True)
    done = rented.run("teardown")
    assert done.rc == 2
    assert "existing instances use that volume!" in done.output
    assert f"volume {volume} ({OWN}/models, 0.004167 USD/h)" in " ".join(done.output.split())
    report = json.loads((rented.state / "report/bill.json").read_text())
    assert (report["left"], [one["id"] for one in report["volumes"]]) == (1, [volume])
