# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reports are complete, escaped, self-contained and replaced at once."""

from __future__ import annotations

import html.parser
import json
import pathlib
import re
import typing as t
import xml.etree.ElementTree as ET

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import report
from ansible_collections.inference.platform.plugins.module_utils.slice.latency import spread
from ansible_collections.inference.platform.plugins.module_utils.slice.metrics import total
from ansible_collections.inference.platform.plugins.module_utils.slice.page import page
from ansible_collections.inference.platform.plugins.module_utils.slice.plot import ceiling, plot
from ansible_collections.inference.platform.plugins.module_utils.slice.report import Run, write
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Result

EVIL = "<script>alert(1)</script>\x00\x1b\"'&"
LATENCY = {
    "first_token_ms": [20.0, 30.0, 25.0],
    "total_ms": [50.0, 80.0, 60.0],
    "first_token": {"min": 20.0, "p50": 25.0, "p95": 30.0, "max": 30.0},
    "total": {"min": 50.0, "p50": 60.0, "p95": 80.0, "max": 80.0},
}
RESULTS = (
    Result("chat.coder-chat", True, 0.1, "POST /v1/chat/completions", EVIL, "text"),
    Result("isolation.policies", False, 0.2, EVIL, EVIL, EVIL, f"it is {EVIL}", "Mend it."),
    Result("latency.coder-chat", True, 2.0, "POST", "", "data", data=LATENCY),
)
RUN = Run("demo <1>", "http://127.0.0.1:4000", "2026-11-21T12:00:00Z", 14.2, RESULTS, {"vLLM": "0.32.0", "<b>": EVIL})


class Reader(html.parser.HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_well_formed_and_every_value_escaped() -> None:
    text = page(RUN.as_dict())
    reader = Reader(text)
    assert reader.open == []
    assert "script" not in {tag for tag, _attributes in reader.tags}
    assert "alert(1)" in reader.text


def test_the_page_loads_nothing_from_elsewhere() -> None:
    text = page(RUN.as_dict())
    attributes = {name for _tag, attributes in Reader(text).tags for name in attributes}
    assert not attributes & {"src", "href", "xlink:href", "style", "onload", "onclick"}
    assert not re.search(r"url\(|@import", text)


def test_the_page_opens_what_failed_and_puts_it_first() -> None:
    details = [attributes for tag, attributes in Reader(page(RUN.as_dict())).tags if tag == "details"]
    assert ["open" in attributes for attributes in details] == [True, False, False]
    assert "1 of 3 checks failed" in page(RUN.as_dict())


def test_the_page_plots_every_timed_request_with_percentiles() -> None:
    reader = Reader(page(RUN.as_dict()))
    assert sum(1 for tag, _attributes in reader.tags if tag == "circle") == 6
    assert "first token p95 30.0" in reader.text
    assert "whole answer p95 80.0" in reader.text


def test_the_page_fits_a_phone_and_the_dark() -> None:
    text = page(RUN.as_dict())
    assert "width=device-width" in text
    assert "prefers-color-scheme:dark" in text


def test_a_run_without_times_has_no_plot() -> None:
    assert "<svg" not in page(Run("demo", "", "", 1.0, RESULTS[:2], {}).as_dict())
    assert plot({"first": []}, {}) == ""


@pytest.mark.parametrize(("value", "top"), [(80, 100), (100, 100), (101, 200), (0.3, 0.5), (0, 0.001)])
def test_the_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)


def test_junit_can_be_read_back(tmp_path: pathlib.Path) -> None:
    suite = ET.parse(write(RUN, str(tmp_path))["junit"]).getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    cases = {case.get("name"): case for case in suite}
    failure = cases["isolation.policies"].find("failure")
    assert failure is not None
    assert "alert(1)" in str(failure.get("message"))
    assert cases["chat.coder-chat"].get("classname") == "chat"


def test_json_has_every_result_with_every_field(tmp_path: pathlib.Path) -> None:
    found = json.loads(pathlib.Path(write(RUN, str(tmp_path))["json"]).read_text())
    assert (found["passed"], found["failed"], found["platform"]) == (2, 1, "demo <1>")
    fields = {"name", "status", "seconds", "request", "response", "expected", "why", "cure", "data"}
    assert all(set(result) == fields for result in found["results"])
    assert [result["status"] for result in found["results"]] == ["passed", "failed", "passed"]


def test_an_interrupted_write_leaves_the_old_report_whole(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pathlib.Path(write(RUN, str(tmp_path))["html"])
    before = path.read_text()

    def stop(*arguments: t.Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write(RUN, str(tmp_path))
    assert path.read_text() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["junit.xml", "report.html", "results.json"]


def test_percentiles_are_values_that_occurred() -> None:
    assert spread([float(number) for number in range(1, 101)]) == {"p50": 50.0, "p95": 95.0, "min": 1.0, "max": 100.0}
    assert spread([7.0]) == {"p50": 7.0, "p95": 7.0, "min": 7.0, "max": 7.0}


def test_counters_are_summed_by_label() -> None:
    text = """# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="a,b}"} 3.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="a,b}"} 1e2
vllm:request_success_created{engine="0"} 1.79e+09
process_open_fds 7
"""
    assert total(text, "vllm:request_success_total") == 103
    assert total(text, "vllm:request_success_total", finished_reason="stop") == 3
    assert total(text, "process_open_fds") == 7
    assert total(text, "nothing") == 0


def test_the_handover_stands_on_the_page_when_there_was_one() -> None:
    app = {"name": EVIL, "sync": "Synced", "health": "Healthy", "revision": "a" * 40}
    proof = {
        "passed": False,
        "from": "12:00",
        "until": "12:01",
        "counts": {"objects": 80, "writes": 1},
        "problems": [EVIL],
    }
    text = page(Run(**{**vars(RUN), "handover": {**proof, "applications": [app]}}).as_dict())
    reader = Reader(text)
    assert reader.open == []
    assert "Handover to Argo CD: 1 findings" in reader.text
    assert "write requests by Argo CD" in reader.text
    assert [tag for tag, _attributes in reader.tags if tag == "script"] == []
    assert "Handover" not in page(RUN.as_dict())
