# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The complaints of package tools (recorded) become one sentence that names the package."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.failures import (
    explain,
    is_transient,
    name_by_hash,
)

PIP_HASH = """ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, ...
    idna==3.10 from https://index.example/76/idna-3.10-py3-none-any.whl#sha256=946d195a (from -r /run/build/inputs/r.txt (line 1)):
        Expected sha256 0000000000000000000000000000000000000000000000000000000000000000
             Got        946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3
"""
PIP_MISSING = """ERROR: Could not find a version that satisfies the requirement idna==99.0 (from versions: 0.2, 3.10)
ERROR: No matching distribution found for idna==99.0
"""
PIP_NOTHING = """\
ERROR: Could not find a version that satisfies the requirement idna==3.10 (from versions: none)
ERROR: No matching distribution found for idna==3.10
"""
PIP_REFUSED = "ERROR: HTTP error 403 while getting https://index.example/idna-3.10.whl (from https://index.example/simple/idna/)\n"
GO_MISMATCH = """verifying golang.org/x/text@v0.3.0: checksum mismatch
	downloaded: h1:g61tztE5qeGQ89tm6NTjjM9VPIm088od1l6aSorWRWg=
	go.sum:     h1:AAAAtztE5qeGQ89tm6NTjjM9VPIm088od1l6aSorWRWg=

SECURITY ERROR
"""
GO_REFUSED = """main.go:3:8: golang.org/x/text@v0.3.0: reading https://proxy.example/golang.org/x/text/@v/v0.3.0.zip: 403 Forbidden
"""
GO_MISSING = "go: example.org/x@v1.0.0: reading https://proxy.example/example.org/x/@v/v1.0.0.mod: 404 Not Found\n"
GO_SUM = (
    "main.go:3:8: missing go.sum entry for module providing package golang.org/x/text; to add:\n\tgo mod download\n"
)
NPM_INTEGRITY = """\
npm error code EINTEGRITY
npm error Integrity checksum failed when using sha512: wanted sha512-AAAA== but got sha512-BBBB==.
"""
NPM_REFUSED = """npm error code E403
npm error 403 403 Forbidden - GET https://registry.example/left-pad/-/left-pad-1.3.0.tgz
"""
GO_SILENT = """\
main.go:2:8: example.org/x@v1.6.0: Get "http://127.0.0.1:9/example.org/x/@v/v1.6.0.zip": dial tcp 127.0.0.1:9: connect: connection refused
"""
PIP_SILENT = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('[Errno 111] Connection refused')': /simple/idna/
ERROR: Could not find a version that satisfies the requirement idna==3.10 (from versions: none)
ERROR: No matching distribution found for idna==3.10
"""
NPM_SILENT = """\
npm error code ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/left-pad failed, reason:
"""
APT_MISSING = "E: Unable to locate package no-such-package\n"
APT_HASH = "E: Failed to fetch http://mirror.example/hello_2.10-3_amd64.deb  Hash Sum mismatch\n"
APT_REFUSED = (
    "E: Failed to fetch http://mirror.example/pool/h/hello_2.10-3_amd64.deb  403  Forbidden [IP: 10.0.0.1 80]\n"
)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (PIP_HASH, "the download is corrupt (its hash is not the pinned one): idna==3.10"),
        (PIP_MISSING, "the registry does not have idna==99.0"),
        (PIP_NOTHING, "the registry refused or does not have idna==3.10"),
        (PIP_REFUSED, "the registry refused https://index.example/idna-3.10.whl"),
        (GO_MISMATCH, "the download is corrupt (its hash is not the pinned one): golang.org/x/text@v0.3.0"),
        (GO_REFUSED, "the registry refused golang.org/x/text@v0.3.0"),
        (GO_MISSING, "the registry does not have example.org/x@v1.0.0"),
        (GO_SUM, "go.sum has no hash for golang.org/x/text"),
        (NPM_INTEGRITY, "the download is corrupt (its hash is not the pinned one): sha512-AAAA=="),
        (NPM_REFUSED, "the registry refused https://registry.example/left-pad/-/left-pad-1.3.0.tgz"),
        (APT_MISSING, "the registry does not have no-such-package"),
        (
            APT_HASH,
            "the download is corrupt (its hash is not the pinned one): http://mirror.example/hello_2.10-3_amd64.deb",
        ),
        (APT_REFUSED, "the registry refused http://mirror.example/pool/h/hello_2.10-3_amd64.deb"),
        (GO_SILENT, "there was no answer for example.org/x@v1.6.0"),
        (PIP_SILENT, "there was no answer for idna==3.10"),
        (NPM_SILENT, "there was no answer for http://127.0.0.1:9/left-pad"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("some unknown trouble", ""),
    ],
)
def test_a_complaint_is_understood(text: str, meaning: str) -> None:
    assert explain("a line before\n" + text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "dial tcp: i/o timeout",
        "read: connection reset by peer",
        "HTTP 503 Service Unavailable",
        "ReadTimeoutError: Read timed out.",
        "npm error code ECONNRESET",
        "Temporary failure resolving 'mirror.example'",
    ],
)
def test_passing_trouble_of_the_network_is_worth_another_try(text: str) -> None:
    assert is_transient(text)


@pytest.mark.parametrize("text", [PIP_HASH, PIP_MISSING, GO_MISMATCH, GO_REFUSED, GO_MISSING, NPM_REFUSED, APT_MISSING])
def test_a_final_answer_is_not_asked_for_again(text: str) -> None:
    assert not is_transient(text)


def test_a_corrupt_npm_package_is_named_by_the_lock(tmp_path: pathlib.Path) -> None:
    lock = {
        "packages": {"": {}, "node_modules/a/node_modules/@b/c": {"version": "1.0.0", "integrity": "sha512-AAAA=="}}
    }
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    assert name_by_hash("corrupt: sha512-AAAA== (log)", tmp_path / "package-lock.json") == "corrupt: @b/c@1.0.0 (log)"
