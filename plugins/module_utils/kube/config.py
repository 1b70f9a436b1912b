# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Kubeconfig files (v1 Config of client-go) and the TLS setup that follows from them.

Client certificates, tokens and token files work. ``exec`` and ``auth-provider`` plugins are not run on purpose: they are
programs of a workstation, and unattended runs want a kubeconfig that needs none.
"""

from __future__ import annotations

import base64
import dataclasses
import os
import ssl
import tempfile
import typing as t
import urllib.parse

from .errors import ConfigError
from .yaml_text import load_all


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Where the API server is and how to speak to it. ``tls`` is None for plain http (a local kubectl proxy)."""

    host: str
    port: int
    prefix: str
    tls: ssl.SSLContext | None
    headers: dict[str, str]
    server_name: str | None = None

    @property
    def address(self) -> str:
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{self.host}:{self.port}{self.prefix}"


def load(path: str, context: str | None = None) -> Cluster:
    """Read one kubeconfig file. Raises ConfigError naming the file, the entry and what is wrong with it."""
    path = os.path.abspath(os.path.expanduser(path))
    document = _read(path)
    name = context or document.get("current-context") or ""
    chosen = _named(document, "contexts", name, path).get("context") or {}
    cluster = _named(document, "clusters", str(chosen.get("cluster") or ""), path).get("cluster") or {}
    user_name = str(chosen.get("user") or "")
    user = (_named(document, "users", user_name, path).get("user") or {}) if user_name else {}
    _refuse_plugins(user, user_name, path)
    url = urllib.parse.urlparse(str(cluster.get("server") or ""))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError(
            f"{path}: cluster {chosen.get('cluster')!r} has no usable server address: {cluster.get('server')!r}."
        )
    if cluster.get("proxy-url"):
        raise ConfigError(
            f"{path}: proxy-url is not supported: reach the API server directly or through an ssh tunnel."
        )
    folder = os.path.dirname(path)
    return Cluster(
        host=url.hostname,
        port=url.port or (443 if url.scheme == "https" else 80),
        prefix=url.path.rstrip("/"),
        tls=_tls(cluster, user, folder, path) if url.scheme == "https" else None,
        headers=_authorization(user, folder, path),
        server_name=cluster.get("tls-server-name"),
    )


def _read(path: str) -> dict[str, t.Any]:
    try:
        with open(path, encoding="utf-8") as file:
            documents = load_all(file.read(), path)
    except OSError as error:
        raise ConfigError(
            f"Cannot read the kubeconfig {path}: {error.strerror}. Has the cluster been made yet?"
        ) from error
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise ConfigError(f"{path} is not a kubeconfig: it must hold exactly one mapping.")
    return documents[0]


def _named(document: dict[str, t.Any], section: str, name: str, path: str) -> dict[str, t.Any]:
    entries = [entry for entry in document.get(section) or [] if isinstance(entry, dict)]
    for entry in entries:
        if entry.get("name") == name:
            return entry
    known = ", ".join(sorted(str(entry.get("name")) for entry in entries)) or "none"
    raise ConfigError(f"{path}: no entry {name!r} in {section}; there are: {known}.")


def _refuse_plugins(user: dict[str, t.Any], name: str, path: str) -> None:
    for key in ("exec", "auth-provider"):
        if user.get(key):
            raise ConfigError(
                f"{path}: user {name!r} signs in with {key}, which is not supported. "
                "Use a kubeconfig with a client certificate or a (service account) token."
            )


def _authorization(user: dict[str, t.Any], folder: str, path: str) -> dict[str, str]:
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = _file(os.path.join(folder, str(user["tokenFile"])), "tokenFile", path).decode().strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tls(cluster: dict[str, t.Any], user: dict[str, t.Any], folder: str, path: str) -> ssl.SSLContext:
    try:
        ca = _data(cluster, "certificate-authority", folder, path)
        context = ssl.create_default_context(cadata=ca.decode("ascii") if ca else None)
        if cluster.get("insecure-skip-tls-verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        _load_client_certificate(context, user, folder, path)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(f"{path}: the certificates cannot be used: {error}.") from error
    return context


def _load_client_certificate(context: ssl.SSLContext, user: dict[str, t.Any], folder: str, path: str) -> None:
    certificate = _data(user, "client-certificate", folder, path)
    key = _data(user, "client-key", folder, path)
    if not certificate or not key:
        return
    # ssl only reads files; this one is readable by us alone and gone at once.
    with tempfile.NamedTemporaryFile(prefix="kube-") as file:
        file.write(certificate + b"\n" + key)
        file.flush()
        context.load_cert_chain(file.name)


def _data(entry: dict[str, t.Any], key: str, folder: str, path: str) -> bytes:
    inline = entry.get(f"{key}-data")
    if inline:
        return base64.b64decode(inline)
    return _file(os.path.join(folder, str(entry[key])), key, path) if entry.get(key) else b""


def _file(name: str, key: str, path: str) -> bytes:
    try:
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read {key} {name}: {error.strerror}.") from error
