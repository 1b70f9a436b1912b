# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model on a hub that speaks like Hugging Face's: C(<endpoint>/<repository>/resolve/<revision>/<file>), with Range requests."""

from __future__ import annotations

import http.client
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from .errors import FitError

_TIMEOUT_SECONDS = 30.0
_SINGLE = "model.safetensors"


class _SameHostToken(urllib.request.HTTPRedirectHandler):
    """Large files are redirected to another host, which must not see the token."""

    def redirect_request(  # noqa: PLR0917  the signature of the base class
        self, req: urllib.request.Request, fp: t.Any, code: int, msg: str, headers: t.Any, newurl: str
    ) -> urllib.request.Request | None:
        """The next request."""
        after = super().redirect_request(req, fp, code, msg, headers, newurl)
        if after is not None and after.host != req.host:
            after.remove_header("Authorization")
        return after


class Hub:
    """A repository, as sources.Files."""

    def __init__(self, endpoint: str, repository: str, revision: str, token: str = "") -> None:
        self.where = f"{endpoint.rstrip('/')}/{repository}"
        self._revision = revision
        self._token = token
        self._opener = urllib.request.build_opener(_SameHostToken())
        self._sizes: dict[str, int] = {}

    def read(self, name: str) -> bytes | None:
        """See sources.Files."""
        try:
            with self._open(name) as answer:
                return t.cast(bytes, answer.read())
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise self._refused(name, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error

    def weight_files(self) -> list[str]:
        """See sources.Files. Models in one file have no index to name it."""
        try:
            with self._open(_SINGLE, (0, 8)) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            if error.code in (404, 416):
                return []
            raise self._refused(_SINGLE, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        return [_SINGLE]

    def part(self, name: str, offset: int, size: int) -> bytes:
        """See sources.Files."""
        try:
            with self._open(name, (offset, size)) as answer:
                total = str(answer.headers.get("Content-Range") or "").rpartition("/")[2]
                self._sizes[name] = int(total) if total.isdigit() else 0
                # A server that knows no ranges sends the file from its beginning.
                skip = 0 if answer.status == 206 else offset
                return t.cast(bytes, answer.read(skip + size))[skip:]
        except urllib.error.HTTPError as error:
            raise self._refused(name, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error

    def size(self, name: str) -> int:
        """See sources.Files."""
        return self._sizes.get(name, 0)

    def _open(self, name: str, part: tuple[int, int] | None = None) -> t.Any:
        revision = urllib.parse.quote(self._revision, safe="")
        request = urllib.request.Request(f"{self.where}/resolve/{revision}/{name}")  # noqa: S310  the operator names the hub
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        if part:
            request.add_header("Range", f"bytes={part[0]}-{part[0] + part[1] - 1}")
        return self._opener.open(request, timeout=_TIMEOUT_SECONDS)

    def _refused(self, name: str, error: urllib.error.HTTPError) -> FitError:
        cures = {
            401: "The repository is gated or private: give token_file, with the token of an account that may read it.",
            403: "The account of the token may not read it: accept the model's terms on the hub.",
            429: "The hub wants fewer requests: wait, or give token_file.",
        }
        cure = cures.get(error.code, "Look at the address, or give path with the model's config.json instead.")
        return FitError(f"{self.where} answered {error.code} {error.reason} to the request for {name}. {cure}")

    def _unreachable(self, error: Exception) -> FitError:
        reason = getattr(error, "reason", None) or error
        return FitError(
            f"{self.where} does not answer ({reason}). Set endpoint to a hub or mirror that this machine reaches, "
            "or give path with the model's config.json instead."
        )


__all__ = ("Hub",)
