# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Run the server until it is ended: PYTHONPATH=tests python -m emulator.vast --port 8400 --state FOLDER [--image TAR].

The folder gets ``api_key`` (mode 0600), ``url``, and at the end ``bill.json`` and ``calls.json``. With an image, instances are
machines of this host; without, they are ssh servers of this process.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import signal
import threading

from .backends import Backend
from .emulator import Emulator
from .memory import Memory


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="emulator.vast")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--image", type=pathlib.Path, help="root file system of machines")
    parser.add_argument("--images", default="", help="unpacked images that a new machine gets")
    parser.add_argument("--network", default="10.213.0.1/24")
    parser.add_argument(
        "--bind", action="append", default=[], metavar="SOURCE:TARGET", help="read-only folder of machines"
    )
    return parser.parse_args()


def backend(given: argparse.Namespace) -> Backend:
    """What instances are made of."""
    if given.image is None:
        return Memory()
    from .machines import Machines  # noqa: PLC0415

    binds = tuple(dict(zip(("source", "target"), pair.split(":"), strict=True), read_only=True) for pair in given.bind)
    return Machines(given.state, given.image, network=given.network, images=given.images, binds=binds)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    given = arguments()
    given.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    with Emulator(backend(given), port=given.port) as emulator:
        key = given.state / "api_key"
        key.touch(mode=0o600)
        key.write_text(emulator.api_key)
        partial = given.state / "url.partial"
        partial.write_text(emulator.url)
        os.replace(partial, given.state / "url")
        ending.wait()
        for name, rows in (("bill", emulator.bill()), ("calls", emulator.calls)):
            (given.state / f"{name}.json").write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
