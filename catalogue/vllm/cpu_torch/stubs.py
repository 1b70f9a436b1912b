# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Let the build of torch that package indexes carry run on a CPU without NVIDIA's 2.5 GB of libraries.

``python -m cpu_torch.stubs SITE_PACKAGES`` puts one small shared object into ``torch/lib`` for every NVIDIA library that torch
is linked to. Every function in them reports "no device" (100, ``cudaErrorNoDevice``; not zero, so a failure for every
NVIDIA library), and the few that return a text return one that says why. torch therefore finds no GPU and goes on.
"""

from __future__ import annotations

import re
import struct
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from . import elf

NO_DEVICE = 100
MESSAGE = b"no NVIDIA device: this image runs torch on the CPU and carries no NVIDIA libraries\0"

# sonames of NVIDIA's libraries
NVIDIA_LIBRARY = re.compile(r"^lib(cu|nv|nccl)[A-Za-z_]*\.so")
# symbols of NVIDIA's libraries that carry no version which would name the library
NVIDIA_SYMBOL = re.compile(
    r"^(__)?(cu[A-Z]|cuda|cublas|cudnn|cufft|curand|cusparse|cusolver|cupti|p?nccl|nvrtc|nvshmem|nvml|nvJitLink|nvtx)"
    r"|^_Z.*nvshmem"
)
# functions that return `const char *` instead of a status
RETURNS_TEXT = re.compile(
    r"^(cuda|cublas|cudnn|cusparse|nvrtc|p?nccl)[A-Za-z]*(Error|Status)(String|Name)$|^p?ncclGetLastError$"
)


class StubError(RuntimeError):
    """The torch found is not one these stubs are made for."""


@dataclass(frozen=True)
class Plan:
    """The libraries to make and the functions that each of them offers."""

    libraries: tuple[str, ...]
    functions: tuple[str, ...]


def plan(libraries: t.Mapping[str, elf.Library]) -> Plan:
    """What *libraries* (soname -> contents) need of NVIDIA's that none of them offers."""
    present = frozenset(libraries)
    missing = {
        name
        for library in libraries.values()
        for name in library.needed
        if name not in present and NVIDIA_LIBRARY.match(name)
    }
    offered = frozenset().union(*(library.defined for library in libraries.values()))
    functions = {
        name
        for library in libraries.values()
        for name, file in library.undefined.items()
        if name not in offered and (file in missing or (file is None and NVIDIA_SYMBOL.match(name)))
    }
    return Plan(tuple(sorted(missing)), tuple(sorted(functions)))


def stub(soname: str, functions: t.Iterable[str]) -> bytes:
    """The bytes of the shared object *soname*, in which each of *functions* reports that there is no device."""
    landing = b"\xf3\x0f\x1e\xfa"  # endbr64
    status = landing + b"\xb8" + struct.pack("<I", NO_DEVICE) + b"\xc3"  # mov $100, %eax; ret
    status = status.ljust(16, b"\xcc")
    load = landing + b"\x48\x8d\x05"  # lea MESSAGE(%rip), %rax; ret
    distance = elf.rodata_distance(MESSAGE) + len(status) + len(load) + 4
    code = status + load + struct.pack("<i", -distance) + b"\xc3"
    offsets = {name: len(status) if RETURNS_TEXT.match(name) else 0 for name in functions}
    return elf.shared_object(soname, offsets, code, MESSAGE)


def write_stubs(folder: Path) -> Plan:
    """Write the stubs that the libraries in *folder* (``torch/lib``) need into it.

    :raises StubError: when there is nothing to replace, that is, this is no CUDA build of torch.
    """
    found = {path.name: elf.read_library(path) for path in sorted(folder.glob("*.so*")) if not path.is_symlink()}
    todo = plan(found)
    if not todo.libraries or not todo.functions:
        raise StubError(f"{folder}: no library here needs one of NVIDIA's; is this a CUDA build of torch?")
    for soname in todo.libraries:
        (folder / soname).write_bytes(stub(soname, todo.functions))
    return todo


def main(arguments: t.Sequence[str]) -> None:
    done = write_stubs(Path(arguments[0]) / "torch" / "lib")
    sys.stdout.write(f"{len(done.libraries)} NVIDIA libraries replaced, {len(done.functions)} functions\n")


if __name__ == "__main__":
    main(sys.argv[1:])
