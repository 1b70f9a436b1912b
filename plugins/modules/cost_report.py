#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: cost_report
short_description: Write what teams spent with which models, as a table and a page
version_added: "0.1.0"
description:
  - Reads LiteLLM's rows of a period and writes C(costs-<start>-<end>.csv), a line for each team and model, and a page of the same name with
    C(.html) that needs nothing else, with plots by day, team and model.
  - The sums are those of M(inference.platform.ledger_check), in decimal arithmetic. Calls without a team have the team C((no team)).
  - LiteLLM keeps rows of teams and keys that were deleted, so they are in the report.
options:
  start:
    description: The first day of the period in UTC, like V(2026-01-01).
    type: str
    required: true
  end:
    description: The last day of the period in UTC, in the same form.
    type: str
    required: true
  report_dir:
    description: Folder of the files. It is made when it does not exist.
    type: path
    required: true
  title:
    description: What the page is headed with, for example the platform's name.
    type: str
    default: Costs
  max_rows:
    description: The module fails rather than read more rows than this, which takes memory and time.
    type: int
    default: 500000
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
attributes:
  check_mode:
    description: Reads and sums up all the same, and says whether the files would be written.
    support: full
  diff_mode:
    description: Shows the table before and after.
    support: full
  idempotent:
    description: The files change when rows were added to the period.
    support: full
seealso:
  - module: inference.platform.ledger_check
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: The costs of January
  inference.platform.cost_report:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    start: "2026-01-01"
    end: "2026-01-31"
    report_dir: ~/reports
"""

RETURN = r"""
total:
  description: All calls of the period, as M(inference.platform.ledger_check) returns it.
  returned: success
  type: dict
  sample: {calls: 4, failed_calls: 1, broken_off_calls: 0, spend: 0.15, prompt_tokens: 30, completion_tokens: 60}
reports:
  description: Paths of the files by form.
  returned: success
  type: dict
  sample: {csv: ~/reports/costs-2026-01-01-2026-01-31.csv, html: ~/reports/costs-2026-01-01-2026-01-31.html}
"""

import datetime
import os
import tempfile

from ansible_collections.inference.platform.plugins.module_utils.ledger import calls, costs, costs_page
from ansible_collections.inference.platform.plugins.module_utils.litellm import spend, task

OPTIONS: task.Spec = {
    "start": {"type": "str", "required": True},
    "end": {"type": "str", "required": True},
    "report_dir": {"type": "path", "required": True},
    "title": {"type": "str", "default": "Costs"},
    "max_rows": {"type": "int", "default": 500000},
}


def base(period: spend.Period) -> str:
    last = period.end - datetime.timedelta(seconds=1)
    return f"costs-{period.start:%Y-%m-%d}-{last:%Y-%m-%d}"


def read(path: str) -> str:
    """A file's text, empty when there is none. Raises OSError."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write(path: str, text: str) -> None:
    """Never half a file. Raises OSError."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".costs.", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)
    os.replace(temporary, path)


def main() -> None:
    module = task.module(OPTIONS)
    params = module.params
    with task.client(module, "cost_report") as client:
        period = spend.period(params["start"], params["end"])
        rows = spend.rows(client, period, {}, most=params["max_rows"])
    found = costs.of([calls.of_row(row) for row in rows], period)
    texts = {"csv": costs.table(found), "html": costs_page.page(found, params["title"])}
    paths = {form: os.path.join(params["report_dir"], f"{base(period)}.{form}") for form in texts}
    try:
        before = {form: read(path) for form, path in paths.items()}
        changed = before != texts
        if changed and not module.check_mode:
            for form, path in paths.items():
                write(path, texts[form])
    except OSError as error:
        module.fail_json(msg=f"The report cannot be written into {params['report_dir']}: {error}.")
    diff = {"before": before["csv"], "after": texts["csv"]}
    module.exit_json(changed=changed, total=found.total.as_dict(), reports=paths, diff=diff)


if __name__ == "__main__":
    main()
