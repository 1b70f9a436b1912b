# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: N802, N815  the names are NVIDIA's
"""Answers of NVML and of the CUDA driver, replayed from plain data by something that answers like pynvml and libcuda.

The data is written by hand after NVIDIA's API reference: no card was at hand to record it from.
"""

from __future__ import annotations

import array
import copy
import ctypes
import typing as t

GIB = 1024**3
NOT_SUPPORTED, LOST, MISMATCH = 3, 15, 18
_TEXTS = {3: "Not Supported", 13: "Function Not Found", 15: "GPU is lost", 18: "Driver/library version mismatch"}

H100: dict[str, t.Any] = {
    "nvmlDeviceGetName": "NVIDIA H100 80GB HBM3",
    "nvmlDeviceGetUUID": "GPU-00000000-0000-0000-0000-000000000001",
    "nvmlDeviceGetPciInfo": b"00000000:19:00.0",
    "nvmlDeviceGetCudaComputeCapability": (9, 0),
    "nvmlDeviceGetMemoryInfo": {"total": 81559 * 1024**2, "used": 1 << 20, "reserved": 551 * 1024**2},
    "nvmlDeviceGetPersistenceMode": 1,
    "nvmlDeviceGetEccMode": [1, 1],
    # Keys are the type of error (0 corrected, 1 uncorrected) and the span (0 since the start, 1 ever).
    "nvmlDeviceGetTotalEccErrors": {(0, 0): 2, (0, 1): 5, (1, 0): 0, (1, 1): 1},
    "nvmlDeviceGetRemappedRows": (0, 1, 0, 0),
    "nvmlDeviceGetNvLinkState": [1] * 18,
    "nvmlDeviceGetMigMode": [0, 0],
    "fabric": {"state": 3, "status": 0, "healthMask": 2},
}
RTX_3090: dict[str, t.Any] = {
    "nvmlDeviceGetName": b"NVIDIA GeForce RTX 3090",
    "nvmlDeviceGetUUID": b"GPU-00000000-0000-0000-0000-000000000002",
    "nvmlDeviceGetPciInfo": b"00000000:01:00.0",
    "nvmlDeviceGetCudaComputeCapability": (8, 6),
    "nvmlDeviceGetMemoryInfo": {"total": 24 * GIB, "used": 1 << 20, "reserved": 300 * 1024**2},
    "nvmlDeviceGetPersistenceMode": 0,
    "nvmlDeviceGetEccMode": NOT_SUPPORTED,
    "nvmlDeviceGetRemappedRows": (0, 0, 0, 0),
    "nvmlDeviceGetNvLinkState": NOT_SUPPORTED,
    "nvmlDeviceGetMigMode": NOT_SUPPORTED,
    "fabric": NOT_SUPPORTED,
}


class NVMLError(Exception):
    """As in pynvml."""

    def __init__(self, value: int) -> None:
        super().__init__(_TEXTS.get(value, f"error {value}"))
        self.value = value


class _Fabric(ctypes.Structure):
    _fields_: t.ClassVar = [
        ("state", ctypes.c_uint),
        ("status", ctypes.c_uint),
        ("healthMask", ctypes.c_uint),
    ]


