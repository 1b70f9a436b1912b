# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tree's repository over https with a token, against git's own server program behind TLS."""

from __future__ import annotations

import base64
import datetime
import http.server
import ipaddress
import os
import pathlib
import ssl
import subprocess
import threading
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.inference.platform.plugins.module_utils.git.errors import GitError
from ansible_collections.inference.platform.plugins.module_utils.git.remote import Remote
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Repository

WRITER, READER = "writers-token", "readers-token"


class Handler(http.server.BaseHTTPRequestHandler):
    """git-http-backend(1) as CGI; one token may write, another may read."""

    folder: t.ClassVar[pathlib.Path]

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        path, _mark, query = self.path.partition("?")
        writes = "git-receive-pack" in self.path
        status = self._refusal(writes)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if status:
            self.send_response(status)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
        }
        answer = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, check=True, env=environment
        ).stdout
        head, _blank, content = answer.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().splitlines()]
        code = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(code)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refusal(self, writes: bool) -> int:
        scheme, _space, value = self.headers.get("Authorization", "").partition(" ")
        token = base64.b64decode(value).decode().partition(":")[2] if scheme == "Basic" else ""
        if token not in (WRITER, READER):
            return 401
        return 403 if writes and token == READER else 0

    def log_message(self, *_arguments: t.Any) -> None:
        """Say nothing."""


def certificate(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Certificate and key of a server on 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "server.crt", folder / "server.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


@pytest.fixture
def url(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[str]:
    repository = tmp_path / "served" / "tree.git"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(repository)], check=True)
    cert, key = certificate(tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"folder": repository.parent}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("GIT_SSL_CAINFO", str(cert))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/tree.git"
    server.shutdown()
    server.server_close()


def clone(folder: pathlib.Path, url: str, token: str) -> Repository:
    file = folder.with_suffix(".token")
    file.write_text(f"{token}\n")
    repository = Repository(str(folder))
    repository.connect(Remote(url, token_file=str(file)))
    return repository


def test_a_token_pushes_and_another_clone_gets_it(tmp_path: pathlib.Path, url: str) -> None:
    ours = clone(tmp_path / "ours", url, WRITER)
    (tmp_path / "ours" / "object.yaml").write_text("a: b\n")
    commit = ours.commit("vllm: 1 added\n")
    ours.push()
    theirs = clone(tmp_path / "theirs", url, READER)
    assert theirs.fetch() == commit
    assert theirs.text(commit, "object.yaml") == "a: b\n"


def test_a_token_that_may_not_write_or_expired_is_named_and_a_renewed_one_goes_on(
    tmp_path: pathlib.Path, url: str
) -> None:
    ours = clone(tmp_path / "ours", url, READER)
    (tmp_path / "ours" / "object.yaml").write_text("a: b\n")
    commit = ours.commit("vllm: 1 added\n")
    with pytest.raises(GitError, match="may read but not write"):
        ours.push()
    token = tmp_path / "ours.token"
    token.write_text("expired\n")
    with pytest.raises(GitError, match="does not accept the token") as refused:
        ours.push()
    assert "expired" not in str(refused.value).replace("it may have expired", "")
    token.write_text(f"{WRITER}\n")
    ours.push()
    assert ours.remote_head() == commit
