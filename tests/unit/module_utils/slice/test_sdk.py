# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The official client is whole before several threads use it."""

from __future__ import annotations

import subprocess
import sys


def test_loading_imports_every_part_that_checks_use_at_once() -> None:
    code = (
        "import sys\n"
        "from ansible_collections.inference.platform.plugins.module_utils.slice import sdk\n"
        "sdk.load()\n"
        "client = __import__('openai').OpenAI(api_key='x')\n"
        "before = set(sys.modules)\n"
        "client.chat.completions, client.completions, client.embeddings, client.models\n"
        "print(sorted(name for name in set(sys.modules) - before if name.startswith('openai.resources')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
