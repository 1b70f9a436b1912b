# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How a run of ansible-playbook ended, for all suites that run one."""

from __future__ import annotations

import re
import typing as t


class Run(t.NamedTuple):
    """Exit status and all that was printed."""

    rc: int
    output: str

    @property
    def changed(self) -> int:
        """Changed tasks of all hosts. A run that ended before its recap has no number, so the test that asks for one fails."""
        counts = re.findall(r"changed=(\d+)", self.output.partition("PLAY RECAP")[2])
        assert counts, f"no recap:\n{self.output[-8000:]}"
        return sum(map(int, counts))

    def message(self) -> str:
        """The output with its line breaks and indentation evened out, for looking up messages."""
        return " ".join(self.output.split()).replace("''", "'")
