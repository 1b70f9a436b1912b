# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which driver NVIDIA's cards need, by their PCI device ids, and what the packages of NVIDIA's repositories are called.

Architectures by device id as in the lists of supported GPUs of the drivers' README; kinds of kernel module and the end of support for Maxwell,
Pascal and Volta after branch 580 as in NVIDIA's "Driver Installation Guide"; package names of its sections on Debian and Ubuntu,
compute-only systems.
"""

from __future__ import annotations

import bisect

OPEN, PROPRIETARY = "open", "proprietary"
# The last branch that knows all architectures from Maxwell to Blackwell, and one of long support. CUDA 13.0.
BRANCH = "580"
NEWER = "newer"
_OLDER = "older"
# The first device id of a range, in order; a range ends where the next begins.
_RANGES: tuple[tuple[int, str], ...] = (
    (0x0000, _OLDER),
    (0x1340, "maxwell"),
    (0x15F0, "pascal"),
    (0x1600, "maxwell"),
    (0x1B00, "pascal"),
    (0x1D80, "volta"),
    (0x1E00, "turing"),
    (0x2080, "ampere"),
    (0x2180, "turing"),
    (0x2200, "ampere"),
    (0x2300, "hopper"),
    (0x2400, "ampere"),
    (0x2600, "ada"),
    (0x2900, "blackwell"),
    (0x3200, NEWER),
)
_FIRST = [first for first, _name in _RANGES]
_KINDS: dict[str, tuple[str, ...]] = {
    "maxwell": (PROPRIETARY,),
    "pascal": (PROPRIETARY,),
    "volta": (PROPRIETARY,),
    "turing": (OPEN, PROPRIETARY),
    "ampere": (OPEN, PROPRIETARY),
    "hopper": (OPEN, PROPRIETARY),
    "ada": (OPEN, PROPRIETARY),
    "blackwell": (OPEN,),
}
# Cards of boards whose NVSwitches are no PCI devices of NVIDIA's, but bridges of a network card: HGX B200 and B300.
_SWITCHED = frozenset({0x2901, 0x3182})
DISTRIBUTIONS = ("debian12", "ubuntu2204", "ubuntu2404")


class DriverError(ValueError):
    """No driver can be chosen; the text says why and what to do."""


def architecture(device: int) -> str:
    """Name of a card's architecture: C(older) and C(newer) are what the table does not reach."""
    return _RANGES[bisect.bisect_right(_FIRST, device) - 1][1]


def needs_subnet_manager(device: int) -> bool:
    """Whether the card's NVSwitches also need NVIDIA's subnet manager."""
    return device in _SWITCHED


def kind(devices: list[int], wanted: str = "") -> str:
    """The kind of kernel module for all cards of a host: open where all of them run with it.

    Args:
        devices: PCI device ids of the cards.
        wanted: open or proprietary; empty for the table's choice.

    Raises:
        DriverError: a card is not in the table, or no kind fits all cards.

    """
    architectures = [architecture(device) for device in devices]
    for device, found in zip(devices, architectures, strict=True):
        if found == _OLDER:
            raise DriverError(
                f"Card 10de:{device:04x} is older than Maxwell, which no driver that is still maintained knows; take it out."
            )
        if found == NEWER:
            raise DriverError(
                f"Card 10de:{device:04x} is newer than this release knows; name the packages of its driver in gpu_driver_packages."
            )
    fitting = [one for one in (OPEN, PROPRIETARY) if all(one in _KINDS[name] for name in architectures)]
    names = ", ".join(sorted(set(architectures)))
    if not fitting:
        raise DriverError(
            f"No kernel module runs all cards of this host ({names}): Blackwell needs the open one, Volta and older the proprietary one."
        )
    if wanted and wanted not in fitting:
        raise DriverError(
            f"The {wanted} kernel module does not run the cards of this host ({names}); choose {fitting[0]}."
        )
    return wanted or fitting[0]


def packages(distribution: str, module: str) -> list[str]:
    """Packages of the driver, without anything for a display.

    Raises:
        DriverError: NVIDIA's packages of that distribution are not known here.

    """
    if distribution not in DISTRIBUTIONS:
        raise DriverError(
            f"The driver's packages for {distribution or 'this distribution'} are not known; known are {', '.join(DISTRIBUTIONS)}. "
            "Install the driver yourself, and it is kept."
        )
    if distribution.startswith("debian"):
        return [
            "nvidia-driver-cuda",
            "nvidia-persistenced",
            "nvidia-kernel-open-dkms" if module == OPEN else "nvidia-kernel-dkms",
        ]
    dkms = f"nvidia-dkms-{BRANCH}-open" if module == OPEN else f"nvidia-dkms-{BRANCH}"
    return [f"libnvidia-compute-{BRANCH}", f"nvidia-compute-utils-{BRANCH}", f"nvidia-utils-{BRANCH}", dkms]


def pin_package() -> str:
    """The package that keeps a host on the branch; it is installed before the driver."""
    return f"nvidia-driver-pinning-{BRANCH}"


def fabric_packages(version: str, *, subnet_manager: bool) -> list[str]:
    """Packages for NVSwitches: the fabric manager of exactly the driver's version.

    Args:
        version: of the driver, such as 580.159.04.
        subnet_manager: as needs_subnet_manager says of one of the cards.

    """
    found = [f"nvidia-fabricmanager-{version.split('.', maxsplit=1)[0]}={version}*"]
    return [*found, "nvlsm"] if subnet_manager else found


__all__ = (
    "BRANCH",
    "DISTRIBUTIONS",
    "OPEN",
    "PROPRIETARY",
    "DriverError",
    "architecture",
    "fabric_packages",
    "kind",
    "needs_subnet_manager",
    "packages",
    "pin_package",
)
