# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where a service is and how patient its callers are."""

from __future__ import annotations

import dataclasses
import ssl
import urllib.parse

from .errors import InputError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The address of a service; times in seconds."""

    url: str
    timeout: float = 30.0
    retries: int = 4
    validate_certs: bool = True
    ca_path: str | None = None

    @property
    def address(self) -> urllib.parse.SplitResult:
        return urllib.parse.urlsplit(self.url)

    def tls(self) -> ssl.SSLContext | None:
        """None for plain http. Raises InputError when the CA file cannot be used."""
        if self.address.scheme != "https":
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_path)
        except OSError as error:
            raise InputError(f"The CA file {self.ca_path} cannot be used: {error}.") from error
        if not self.validate_certs:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def checked_url(option: str, url: str, example: str) -> str:
    """The address without a slash at its end. Raises InputError naming the option when it is none."""
    url = url.rstrip("/")
    address = urllib.parse.urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise InputError(f"{option} must look like {example}, not {url!r}.")
    return url


def read_secret(path: str, option: str) -> str:
    """The content of a file that holds one secret, without the line end. Raises InputError."""
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.read().strip()
    except OSError as error:
        raise InputError(f"{option}: {path} cannot be read: {error.strerror}.") from error
    if not secret:
        raise InputError(f"{option}: {path} is empty.")
    return secret
