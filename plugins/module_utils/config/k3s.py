# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where the program k3s comes from: it is in no package registry, so a person says which one it is."""

from __future__ import annotations

import hashlib
import os
import pathlib
import typing as t

DEFAULTS = {
    "version": "v1.34.4+k3s1",
    "url": "https://github.com/k3s-io/k3s/releases/download",
    "file": "",
    "sha256": "",
    "images_file": "",
    "images_sha256": "",
}


def normalised(variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """The part C(k3s) of the validated configuration. C(source) is C(file), C(upstream) or C(mirror), as role k3s takes it."""
    given = {**DEFAULTS, **variables["k3s"]}
    for key in ("file", "images_file"):
        given[key] = os.path.expanduser(given[key])
    elsewhere = "mirror" if variables["artifacts"] == "mirror" else "upstream"
    return {**given, "url": given["url"].rstrip("/"), "source": "file" if given["file"] else elsewhere}


def findings(variables: dict[str, t.Any]) -> list[str]:
    """One sentence for each thing that is missing or that a cluster of k3s cannot be combined with."""
    given = variables["k3s"]
    if variables["kubernetes"] != "k3s":
        where = f"platform_kubernetes is {variables['kubernetes']}"
        return [f"platform_k3s: {where}, so nothing reads it; set k3s, or leave it out."] if given else []
    return _surroundings(variables) + _program(variables["artifacts"], given)


def _surroundings(variables: dict[str, t.Any]) -> list[str]:
    found = []
    if variables["substrate"] == "local":
        found.append(
            "platform_kubernetes: k3s is for hosts of their own; machines of platform_substrate local are made for kubeadm, choose that."
        )
    if variables["gpu_stack"] == "host":
        found.append(
            "platform_kubernetes: k3s runs a containerd of its own, which platform_gpu_stack host does not set up; "
            "choose operator, which does, provider where driver, container toolkit and device plugin are there, or kubeadm."
        )
    return found


def _program(source: str, given: dict[str, t.Any]) -> list[str]:
    found = []
    if source == "packages" and not given.get("file"):
        found.append(
            "platform_k3s.file: platform_artifacts is packages, and k3s is in no package registry; name the program on this machine, "
            "or set platform_artifacts to upstream or mirror."
        )
    if source == "packages" and not given.get("images_file"):
        found.append(
            "platform_k3s.images_file: platform_artifacts is packages, and the images of k3s itself are in no package registry; name the "
            "archive of its release (k3s-airgap-images-amd64.tar.zst) on this machine."
        )
    if source == "mirror" and not (given.get("file") or given.get("url")):
        found.append(
            "platform_k3s.url: platform_artifacts is mirror; name the address below which k3s's releases lie, or the program with file."
        )
    for key, what in (("sha256", "the program"), ("images_sha256", "the archive of images")):
        if not given.get(key) and (key == "sha256" or given.get("images_file")):
            found.append(f"platform_k3s.{key}: not set; {what} is run as root, so its SHA-256 has to be known.")
    return found


def file_findings(k3s: dict[str, t.Any]) -> list[str]:
    """One sentence for each named file that is not on this machine or is another one; ``k3s`` as normalised."""
    found = []
    for key, sum_key in (("file", "sha256"), ("images_file", "images_sha256")):
        if not k3s[key]:
            continue
        try:
            with pathlib.Path(k3s[key]).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            found.append(f"platform_k3s.{key}: {k3s[key]} cannot be read ({error.strerror}).")
            continue
        if digest != k3s[sum_key]:
            found.append(
                f"platform_k3s.{key}: {k3s[key]} has the SHA-256 {digest}, and platform_k3s.{sum_key} says {k3s[sum_key]}."
            )
    return found


__all__ = ("DEFAULTS", "file_findings", "findings", "normalised")
