# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Envoy, the endpoint picker and the definition of InferencePool, as the product built them."""

from __future__ import annotations

import pathlib

from kube_fixture import binaries
from kube_fixture.binaries import cache

BUILD = "Build the artefacts first: ansible-playbook -i inventories/local playbooks/artifacts.yml"


__all__ = ("BUILD", "cache", "host_file", "program")


def program(name: str, folder: pathlib.Path) -> str:
    """Path of the program of the image of that name, unpacked into the folder. Raises RuntimeError when there is none."""
    found = binaries.unpack(cache() / "oci", name, name, folder / name)
    if not found:
        raise RuntimeError(f"There is no image of {name} in {cache() / 'oci'}. {BUILD}")
    return found


def host_file(name: str) -> pathlib.Path:
    """The newest host file of that name. Raises RuntimeError when there is none."""
    found = sorted((path for path in (cache() / "files").glob(f"{name}-*") if path.is_file()), key=_age)
    if not found:
        raise RuntimeError(f"There is no file {name} in {cache() / 'files'}. {BUILD}")
    return found[0]


def _age(path: pathlib.Path) -> float:
    return -path.stat().st_mtime
