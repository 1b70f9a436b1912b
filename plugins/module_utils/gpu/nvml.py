# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reads cards through NVML, by the package nvidia-ml-py (module pynvml), into plain data.

What a card or driver does not know is None; an answer that is an error is kept as text in C(errors), for a card that is lost
must be reported and not end the reading. Function by function as in NVIDIA's NVML API reference.
"""

from __future__ import annotations

import ctypes
import typing as t

# nvmlReturn_t: the card, the driver or the user does not know or may not see it. None of these is a fault of the card.
_UNKNOWN = frozenset({2, 3, 4, 6, 13})
_FABRIC_STATES = ("not_supported", "not_started", "in_progress", "completed")
# nvmlGpuFabricInfo health mask, degraded bandwidth: 1 is true.
_DEGRADED = 1


class NvmlError(Exception):
    """NVML cannot be used at all; the text says what it answered."""


class Reader:
    """Reads with an initialised or not yet initialised NVML.

    Args:
        api: the module pynvml, or something that answers like it.

    """

    def __init__(self, api: t.Any) -> None:
        self._api = api
        self._errors: list[str] = []

    def read(self) -> dict[str, t.Any]:
        """The driver and all cards.

        Raises:
            NvmlError: the library is absent, or does not fit the driver that is loaded.

        """
        try:
            self._api.nvmlInit()
        except self._api.NVMLError as error:
            raise NvmlError(str(error)) from error
        try:
            return {"driver": self._driver(), "cards": [self._card(index) for index in range(self._count())]}
        finally:
            self._ask("nvmlShutdown")

    def _driver(self) -> dict[str, t.Any]:
        cuda = self._ask("nvmlSystemGetCudaDriverVersion_v2") or self._ask("nvmlSystemGetCudaDriverVersion")
        return {
            "version": _text(self._ask("nvmlSystemGetDriverVersion")),
            "cuda": f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else "",
        }

    def _count(self) -> int:
        return int(self._ask("nvmlDeviceGetCount") or 0)

    def _card(self, index: int) -> dict[str, t.Any]:
        self._errors = []
        handle = self._ask("nvmlDeviceGetHandleByIndex", index)
        if handle is None:
            return {"index": index, "errors": self._errors or ["nvmlDeviceGetHandleByIndex: the card does not answer"]}
        capability = self._ask("nvmlDeviceGetCudaComputeCapability", handle)
        pci = self._ask("nvmlDeviceGetPciInfo", handle)
        card = {
            "index": index,
            "name": _text(self._ask("nvmlDeviceGetName", handle)),
            "uuid": _text(self._ask("nvmlDeviceGetUUID", handle)),
            "pci_bus_id": _text(getattr(pci, "busId", "")).lower(),
            "compute_capability": f"{capability[0]}.{capability[1]}" if capability else "",
            "memory": self._memory(handle),
            "persistence_mode": _flag(self._ask("nvmlDeviceGetPersistenceMode", handle)),
            "ecc": self._ecc(handle),
            "memory_repair": self._repair(handle),
            "nvlink": self._nvlink(handle),
            "mig": self._mig(handle),
            "fabric": self._fabric(handle),
        }
        return {**card, "errors": self._errors}

    def _memory(self, handle: t.Any) -> dict[str, int] | None:
        version = getattr(self._api, "nvmlMemory_v2", None)
        info = self._ask("nvmlDeviceGetMemoryInfo", handle, version) if version else None
        info = info or self._ask("nvmlDeviceGetMemoryInfo", handle)
        if info is None:
            return None
        return {
            "total_bytes": int(info.total),
            "used_bytes": int(info.used),
            "reserved_bytes": int(getattr(info, "reserved", 0)),
        }

    def _ecc(self, handle: t.Any) -> dict[str, t.Any] | None:
        mode = self._ask("nvmlDeviceGetEccMode", handle)
        if mode is None:
            return None
        api = self._api
        kinds = {
            "corrected": api.NVML_MEMORY_ERROR_TYPE_CORRECTED,
            "uncorrected": api.NVML_MEMORY_ERROR_TYPE_UNCORRECTED,
        }
        spans = {"since_boot": api.NVML_VOLATILE_ECC, "ever": api.NVML_AGGREGATE_ECC}
        counts = {
            f"{kind}_{span}": self._ask("nvmlDeviceGetTotalEccErrors", handle, kind_code, span_code)
            for kind, kind_code in kinds.items()
            for span, span_code in spans.items()
        }
        return {"enabled": bool(mode[0]), "enabled_after_reset": bool(mode[1]), **counts}

    def _repair(self, handle: t.Any) -> dict[str, t.Any] | None:
        """Rows remapped (Ampere and newer), or pages retired (older)."""
        rows = self._ask("nvmlDeviceGetRemappedRows", handle)
        if rows is not None:
            names = ("corrected", "uncorrected", "pending", "failed")
            return {"kind": "rows", **{name: int(value) for name, value in zip(names, rows, strict=True)}}
        pending = self._ask("nvmlDeviceGetRetiredPagesPendingStatus", handle)
        if pending is None:
            return None
        causes = {"corrected": 0, "uncorrected": 1}
        retired = {
            name: len(self._ask("nvmlDeviceGetRetiredPages", handle, code) or []) for name, code in causes.items()
        }
        return {"kind": "pages", **retired, "pending": int(pending), "failed": 0}

    def _nvlink(self, handle: t.Any) -> dict[str, int] | None:
        states = []
        for link in range(int(getattr(self._api, "NVML_NVLINK_MAX_LINKS", 18))):
            state = self._ask("nvmlDeviceGetNvLinkState", handle, link)
            if state is None:
                break
            states.append(int(state))
        return {"links": len(states), "active": sum(states)} if states else None

    def _mig(self, handle: t.Any) -> dict[str, t.Any] | None:
        mode = self._ask("nvmlDeviceGetMigMode", handle)
        if mode is None:
            return None
        most = int(self._ask("nvmlDeviceGetMaxMigDeviceCount", handle) or 0) if mode[0] else 0
        found = [self._ask("nvmlDeviceGetMigDeviceHandleByIndex", handle, number) for number in range(most)]
        instances = sum(1 for one in found if one is not None)
        return {"enabled": bool(mode[0]), "enabled_after_reset": bool(mode[1]), "instances": instances}

    def _fabric(self, handle: t.Any) -> dict[str, t.Any] | None:
        make = getattr(self._api, "c_nvmlGpuFabricInfo_v2_t", None)
        if make is None:
            return None
        info = make()
        if self._ask("nvmlDeviceGetGpuFabricInfoV", handle, ctypes.byref(info)) is None:
            return None
        state = _FABRIC_STATES[info.state] if info.state < len(_FABRIC_STATES) else str(info.state)
        return {"state": state, "status": int(info.status), "degraded": info.healthMask & 0x3 == _DEGRADED}

    def _ask(self, name: str, *arguments: t.Any) -> t.Any:
        """The answer, or None. What is no ignorance but an error is noted."""
        function = getattr(self._api, name, None)
        if function is None:
            return None
        try:
            return function(*arguments)
        except self._api.NVMLError as error:
            if getattr(error, "value", 0) not in _UNKNOWN:
                self._errors.append(f"{name}: {error}")
            return None


def _text(value: t.Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")


def _flag(value: t.Any) -> bool | None:
    return None if value is None else bool(value)


__all__ = ("NvmlError", "Reader")
