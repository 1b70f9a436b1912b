# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Xid messages of NVIDIA's driver in the kernel log, and which of them tell of a card that should take no work.

Format and meaning: NVIDIA's "Xid Errors" documentation. Codes that programs cause (13, 31, 43, 45, 68, 69) say nothing of the card.
"""

from __future__ import annotations

import collections
import os
import re
import typing as t

_MESSAGE = re.compile(r"NVRM: Xid \((?:PCI:)?(?P<bus>[0-9a-fA-F:.]+)\): (?P<code>\d+)(?:, (?P<text>.*))?")
# Code -> what happened and what to do.
HARDWARE: dict[int, str] = {
    46: "the GPU stopped processing; reset it, and exchange it when it happens again",
    48: "an uncorrectable memory error; reset the GPU",
    61: "its micro-controller broke off; reset the GPU",
    62: "its micro-controller halted; reset the GPU",
    63: "a memory row was remapped or a page retired; reset the GPU to make it so",
    64: "a memory row could not be remapped; exchange the GPU",
    74: "an NVLink error; look at the links, reset the GPU",
    79: "the GPU fell off the bus; restart the machine, look at power and seating",
    92: "very many corrected memory errors; run the memory test of the vendor",
    94: "a contained memory error; reset the GPU when no work is on it",
    95: "an uncontained memory error; reset the GPU",
    109: "a context switch timed out; restart the machine",
    119: "the GPU's system processor does not answer; reset the GPU, update the driver",
    120: "an error of the GPU's system processor; reset the GPU, update the driver",
    140: "an unrecovered memory error; reset the GPU",
    143: "the GPU could not be initialised; restart the machine",
    149: "an NVLink error of the network link; look at the fabric",
    158: "a fatal timeout; restart the machine",
}


def parse(lines: t.Iterable[str]) -> list[dict[str, t.Any]]:
    """Each distinct Xid of a card: C(pci_bus_id), C(code), C(count), C(text) of the last, and C(hardware)."""
    counts: collections.Counter[tuple[str, int]] = collections.Counter()
    texts: dict[tuple[str, int], str] = {}
    for line in lines:
        found = _MESSAGE.search(line)
        if found:
            key = (found["bus"].lower(), int(found["code"]))
            counts[key] += 1
            texts[key] = (found["text"] or "").strip()
    return [
        {"pci_bus_id": bus, "code": code, "count": count, "text": texts[bus, code], "hardware": code in HARDWARE}
        for (bus, code), count in sorted(counts.items())
    ]


def kernel_log(path: str = "/dev/kmsg") -> list[str] | None:
    """All lines that the kernel still has since the machine's start; None when they may not be read."""
    try:
        device = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    lines: list[str] = []
    try:
        while record := _record(device):
            lines.append(record)
    finally:
        os.close(device)
    return lines


def _record(device: int) -> str:
    while True:
        try:
            # One read is one record, of at most this size (PRINTK_MESSAGE_MAX).
            return os.read(device, 8192).decode("utf-8", "replace")
        except BrokenPipeError:
            # The kernel overwrote the next records; the following read goes on behind them.
            continue
        except BlockingIOError:
            return ""


__all__ = ("HARDWARE", "kernel_log", "parse")
