# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Results in the JUnit XML form that CI servers read."""

from __future__ import annotations

import re
import typing as t
import xml.etree.ElementTree as ET

from .results import Result

# XML 1.0 has no way to write these, not even escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def junit(platform: str, started: str, seconds: float, results: t.Sequence[Result]) -> str:
    """One testsuite with a testcase for each check."""
    suite = ET.Element(
        "testsuite",
        name=_clean(f"inference.platform {platform}"),
        tests=str(len(results)),
        failures=str(sum(1 for result in results if not result.passed)),
        errors="0",
        skipped="0",
        time=f"{seconds:.3f}",
        timestamp=started,
    )
    for result in results:
        subject = result.name.split(".", 1)[0]
        case = ET.SubElement(
            suite, "testcase", classname=subject, name=_clean(result.name), time=f"{result.seconds:.3f}"
        )
        if not result.passed:
            failure = ET.SubElement(case, "failure", message=_clean(result.why), type="CheckError")
            failure.text = _clean(f"{result.why}\n{result.cure}\nexpected: {result.expected}")
        ET.SubElement(case, "system-out").text = _clean(f"{result.request}\n\n{result.response}")
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


__all__ = ("junit",)
