# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The offers of the small market: machines that differ in what a search can ask for."""

from __future__ import annotations

import dataclasses
import typing as t

HOURS_OF_MONTH = 30 * 24
LARGEST_SEARCH = 64


@dataclasses.dataclass(frozen=True)
class Machine:
    """A host's machine with GPUs, as one offer; memory in MB, disk in GB, prices in USD.

    Attributes:
        dph_base: per hour, without storage.
        storage_cost: per GB and month.
        duration: seconds that the host offers it for.
        host: who owns it; 0 for somebody without other machines.

    """

    gpu_name: str
    num_gpus: int
    gpu_ram: int
    dph_base: float
    geolocation: str
    reliability: float
    driver: str
    cuda: float
    vms_enabled: bool = True
    compute_cap: int = 890
    disk_space: float = 500.0
    cpu_cores: int = 16
    cpu_ram: int = 64000
    storage_cost: float = 0.15
    verified: bool = True
    datacenter: bool = False
    static_ip: bool = True
    direct_port_count: int = 100
    bw_nvlink: float = 0.0
    inet: float = 900.0
    duration: float = 30 * 86400.0
    host: int = 0


MARKET = (
    Machine("RTX 4090", 1, 24564, 0.34, "Sweden, SE", 0.9971, "550.54.14", 12.4),
    Machine("RTX 4090", 1, 24564, 0.36, "Norway, NO", 0.9964, "570.86.15", 12.8),
    Machine("RTX 4090", 1, 24564, 0.29, "China, CN", 0.9312, "535.86.05", 12.2, vms_enabled=False),
    Machine("RTX 4090", 1, 24564, 0.31, "Vietnam, VN", 0.9955, "550.54.14", 12.4, vms_enabled=False),
    Machine("RTX 4090", 2, 24564, 0.71, "Germany, DE", 0.9980, "570.86.15", 12.8, cpu_cores=32, cpu_ram=128000),
    Machine("RTX 4090", 1, 24564, 0.45, "Iceland, IS", 0.9990, "570.86.15", 12.8, datacenter=True),
    Machine("RTX 3090", 1, 24576, 0.17, "Poland, PL", 0.9921, "535.86.05", 12.2, compute_cap=860),
    Machine("RTX 3090", 1, 24576, 0.15, "Poland, PL", 0.9840, "470.57.02", 11.4, compute_cap=860, disk_space=60.0),
    Machine("RTX 3090", 1, 24576, 0.12, "Bulgaria, BG", 0.8700, "550.54.14", 12.4, compute_cap=860, verified=False),
    Machine("RTX 5090", 1, 32607, 0.62, "Czechia, CZ", 0.9969, "570.86.15", 12.8, compute_cap=1200),
    Machine("A100 SXM4", 8, 81920, 8.40, "Texas, US", 0.9995, "550.54.14", 12.4, compute_cap=800, bw_nvlink=600.0,
            datacenter=True, disk_space=4000.0, cpu_cores=128, cpu_ram=1000000),
    Machine("H100 SXM", 1, 81559, 2.09, "Finland, FI", 0.9991, "570.86.15", 12.8, compute_cap=900, datacenter=True,
            disk_space=1200.0, cpu_cores=26, cpu_ram=220000),
    Machine("H200", 1, 143771, 2.95, "Finland, FI", 0.9989, "570.86.15", 12.8, compute_cap=900, datacenter=True,
            disk_space=1200.0, cpu_cores=26, cpu_ram=220000, vms_enabled=False),
)  # fmt: skip


def driver_number(version: str) -> int:
    """A driver version as the number that searches compare: 550.54.14 is 550054014."""
    parts = [*version.split("."), "0", "0"][:3]
    return int("".join(part.zfill(3) for part in parts))


def storage_per_hour(machine: Machine, gigabytes: float) -> float:
    """USD per hour for that much disk."""
    return machine.storage_cost * gigabytes / HOURS_OF_MONTH


def row(
    offer_id: int, machine_id: int, machine: Machine, gigabytes: float, *, kind: str, now: float
) -> dict[str, t.Any]:
    """An offer as a search returns it, priced with that much disk."""
    base = round(machine.dph_base * 0.4, 4) if kind == "bid" else machine.dph_base
    storage = storage_per_hour(machine, gigabytes)
    total = base + storage
    flops = machine.compute_cap / 10.0 * machine.num_gpus
    same = {field.name: getattr(machine, field.name) for field in dataclasses.fields(machine)}
    for ours in ("driver", "cuda", "inet", "dph_base", "host"):
        del same[ours]
    return {
        **same,
        "id": offer_id,
        "ask_contract_id": offer_id,
        "machine_id": machine_id,
        "host_id": machine.host or machine_id + 100,
        "bundle_id": machine_id + 5000,
        "gpu_total_ram": machine.gpu_ram * machine.num_gpus,
        "gpu_frac": 1.0,
        "gpu_arch": "nvidia",
        "gpu_lanes": 16,
        "gpu_mem_bw": 850.0,
        "gpu_max_power": 450.0,
        "gpu_max_temp": 90.0,
        "gpu_display_active": False,
        "cuda_max_good": machine.cuda,
        "driver_version": machine.driver,
        "driver_vers": driver_number(machine.driver),
        "cpu_name": "AMD EPYC 7543",
        "cpu_arch": "amd64",
        "cpu_ghz": 3.7,
        "cpu_cores_effective": float(machine.cpu_cores),
        "has_avx": 1,
        "disk_bw": 2500.0,
        "disk_name": "nvme",
        "inet_up": machine.inet,
        "inet_down": machine.inet,
        "inet_up_cost": 0.003,
        "inet_down_cost": 0.003,
        "pci_gen": 4.0,
        "pcie_bw": 24.0,
        "mobo_name": "ROMED8-2T",
        "os_version": "22.04",
        "ubuntu_version": "22.04",
        "dph_base": base,
        "dph_total": total,
        "dph_total_adj": total,
        "min_bid": round(machine.dph_base * 0.4, 4),
        "storage_total_cost": storage,
        "vram_costperhour": total / (machine.gpu_ram * machine.num_gpus),
        "dlperf": flops,
        "dlperf_per_dphtotal": flops / total,
        "total_flops": flops,
        "flops_per_dphtotal": flops / total,
        "score": flops / total * machine.reliability,
        "reliability2": machine.reliability,
        "reliability_mult": machine.reliability,
        "expected_reliability": machine.reliability,
        "verification": "verified" if machine.verified else "unverified",
        "rentable": True,
        "rented": False,
        "is_bid": kind == "bid",
        "external": False,
        "hosting_type": 1 if machine.datacenter else 0,
        "public_ipaddr": "192.0.2.45",
        "resource_type": "gpu",
        "start_date": now,
        "end_date": now + machine.duration,
        "cluster_id": None,
        "time_remaining": "",
    }
