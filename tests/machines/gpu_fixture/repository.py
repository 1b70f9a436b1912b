# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A package repository with the names of NVIDIA's: the driver's library is nvml.c, the daemons only sleep."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import textwrap

from . import nvml

HERE = pathlib.Path(__file__).parent
LIBRARIES = "usr/lib/x86_64-linux-gnu"
SLEEP = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"


@dataclasses.dataclass
class Repository:
    """Packages in a folder. ``kernel`` is the release that headers are asked for."""

    folder: pathlib.Path
    kernel: str

    def make(self, *versions: str) -> None:
        """All packages; those of the driver in each version."""
        for name in ("dkms", f"linux-headers-{self.kernel}", "nvidia-driver-pinning-580"):
            self._package(name, "1-1", {})
        self._package(
            "cuda-keyring", "1.1-1", {"etc/apt/sources.list.d/cuda.list": "deb [trusted=yes] file:///srv/nvidia ./\n"}
        )
        for version in versions:
            self.driver(version)
        index = subprocess.run(
            ["dpkg-scanpackages", "--multiversion", "."], cwd=self.folder, capture_output=True, text=True, check=True
        )
        (self.folder / "Packages").write_text(index.stdout, encoding="utf-8")

    def driver(self, version: str) -> None:
        """The packages of one version of the driver."""
        unit = "lib/systemd/system/nvidia-{}.service"
        manager = f"#!/bin/sh\necho 'Fabric Manager version is : {version}'\n"
        self._package("nvidia-driver-cuda", f"{version}-1", {}, version)
        self._package("nvidia-kernel-open-dkms", f"{version}-1", {})
        self._package("nvidia-persistenced", f"{version}-1", {unit.format("persistenced"): SLEEP})
        fabric = {unit.format("fabricmanager"): SLEEP, "usr/bin/nv-fabricmanager": manager}
        self._package("nvidia-fabricmanager-580", f"{version}-1", fabric)

    def _package(self, name: str, version: str, files: dict[str, str], library: str = "") -> None:
        root = self.folder / f"{name}.tree"
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: tests\nDescription: for tests\n"
        )
        for path, text in {"DEBIAN/control": control, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
            (root / path).chmod(0o755 if path.startswith("usr/bin/") else 0o644)
        if library:
            self._libraries(root / LIBRARIES, library)
            (root / "DEBIAN/triggers").write_text("activate-noawait ldconfig\n", encoding="utf-8")
        argv = ["dpkg-deb", "--root-owner-group", "--build", str(root), str(self.folder / f"{name}_{version}.deb")]
        subprocess.run(argv, capture_output=True, check=True)
        subprocess.run(["rm", "-r", str(root)], check=True)

    @staticmethod
    def _libraries(folder: pathlib.Path, version: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("libnvidia-ml", "libcuda"):
            target = folder / f"{name}.so.{version}"
            nvml.build(target, driver=version, cards=1, name=f"{name}.so.1")
            (folder / f"{name}.so.1").symlink_to(target.name)


def plug_in() -> str:
    """A command for the machine's shell that puts card.sh, which lies in /root, into its boot."""
    unit = """
        [Unit]
        DefaultDependencies=no
        After=local-fs.target systemd-tmpfiles-setup.service
        Before=sysinit.target
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/bin/sh /root/card.sh
        [Install]
        WantedBy=sysinit.target
    """
    return (
        f"cat > /etc/systemd/system/card.service <<'END'\n{textwrap.dedent(unit)}END\n"
        "systemctl daemon-reload && systemctl enable --quiet --now card.service"
    )
