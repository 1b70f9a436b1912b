# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The stand-ins for NVIDIA's libraries: they load, answer with an error, and cover exactly what is missing."""

from __future__ import annotations

import _ctypes
import base64
import ctypes
import hashlib
import pathlib
import struct

import pytest

from ansible_collections.inference.platform.catalogue.vllm.cpu_torch import elf, shim, strip, stubs

FUNCTIONS = ("cudaGetDeviceCount", "cudaMalloc", "cublasCreate_v2", "cudaGetErrorString", "ncclGetLastError")


@pytest.fixture
def stub(tmp_path: pathlib.Path) -> ctypes.CDLL:
    path = tmp_path / "libcudart.so.13"
    path.write_bytes(stubs.stub(path.name, FUNCTIONS))
    return ctypes.CDLL(str(path))


@pytest.mark.parametrize("name", ["cudaGetDeviceCount", "cudaMalloc", "cublasCreate_v2"])
def test_a_call_reports_that_there_is_no_device(stub: ctypes.CDLL, name: str) -> None:
    count = ctypes.c_int(7)
    assert stub[name](ctypes.byref(count)) == 100
    assert count.value == 7


@pytest.mark.parametrize("name", ["cudaGetErrorString", "ncclGetLastError"])
def test_a_function_that_returns_text_says_why(stub: ctypes.CDLL, name: str) -> None:
    function = stub[name]
    function.restype = ctypes.c_char_p
    assert function(100).startswith(b"no NVIDIA device")


def test_what_torch_does_not_ask_for_is_not_there(stub: ctypes.CDLL) -> None:
    with pytest.raises(AttributeError):
        stub["cudaFree"]


def test_hundreds_of_functions_are_all_found(tmp_path: pathlib.Path) -> None:
    names = [f"cuda_function_{number}" for number in range(747)]
    path = tmp_path / "libcublas.so.13"
    path.write_bytes(stubs.stub(path.name, names))
    library = ctypes.CDLL(str(path))
    assert {library[name]() for name in names} == {100}


def test_two_makings_give_the_same_bytes() -> None:
    assert stubs.stub("libcuda.so.1", FUNCTIONS) == stubs.stub("libcuda.so.1", reversed(FUNCTIONS))


def library(*needed: str, defined: tuple[str, ...] = (), undefined: dict[str, str | None] | None = None) -> elf.Library:
    return elf.Library(needed, frozenset(defined), undefined or {})


def test_missing_nvidia_libraries_are_planned_and_present_ones_are_not() -> None:
    plan = stubs.plan(
        {
            "libtorch_cuda.so": library("libcudart.so.13", "libc10_cuda.so", "libc.so.6", "libcupti.so.13"),
            "libcupti.so.13": library(),
        }
    )
    assert plan.libraries == ("libcudart.so.13",)


def test_functions_are_planned_by_the_library_of_their_version_or_by_their_name() -> None:
    plan = stubs.plan(
        {
            "libtorch_cuda.so": library(
                "libcudart.so.13",
                "libnccl.so.2",
                undefined={
                    "odd_name": "libcudart.so.13",
                    "ncclSend": None,
                    "memcpy": "libc.so.6",
                    "PyList_New": None,
                    "_ZN3c103fooEv": None,
                    "cudaHelper": None,
                },
            ),
            "libc10.so": library(defined=("_ZN3c103fooEv", "cudaHelper")),
        }
    )
    assert plan.functions == ("ncclSend", "odd_name")


def test_a_torch_that_needs_nothing_of_nvidia_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "libx.so").write_bytes(pathlib.Path(_ctypes.__file__).read_bytes())
    with pytest.raises(stubs.StubError, match="CUDA build"):
        stubs.write_stubs(tmp_path)


def test_a_real_library_is_read_with_the_versions_of_what_it_lacks() -> None:
    found = elf.read_library(pathlib.Path(_ctypes.__file__))
    assert "PyInit__ctypes" in found.defined
    assert "libc.so.6" in found.needed
    assert found.undefined["dlopen"] == "libc.so.6"
    assert found.undefined["PyErr_SetString"] is None


def test_a_file_that_is_no_library_is_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.so"
    path.write_text("not an ELF file")
    with pytest.raises(elf.ElfError, match=r"x\.so: not a 64-bit"):
        elf.read_library(path)


def test_the_shim_says_cpu_in_the_version_and_records_its_files() -> None:
    files = shim.files("1.2.3", "plugin text")
    info = "vllm-1.2.3+cpu.dist-info"
    assert "Name: vllm\nVersion: 1.2.3+cpu\n" in files[f"{info}/METADATA"]
    assert (
        files[f"{info}/entry_points.txt"] == "[vllm.general_plugins]\namx_permission = vllm_amx_permission:register\n"
    )
    hashed = base64.urlsafe_b64encode(hashlib.sha256(b"plugin text").digest()).rstrip(b"=").decode()
    assert f"vllm_amx_permission.py,sha256={hashed},11\n" in files[f"{info}/RECORD"]


def with_a_gap(image: bytes, junk: bytes) -> bytes:
    """*image* with *junk*, a multiple of a page that nothing loads, before its dynamic section, and more at its end."""
    program = struct.Struct("<IIQQQQQQ")
    headers = [list(program.unpack_from(image, 64 + index * program.size)) for index in range(5)]
    at = headers[2][2]
    spread = bytearray(image[:at] + junk + image[at:] + junk)
    for index, header in enumerate(headers):
        if header[2] == at:
            header[2] += len(junk)
        program.pack_into(spread, 64 + index * program.size, *header)
    struct.pack_into("<Q", spread, 0x28, len(spread) - 64)
    return bytes(spread)


def test_stripping_leaves_the_segments_and_nothing_else() -> None:
    image = stubs.stub("libcuda.so.1", FUNCTIONS)
    assert strip.stripped(with_a_gap(image, b"debug information".ljust(2 * elf.PAGE))) == image


def test_a_real_library_works_after_stripping(tmp_path: pathlib.Path) -> None:
    before = pathlib.Path(_ctypes.__file__).read_bytes()
    path = tmp_path / "stripped.so"
    path.write_bytes(strip.stripped(before))
    assert path.stat().st_size < len(before)
    assert ctypes.CDLL(str(path))["PyInit__ctypes"]


def test_a_library_with_overlapping_segments_is_left_alone(tmp_path: pathlib.Path) -> None:
    image = bytearray(stubs.stub("libcuda.so.1", FUNCTIONS).ljust(strip.SMALLEST))
    struct.pack_into("<Q", image, 64 + 2 * 56 + 8, 0)
    path = tmp_path / "libx.so"
    path.write_bytes(image)
    with pytest.raises(elf.ElfError, match=r"libx\.so: two of its segments overlap"):
        strip.strip_folder(tmp_path)
    assert path.read_bytes() == image


def test_links_and_small_libraries_are_passed_over(tmp_path: pathlib.Path) -> None:
    small = stubs.stub("libcuda.so.1", FUNCTIONS)
    (tmp_path / "small.so").write_bytes(small)
    (tmp_path / "link.so").symlink_to("small.so")
    assert strip.strip_folder(tmp_path) == 0
    assert (tmp_path / "small.so").read_bytes() == small
