# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs a kernel on every card through the CUDA driver API: no toolkit, no compiler, only the driver's own libcuda.so.1.

Calls as in NVIDIA's "CUDA Driver API" reference; the kernel is PTX, which the driver compiles for the card that it finds.
"""

from __future__ import annotations

import array
import ctypes
import typing as t

LIBRARY = "libcuda.so.1"
NUMBERS = 1 << 20
THREADS = 256
_KERNEL = b"inference_platform_add"
PTX = b"""
.version 6.0
.target sm_50
.address_size 64

.visible .entry inference_platform_add(
    .param .u64 left,
    .param .u64 right,
    .param .u64 result,
    .param .u32 count
)
{
    .reg .pred %p<2>;
    .reg .b32 %r<6>;
    .reg .f32 %f<4>;
    .reg .b64 %rd<11>;

    ld.param.u64 %rd1, [left];
    ld.param.u64 %rd2, [right];
    ld.param.u64 %rd3, [result];
    ld.param.u32 %r1, [count];
    mov.u32 %r2, %ctaid.x;
    mov.u32 %r3, %ntid.x;
    mov.u32 %r4, %tid.x;
    mad.lo.s32 %r5, %r2, %r3, %r4;
    setp.ge.u32 %p1, %r5, %r1;
    @%p1 bra DONE;
    cvta.to.global.u64 %rd4, %rd1;
    mul.wide.u32 %rd5, %r5, 4;
    add.s64 %rd6, %rd4, %rd5;
    cvta.to.global.u64 %rd7, %rd2;
    add.s64 %rd8, %rd7, %rd5;
    ld.global.f32 %f1, [%rd6];
    ld.global.f32 %f2, [%rd8];
    add.f32 %f3, %f1, %f2;
    cvta.to.global.u64 %rd9, %rd3;
    add.s64 %rd10, %rd9, %rd5;
    st.global.f32 [%rd10], %f3;
DONE:
    ret;
}
\0"""


class CudaError(Exception):
    """A call of the driver failed; the text names it, and what the driver answered."""


class Driver:
    """The driver API.

    Args:
        library: libcuda as ctypes loads it.

    """

    def __init__(self, library: t.Any) -> None:
        self._library = library
        self.call("cuInit", ctypes.c_uint(0))

    def call(self, name: str, *arguments: t.Any) -> None:
        """One call. Raises CudaError."""
        code = getattr(self._library, name)(*arguments)
        if code:
            raise CudaError(f"{name} answered {code} ({self._name_of(code)})")

    def release(self, name: str, *arguments: t.Any) -> None:
        """A call that gives something back. What it answers is not worth hiding an earlier error for."""
        getattr(self._library, name)(*arguments)

    def _name_of(self, code: int) -> str:
        text = ctypes.c_char_p()
        self._library.cuGetErrorName(ctypes.c_int(code), ctypes.byref(text))
        return (text.value or b"no known error").decode()

    def count(self) -> int:
        """How many devices there are."""
        number = ctypes.c_int()
        self.call("cuDeviceGetCount", ctypes.byref(number))
        return number.value

    def bus_id(self, device: ctypes.c_int) -> str:
        """PCI address of a device."""
        text = ctypes.create_string_buffer(32)
        self.call("cuDeviceGetPCIBusId", text, ctypes.c_int(32), device)
        return text.value.decode().lower()


def run_all(library: t.Any) -> list[dict[str, t.Any]]:
    """Adds a million numbers on every device: C(pci_bus_id), C(passed), C(error). Raises CudaError when there is no API at all."""
    driver = Driver(library)
    return [_run_one(driver, number) for number in range(driver.count())]


def _run_one(driver: Driver, number: int) -> dict[str, t.Any]:
    device = ctypes.c_int()
    place = ""
    try:
        driver.call("cuDeviceGet", ctypes.byref(device), ctypes.c_int(number))
        place = driver.bus_id(device)
        wrong = _add(driver, device)
    except CudaError as error:
        return {"index": number, "pci_bus_id": place, "passed": False, "error": str(error)}
    error_text = f"{wrong} of {NUMBERS} sums are wrong" if wrong else ""
    return {"index": number, "pci_bus_id": place, "passed": not wrong, "error": error_text}


def _add(driver: Driver, device: ctypes.c_int) -> int:
    """How many of the sums are wrong."""
    context = ctypes.c_void_p()
    driver.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    try:
        driver.call("cuCtxSetCurrent", context)
        kernel = _kernel(driver)
        left = array.array("f", range(NUMBERS))
        right = array.array("f", range(0, 2 * NUMBERS, 2))
        result = _launch(driver, kernel, left, right)
    finally:
        driver.release("cuDevicePrimaryCtxRelease_v2", device)
    return sum(1 for place, value in enumerate(result) if value != 3 * place)


def _kernel(driver: Driver) -> ctypes.c_void_p:
    module, function = ctypes.c_void_p(), ctypes.c_void_p()
    driver.call("cuModuleLoadData", ctypes.byref(module), ctypes.c_char_p(PTX))
    driver.call("cuModuleGetFunction", ctypes.byref(function), module, ctypes.c_char_p(_KERNEL))
    return function


def _launch(
    driver: Driver, kernel: ctypes.c_void_p, left: array.array[float], right: array.array[float]
) -> array.array[float]:
    size = ctypes.c_size_t(left.itemsize * len(left))
    result = array.array("f", bytes(size.value))
    places = [ctypes.c_uint64() for _ in range(3)]
    try:
        for place in places:
            driver.call("cuMemAlloc_v2", ctypes.byref(place), size)
        for place, numbers in zip(places, (left, right), strict=False):
            driver.call("cuMemcpyHtoD_v2", place, _memory(numbers), size)
        values = [*places, ctypes.c_uint32(len(left))]
        pointers = (ctypes.c_void_p * 4)(*(ctypes.addressof(value) for value in values))
        blocks = -(-len(left) // THREADS)
        shape = [ctypes.c_uint(side) for side in (blocks, 1, 1, THREADS, 1, 1, 0)]
        driver.call("cuLaunchKernel", kernel, *shape, None, pointers, None)
        driver.call("cuCtxSynchronize")
        driver.call("cuMemcpyDtoH_v2", _memory(result), places[2], size)
    finally:
        for place in places:
            driver.release("cuMemFree_v2", place)
    return result


def _memory(numbers: array.array[float]) -> t.Any:
    return (ctypes.c_char * (numbers.itemsize * len(numbers))).from_buffer(numbers)


__all__ = ("LIBRARY", "NUMBERS", "PTX", "CudaError", "Driver", "run_all")
