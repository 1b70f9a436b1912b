# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The server: speaks HTTP, checks the key, injects faults, keeps the journal."""

from __future__ import annotations

import functools
import http.server
import json
import socket
import threading
import time
import typing as t
import urllib.parse
from collections.abc import Callable

from .account import Account
from .backends import Backend
from .billing import Bill
from .catalogue import MARKET, Machine
from .errors import ApiError
from .faults import Fault, Faults
from .journal import Call
from .memory import Memory
from .routes import Routes

# What a status without effect is answered with; rate limits come as plain text.
_PLAIN = {"429": "API requests too frequent: endpoint threshold=4.5"}


class Emulator:
    """A running server; use it as a context manager.

    Attributes:
        calls: the journal, oldest first.
        watch: called with ``before`` and ``after`` the effect of every call, in the thread that answers it; a test can
            end its client there.

    """

    def __init__(
        self,
        backend: Backend | None = None,
        *,
        api_key: str = "emulated-key",
        boot_seconds: float = 0.2,
        credit: float = 100.0,
        market: tuple[Machine, ...] = MARKET,
        old_account: bool = False,
        port: int = 0,
    ) -> None:
        self.api_key = api_key
        self.account = Account(backend or Memory(), boot_seconds=boot_seconds, credit=credit, market=market)
        self.calls: list[Call] = []
        self.watch: Callable[[str, Call], None] = lambda moment, call: None
        self.faults = Faults()
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.routes = Routes(self.account, old_account=old_account)
        self._server = _Server(("127.0.0.1", port), functools.partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Base URL, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Emulator:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.account.close()

    def inject(self, *faults: Fault) -> None:
        """Let something go wrong."""
        self.faults.add(*faults)

    def bill(self) -> list[Bill]:
        """What all instances and volumes cost so far, the destroyed ones too."""
        return self.account.bill()

    def burning(self) -> float:
        """USD per hour that the account pays now."""
        living = [instance.meter for instance in self.account.living()]
        return sum(meter.gpu_per_hour + meter.storage_per_hour for meter in living)

    def next_call(self) -> int:
        """Number of the call that comes next, for faults by number."""
        return len(self.calls) + 1


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # A held connection must not keep the test from ending.
    block_on_close = False


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def __init__(self, emulator: Emulator, *arguments: t.Any) -> None:
        self.emulator = emulator
        super().__init__(*arguments)

    def log_message(self, *arguments: t.Any) -> None:
        """The journal says it better."""

    def do_GET(self) -> None:
        """Reads."""
        self._serve()

    def do_POST(self) -> None:
        """Searches, and things without a number."""
        self._serve()

    def do_PUT(self) -> None:
        """Changes."""
        self._serve()

    def do_DELETE(self) -> None:
        """Ends."""
        self._serve()

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode(errors="replace")
        emulator = self.emulator
        with emulator.lock:
            asked = dict(urllib.parse.parse_qsl(query))
            call = Call(len(emulator.calls) + 1, time.time(), self.command, path, asked, body)
            emulator.calls.append(call)
        emulator.watch("before", call)
        self._answer(call, emulator.faults.strike(call))

    def _answer(self, call: Call, fault: Fault | None) -> None:
        if fault is not None and fault.kind.isdigit():
            return self._refuse(call, fault.kind)
        if fault is not None and fault.kind in ("timeout", "reset"):
            if fault.kind == "timeout":
                self.emulator.closing.wait(fault.seconds)
            return self._hang_up()
        if fault is not None and fault.kind == "sold":
            self.emulator.account.sell(int(call.path.rstrip("/").rpartition("/")[2]))
        status, answer = self._perform(call, fault)
        self.emulator.watch("after", call)
        if fault is not None and fault.kind == "lost_answer":
            return self._hang_up()
        call.status = status
        return self._send(status, "application/json", json.dumps(answer))

    def _perform(self, call: Call, fault: Fault | None) -> tuple[int, t.Any]:
        try:
            self._check_key(call)
            return 200, self.emulator.routes.answer(call, fault)
        except ApiError as refusal:
            return refusal.status, refusal.body
        except (ValueError, TypeError, AttributeError) as error:
            return 400, {"success": False, "error": "invalid_args", "msg": f"error 400/3000: Invalid args: {error}"}

    def _check_key(self, call: Call) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ") or call.query.pop("api_key", "")
        if not given:
            raise ApiError(401, "auth_error", "Please log in or sign up")
        if given != self.emulator.api_key:
            # The provider answers 404 here, not 401.
            raise ApiError(404, "auth_error", "Invalid user key")

    def _refuse(self, call: Call, status: str) -> None:
        call.status = int(status)
        if status in _PLAIN:
            return self._send(call.status, "text/plain", _PLAIN[status])
        if status == "401":
            return self._send(
                401,
                "application/json",
                json.dumps({"success": False, "error": "auth_error", "msg": "Invalid user key"}),
            )
        return self._send(call.status, "text/html", f"<html><body><h1>{status}</h1></body></html>")

    def _send(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True
        # A reset, not an empty answer: nothing of HTTP is sent.
        self.connection.shutdown(socket.SHUT_RDWR)
