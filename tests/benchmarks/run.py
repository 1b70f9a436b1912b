# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks one after the other; each prints a table and writes JSON to tests/benchmarks/results.

usage: tests/benchmarks/run.py [NAME ...]    NAME: manifests, site, tree, latency (default: all, in this order)
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# site leaves a platform up, which tree and latency then ask.
ORDER = ("manifests", "site", "tree", "latency")


def main(names: list[str]) -> int:
    """Runs the named benchmarks; 0 when each of them ended well."""
    unknown = [name for name in names if name not in ORDER]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ORDER)}", file=sys.stderr)
        return 2
    codes = [subprocess.run([sys.executable, str(HERE / f"bench_{name}.py")], check=False) for name in names or ORDER]
    return max(code.returncode for code in codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
