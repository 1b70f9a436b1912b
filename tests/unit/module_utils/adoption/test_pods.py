# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What counts as a restart, and what is only life going on."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.adoption.pods import compare

from .samples import Object, live_pod, snapshot


def found(before: list[Object], after: list[Object], *unadopted: tuple[str, str, str]) -> list[str]:
    return [entry.sentence() for entry in compare(snapshot(pods=before), snapshot(pods=after), unadopted)]


def test_the_same_pods_are_no_finding() -> None:
    assert found([live_pod()], [live_pod()]) == []


def test_a_restarted_container_is_named_with_its_pod_and_workload() -> None:
    assert found([live_pod(restarts=1)], [live_pod(restarts=2)]) == [
        "Pod serving/web-5d9f-abcde of Deployment web: container web restarted (restarts 1 -> 2)"
    ]


def test_a_container_started_again_under_the_same_count_is_found() -> None:
    (text,) = found([live_pod()], [live_pod(started="2026-11-21T10:01:00Z")])
    assert "was started again" in text


def test_a_new_pod_is_found() -> None:
    after = [live_pod(), live_pod("web-5d9f-fghij", "pod-2")]
    assert found([live_pod()], after) == ["Pod serving/web-5d9f-fghij of Deployment web is new"]


def test_a_pod_that_is_gone_is_found() -> None:
    assert found([live_pod()], []) == ["Pod serving/web-5d9f-abcde of Deployment web is gone or has failed"]


def test_a_pod_that_was_ending_already_may_go() -> None:
    ending = live_pod("web-4c8b-fghij", "pod-2", terminating=True)
    assert found([live_pod(), ending], [live_pod()]) == []
    assert found([live_pod(), ending], [live_pod(), ending]) == []


def test_a_pod_that_is_told_to_end_meanwhile_is_found() -> None:
    (text,) = found([live_pod()], [live_pod(terminating=True)])
    assert "is gone" in text


def test_a_rollout_is_told_as_a_replacement() -> None:
    after = live_pod("web-777-fghij", "pod-2", owner="web-5d9f")
    assert found([live_pod()], [after]) == [
        "Pod serving/web-5d9f-abcde of Deployment web was replaced by web-777-fghij"
    ]


def test_a_pod_of_a_stateful_set_is_replaced_under_its_own_name() -> None:
    before, after = (live_pod("db-0", uid, kind="StatefulSet", owner="db") for uid in ("pod-1", "pod-2"))
    assert found([before], [after]) == ["Pod serving/db-0 of StatefulSet db was replaced by db-0"]


def test_pods_of_their_own_replace_each_other_only_under_one_name() -> None:
    before, after = live_pod("a", "pod-1", owner=""), live_pod("b", "pod-2", owner="")
    assert found([before], [after]) == ["Pod serving/a is gone or has failed", "Pod serving/b is new"]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_pods_of_a_job_come_end_and_go(phase: str) -> None:
    running, ended = (live_pod("m-1", kind="Job", owner="m", phase=word) for word in ("Running", phase))
    assert found([running], [ended]) == []
    assert found([ended], []) == []
    assert found([], [running]) == []


def test_a_container_of_a_job_that_restarts_is_found() -> None:
    before, after = (live_pod("m-1", kind="Job", owner="m", restarts=count) for count in (0, 1))
    assert len(found([before], [after])) == 1


def test_an_evicted_pod_has_not_done_its_work() -> None:
    evicted, other = live_pod(phase="Failed"), live_pod("web-5d9f-fghij", "pod-2")
    name = "Pod serving/web-5d9f-abcde of Deployment web"
    assert found([live_pod()], [evicted, other]) == [f"{name} was replaced by web-5d9f-fghij"]
    assert found([live_pod()], [evicted]) == [f"{name} is gone or has failed"]
    assert found([evicted, other], [other]) == []


def test_a_pod_of_its_own_that_has_done_its_work_is_no_finding() -> None:
    running, ended = (live_pod("once", owner="", phase=word) for word in ("Running", "Succeeded"))
    assert found([running], [ended]) == []


def test_pods_of_excluded_workloads_do_not_count() -> None:
    other = live_pod("server-0", "pod-2", kind="StatefulSet", owner="server")
    nightly = live_pod("clean-29001-x", "pod-3", kind="Job", owner="clean-29001", restarts=3)
    excluded = [("StatefulSet", "serving", "server"), ("CronJob", "serving", "clean")]
    assert found([live_pod()], [live_pod(), other, nightly], *excluded) == []
    assert len(found([live_pod()], [live_pod(), other], ("StatefulSet", "elsewhere", "server"))) == 1
