# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs programs inside a root file system that is made of layers, without leaving a trace of this host in it.

The lower layers, the layer being made (an overlayfs upper directory) and, at the very bottom, a folder of mount points
are put together in a mount namespace of its own. Name resolution, certificates and registry settings of this host are
bound over those mount points, so they can be read while building and are never part of a layer.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shlex
import typing as t

from .errors import ArtifactError
from .process import Runner

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CA_BUNDLE = "/run/build/ca-certificates.crt"
INPUTS = "/run/build/inputs"
CACHES = "/run/build/cache"
_CA_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_HOST_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
# Where clients find their registries. Values go through the environment only: they may hold credentials.
_PASSED = (
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *(
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_TRUSTED_HOST",
        "PIP_PROXY",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_RETRIES",
        "PIP_TIMEOUT",
    ),
    *("NPM_CONFIG_REGISTRY", "npm_config_registry", "npm_config_proxy", "npm_config_https_proxy", "NODE_OPTIONS"),
)
# Client configuration files of this host -> where a client is told to find them.
_CLIENT_FILES = (
    ("PIP_CONFIG_FILE", "/run/build/pip.conf", ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/pip.conf")),
    ("NPM_CONFIG_USERCONFIG", "/run/build/npmrc", ("~/.npmrc",)),
)
_MOUNT_POINTS = (
    "dev",
    "proc",
    "sys",
    "run",
    "tmp",
    "var/tmp",
    "var/lib/apt/lists",
    "var/cache/apt/archives",
    "etc",
    "usr/sbin",
)
_MOUNT_FILES = ("etc/resolv.conf", "etc/hosts")
_DEVICES = (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9))


@dataclasses.dataclass(frozen=True)
class Root:
    """A root file system in the making: C(lowers) from the top down, C(upper) takes the changes, C(work) is overlayfs' own."""

    lowers: tuple[pathlib.Path, ...]
    upper: pathlib.Path
    work: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Bind:
    """A folder or file of the host that shows up at C(target) while a program runs."""

    source: pathlib.Path
    target: str
    writable: bool = False


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """Runs programs in C(root). C(glue) is the prepared folder of mount points, C(scratch) holds /tmp."""

    runner: Runner
    root: Root
    glue: pathlib.Path
    scratch: pathlib.Path
    log: pathlib.Path
    epoch: int

    def run(
        self,
        argv: t.Sequence[str],
        *,
        env: t.Mapping[str, str] | None = None,
        workdir: str = "/",
        binds: t.Sequence[Bind] = (),
        network: bool = False,
        attempts: int = 1,
    ) -> None:
        """Runs one program as root of the layer. Raises CommandError."""
        script = self._script(list(argv), workdir, binds)
        full = {**base_environment(self.epoch), **(client_environment(os.environ) if network else {}), **(env or {})}
        self.runner.run(["sh", "-euc", script], env=full, log=self.log, network=network, attempts=attempts)

    def _script(self, argv: list[str], workdir: str, binds: t.Sequence[Bind]) -> str:
        mount = self.scratch / "root"
        for folder in (mount, self.scratch / "tmp", self.root.upper, self.root.work):
            folder.mkdir(parents=True, exist_ok=True)
        lowers = ":".join(str(path) for path in (*self.root.lowers, self.glue))
        options = f"lowerdir={lowers},upperdir={self.root.upper},workdir={self.root.work}"
        at = shlex.quote(str(mount))
        tmp = shlex.quote(str(self.scratch / "tmp"))
        lines = [
            f"mount -t overlay overlay -o {shlex.quote(options)},redirect_dir=off,metacopy=off,index=off {at}",
            f"mount -t proc proc {at}/proc",
            f"mount -t sysfs -o ro sysfs {at}/sys 2>/dev/null || true",
            f"mount -t tmpfs -o mode=755,size=64m dev {at}/dev",
            *(f"mknod -m 666 {at}/dev/{name} c 1 {minor}" for name, minor in _DEVICES),
            f"cd {at}/dev; mkdir shm pts; ln -s /proc/self/fd fd; cd /",
            f"mount -t tmpfs -o mode=755,size=64m run {at}/run; mkdir -p {at}/run/lock {at}{INPUTS}",
            *(f"mount --bind {tmp} {at}/{name}" for name in ("tmp", "var/tmp")),
        ]
        for bind in (*_host_binds(), *binds):
            lines += _bind_lines(bind, at)
        program = " ".join(shlex.quote(word) for word in argv)
        inner = f"cd {shlex.quote(workdir)} && exec {program}"
        lines.append(f"exec chroot {at} /bin/sh -c {shlex.quote(inner)}")
        return "\n".join(lines)


def make_glue(folder: pathlib.Path) -> pathlib.Path:
    """Makes the folder of mount points. A policy-rc.d in it keeps package scripts from starting services."""
    for name in _MOUNT_POINTS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in _MOUNT_FILES:
        (folder / name).touch()
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    return folder


def base_environment(epoch: int) -> dict[str, str]:
    """What every tool gets: no locale, no time zone, no hash seed of its own."""
    return {
        "PATH": PATH,
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "DEBIAN_FRONTEND": "noninteractive",
        "SOURCE_DATE_EPOCH": str(epoch),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def client_environment(host: t.Mapping[str, str]) -> dict[str, str]:
    """The registry settings of this host's environment, with its certificates where the sandbox shows them."""
    found = {name: host[name] for name in _PASSED if host.get(name)}
    files = {variable: target for variable, _, target in client_files(host)}
    return {**found, **files, **dict.fromkeys(_CA_VARIABLES, CA_BUNDLE)}


def client_files(host: t.Mapping[str, str]) -> list[tuple[str, pathlib.Path, str]]:
    """The client configuration files there are: the variable that names one, the file, and where the sandbox shows it."""
    found = []
    for variable, target, candidates in _CLIENT_FILES:
        for candidate in (host.get(variable, ""), *candidates):
            path = pathlib.Path(candidate).expanduser()
            if candidate and path.is_file():
                found.append((variable, path, target))
                break
    return found


def host_ca_bundle(host: t.Mapping[str, str]) -> pathlib.Path:
    """The certificates that this host trusts. Raises ArtifactError when there are none."""
    for name in (host.get("SSL_CERT_FILE", ""), *_HOST_BUNDLES):
        if name and os.path.isfile(name):
            return pathlib.Path(name)
    raise ArtifactError("This machine has no certificate bundle; install ca-certificates.")


def _host_binds() -> list[Bind]:
    binds = [Bind(host_ca_bundle(os.environ), CA_BUNDLE)]
    binds += [Bind(path, target) for _, path, target in client_files(os.environ)]
    return binds + [Bind(pathlib.Path("/" + name), "/" + name) for name in _MOUNT_FILES if os.path.exists("/" + name)]


def _bind_lines(bind: Bind, at: str) -> list[str]:
    source, target = shlex.quote(str(bind.source.resolve())), f"{at}{shlex.quote(bind.target)}"
    # Mount points below /run are in a tmpfs; all others come from the folder of mount points.
    make = "mkdir -p" if bind.source.is_dir() else "touch"
    parent = f"{at}{shlex.quote(str(pathlib.PurePosixPath(bind.target).parent))}"
    lines = [f"mkdir -p {parent}; {make} {target}"] if bind.target.startswith("/run/") else []
    lines.append(f"mount --bind {source} {target}")
    if not bind.writable:
        lines.append(f"mount -o remount,bind,ro {target}")
    return lines
