# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Says in one sentence what a tool of a package registry complained about, naming the package."""

from __future__ import annotations

import json
import pathlib
import re

_REFUSED = "the registry refused"
_CORRUPT = "the download is corrupt (its hash is not the pinned one):"
_MISSING = "the registry does not have"
_SILENT = "there was no answer for"

# Pattern over the output -> what it means; group 1 is the package. The first that matches counts.
_MEANINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    # pip
    (re.compile(r"^\s{4}(\S+==\S+|\S+) from [^\n]*:\n\s+Expected sha256", re.MULTILINE), _CORRUPT),
    (re.compile(r"HTTP error (?:401|403|451) while getting (\S+)"), _REFUSED),
    (re.compile(r"HTTP error 404 while getting (\S+)"), _MISSING),
    (re.compile(r"(?:401|403|451) Client Error: .* for url: (\S+)"), _REFUSED),
    (re.compile(r"404 Client Error: .* for url: (\S+)"), _MISSING),
    (re.compile(r"connection broken by[\s\S]*No matching distribution found for (\S+)"), _SILENT),
    (
        re.compile(r"\(from versions: none\)[\s\S]*No matching distribution found for (\S+)"),
        "the registry refused or does not have",
    ),
    (re.compile(r"No matching distribution found for (\S+)"), _MISSING),
    (re.compile(r"Hashes are required in --require-hashes mode.*?\n\s+(\S+)", re.DOTALL), "there is no hash for"),
    # Go
    (re.compile(r"verifying (\S+?):? checksum mismatch"), _CORRUPT),
    (re.compile(r"verifying (\S+?)(?:/go\.mod)?: .*SECURITY ERROR", re.DOTALL), _CORRUPT),
    (re.compile(r"(\S+@v\S+?): reading .*?: (?:401|403|451)\b"), _REFUSED),
    (re.compile(r"(\S+@v\S+?): (?:reading .*?: )?(?:404|410)\b"), _MISSING),
    (re.compile(r"missing go\.sum entry for module providing package ([^\s;]+)"), "go.sum has no hash for"),
    (re.compile(r"missing go\.sum entry for go\.mod file()"), "go.sum lacks the hash of a go.mod file"),
    (re.compile(r"(\S+@v\S+?): (?:reading [^\n]*: )?Get \"[^\n]*(?:dial tcp|timeout|EOF|reset)"), _SILENT),
    # npm
    (re.compile(r"npm (?:ERR!|error) Integrity checksum failed when using sha\d+: wanted (\S+)"), _CORRUPT),
    (re.compile(r"npm (?:ERR!|error) (?:401|403|451)[^\n]*?- GET (\S+)"), _REFUSED),
    (re.compile(r"npm (?:ERR!|error) (?:404)[^\n]*?'?(\S+@\S+?)'? (?:is not in|could not be)"), _MISSING),
    (re.compile(r"npm (?:ERR!|error) 404[^\n]*?- GET (\S+)"), _MISSING),
    (re.compile(r"ETARGET[\s\S]*?No matching version found for (\S+?)\.?\n"), _MISSING),
    (re.compile(r"npm (?:ERR!|error)[^\n]*request to (\S+) failed, reason:"), _SILENT),
    # apt and mmdebstrap
    (re.compile(r"Failed to fetch (\S+)\s+.*Hash Sum mismatch"), _CORRUPT),
    (re.compile(r"Failed to fetch (\S+)\s+(?:401|403|451)"), _REFUSED),
    (re.compile(r"Failed to fetch (\S+)\s+404"), _MISSING),
    (re.compile(r"E: Unable to locate package (\S+)"), _MISSING),
    (re.compile(r"E: Package '(\S+)' has no installation candidate"), _MISSING),
    (re.compile(r"Failed to fetch (\S+)"), _SILENT),
    (re.compile(r"No space left on device()"), "the disk is full"),
)
_TRANSIENT = re.compile(
    r"timed? ?out|connection reset|connection refused|connection broken|temporary failure|TLS handshake|unexpected EOF|IncompleteRead"
    r"|(?:\b|:)(?:429|500|502|503|504)\b (?:Too|Internal|Bad|Service|Gateway)|ECONNRESET|EAI_AGAIN|server misbehaving|ProtocolError"
    r"|Could not connect to|Connection failed",
    re.IGNORECASE,
)


def explain(text: str) -> str:
    """What the output means, such as C(the registry refused foo==1.0), or nothing when it is not understood."""
    for pattern, meaning in _MEANINGS:
        match = pattern.search(text)
        if match:
            return f"{meaning} {match[1] or ''}".strip().rstrip(":")
    return ""


def is_transient(text: str) -> bool:
    """Whether the same command may succeed a moment later."""
    return bool(_TRANSIENT.search(text))


def name_by_hash(message: str, lock: pathlib.Path) -> str:
    """The message with the hash of a package of package-lock.json replaced by the package's name."""
    packages = json.loads(lock.read_text(encoding="utf-8")).get("packages", {})
    for path, entry in packages.items():
        integrity = entry.get("integrity")
        if integrity and integrity in message:
            name = path.rpartition("node_modules/")[2]
            return message.replace(integrity, f"{name}@{entry.get('version', '?')}")
    return message