class Nvml:
    """Answers like the module pynvml; an int where a card's answer is of another shape is the error of that number."""

    NVMLError = NVMLError
    NVML_MEMORY_ERROR_TYPE_CORRECTED = 0
    NVML_MEMORY_ERROR_TYPE_UNCORRECTED = 1
    NVML_VOLATILE_ECC = 0
    NVML_AGGREGATE_ECC = 1
    NVML_NVLINK_MAX_LINKS = 18
    nvmlMemory_v2 = 2
    c_nvmlGpuFabricInfo_v2_t = _Fabric

    def __init__(self, *cards: dict[str, t.Any], init: int = 0, driver: str = "580.159.04", cuda: int = 13000) -> None:
        self.cards = [copy.deepcopy(card) for card in cards]
        self.init = init
        self.driver = driver
        self.cuda = cuda
        self.open = False

    def nvmlInit(self) -> None:
        if self.init:
            raise NVMLError(self.init)
        self.open = True

    def nvmlShutdown(self) -> None:
        self.open = False

    def nvmlSystemGetDriverVersion(self) -> str:
        return self.driver

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        return self.cuda

    def nvmlDeviceGetCount(self) -> int:
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> dict[str, t.Any]:
        return t.cast(dict[str, t.Any], self._value(self.cards[index].get("handle", self.cards[index])))

    def nvmlDeviceGetPciInfo(self, card: dict[str, t.Any]) -> t.Any:
        return type("PciInfo", (), {"busId": self._value(card["nvmlDeviceGetPciInfo"])})

    def nvmlDeviceGetMemoryInfo(self, card: dict[str, t.Any], version: int | None = None) -> t.Any:
        return type("Memory", (), self._value(card["nvmlDeviceGetMemoryInfo"]))

    def nvmlDeviceGetTotalEccErrors(self, card: dict[str, t.Any], kind: int, span: int) -> int:
        return int(card["nvmlDeviceGetTotalEccErrors"][kind, span])

    def nvmlDeviceGetNvLinkState(self, card: dict[str, t.Any], link: int) -> int:
        states = self._value(card["nvmlDeviceGetNvLinkState"])
        if link >= len(states):
            raise NVMLError(2)
        return int(states[link])

    def nvmlDeviceGetGpuFabricInfoV(self, card: dict[str, t.Any], place: t.Any) -> int:
        for name, value in self._value(card["fabric"]).items():
            setattr(place._obj, name, value)
        return 0

    def nvmlDeviceGetRetiredPages(self, card: dict[str, t.Any], cause: int) -> list[int]:
        return [0] * int(card["pages"][cause])

    def nvmlDeviceGetRetiredPagesPendingStatus(self, card: dict[str, t.Any]) -> int:
        if "pages_pending" not in card:
            raise NVMLError(NOT_SUPPORTED)
        return int(card["pages_pending"])

    def nvmlDeviceGetPersistenceMode(self, card: dict[str, t.Any]) -> int:
        return int(card["nvmlDeviceGetPersistenceMode"])

    def nvmlDeviceGetMaxMigDeviceCount(self, _card: dict[str, t.Any]) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, card: dict[str, t.Any], index: int) -> object:
        if index >= card["mig_instances"]:
            raise NVMLError(6)
        return object()

    def __getattr__(self, name: str) -> t.Callable[[dict[str, t.Any]], t.Any]:
        if not name.startswith("nvmlDeviceGet"):
            raise AttributeError(name)
        return lambda card: self._value(card.get(name, NOT_SUPPORTED))

    @staticmethod
    def _value(value: t.Any) -> t.Any:
        if isinstance(value, int):
            raise NVMLError(value)
        return value


class Cuda:
    """Answers like libcuda and does the addition; fails names a call and its error, wrong makes a sum wrong."""

    def __init__(self, devices: int = 1, *, fails: str = "", code: int = 999, wrong: bool = False) -> None:
        self.devices = devices
        self.fails = fails
        self.code = code
        self.wrong = wrong
        self.memory: dict[int, bytearray] = {}
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> t.Callable[..., int]:
        if not name.startswith("cu"):
            raise AttributeError(name)

        def call(*arguments: t.Any) -> int:
            self.calls.append(name)
            if name == self.fails:
                return self.code
            answer = self._answers().get(name)
            if answer:
                answer(*arguments)
            return 0

        return call

    def _answers(self) -> dict[str, t.Callable[..., None]]:
        return {
            "cuDeviceGetCount": lambda place: setattr(place._obj, "value", self.devices),
            "cuDeviceGet": lambda place, number: setattr(place._obj, "value", number.value),
            "cuDeviceGetPCIBusId": self._bus_id,
            "cuGetErrorName": lambda _code, place: setattr(place._obj, "value", b"CUDA_ERROR_BROKEN"),
            "cuMemAlloc_v2": self._allocate,
            "cuMemFree_v2": lambda place: self.memory.pop(place.value, None),
            "cuMemcpyHtoD_v2": lambda place, source, size: self._store(place.value, bytes(source)[: size.value]),
            "cuMemcpyDtoH_v2": lambda target, place, size: ctypes.memmove(
                target, bytes(self.memory[place.value]), size.value
            ),
            "cuLaunchKernel": self._launch,
        }

    @staticmethod
    def _bus_id(text: t.Any, _size: t.Any, device: t.Any) -> None:
        text.value = f"0000:{device.value + 25:02X}:00.0".encode()

    def _allocate(self, place: t.Any, size: t.Any) -> None:
        place._obj.value = 0x1000 * (len(self.memory) + 1)
        self.memory[place._obj.value] = bytearray(size.value)

    def _store(self, place: int, content: bytes) -> None:
        self.memory[place][:] = content

    def _launch(self, _kernel: t.Any, *arguments: t.Any) -> None:
        *shape, _stream, pointers, _extra = arguments
        places = [ctypes.cast(pointers[n], ctypes.POINTER(ctypes.c_uint64)).contents.value for n in range(3)]
        count = ctypes.cast(pointers[3], ctypes.POINTER(ctypes.c_uint32)).contents.value
        threads = shape[0].value * shape[3].value
        left, right = (array.array("f", bytes(self.memory[place])) for place in places[:2])
        done = min(count, threads)
        result = array.array("f", (a + b for a, b in zip(left[:done], right[:done], strict=True)))
        result.extend([0.0] * (len(left) - done))
        if self.wrong:
            result[7] += 1
        self._store(places[2], result.tobytes())
