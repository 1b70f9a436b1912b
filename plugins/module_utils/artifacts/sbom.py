# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is inside an artefact, as CycloneDX 1.5 JSON (https://cyclonedx.org/docs/1.5/json/)."""

from __future__ import annotations

import email.parser
import json
import os
import pathlib
import typing as t
import urllib.parse
import uuid

Component = dict[str, t.Any]
_DEBIAN = "pkg:deb/"


def scan(root: pathlib.Path) -> list[Component]:
    """The Debian packages, Python distributions and npm packages that a layer's own folder shows."""
    found = _debian_packages(root / "var/lib/dpkg/status")
    for parent, folders, names in os.walk(root):
        if parent.endswith(".dist-info") and "METADATA" in names and "/usr/lib/python3/" not in parent:
            found.append(_distribution(pathlib.Path(parent, "METADATA")))
        if parent.endswith("/node_modules") and ".package-lock.json" in names:
            found += _npm_packages(pathlib.Path(parent, ".package-lock.json"))
        folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
    return found


def merge(layers: t.Sequence[t.Sequence[Component]]) -> list[Component]:
    """The components of an image from those of its layers, the lowest first.

    A layer that installs Debian packages lists all packages there then are, so only the highest such list counts.
    """
    merged: dict[str, Component] = {}
    debian_seen = False
    for components in reversed(layers):
        has_debian = any(component["purl"].startswith(_DEBIAN) for component in components)
        for component in components:
            if not (debian_seen and component["purl"].startswith(_DEBIAN)):
                merged.setdefault(component["purl"], component)
        debian_seen = debian_seen or has_debian
    return [merged[purl] for purl in sorted(merged)]


def document(name: str, version: str, kind: str, sha256: str, components: t.Sequence[Component]) -> bytes:
    """The whole document; C(kind) is CycloneDX's type of the artefact. The same artefact gives the same bytes."""
    subject = {
        "type": kind,
        "bom-ref": name,
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    }
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, name + sha256)}",
        "version": 1,
        "metadata": {"component": subject},
        "components": [{**component, "bom-ref": component["purl"]} for component in components],
    }
    return json.dumps(content, indent=1, sort_keys=True).encode()


def _debian_packages(status: pathlib.Path) -> list[Component]:
    if not status.is_file():
        return []
    found = []
    for block in status.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(" "))
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            quoted = urllib.parse.quote(version, safe="")
            found.append(
                _component(name, version, f"{_DEBIAN}debian/{name}@{quoted}?arch={fields.get('Architecture', 'all')}")
            )
    return found


def _distribution(metadata: pathlib.Path) -> Component:
    headers = email.parser.Parser().parsestr(metadata.read_text(encoding="utf-8", errors="replace"), headersonly=True)
    name, version = headers.get("Name", "unknown"), headers.get("Version", "0")
    return _component(
        name, version, f"pkg:pypi/{name.lower().replace('_', '-')}@{urllib.parse.quote(version, safe='')}"
    )


def _npm_packages(lock: pathlib.Path) -> list[Component]:
    packages: dict[str, t.Any] = json.loads(lock.read_text(encoding="utf-8")).get("packages", {})
    found = []
    for path, entry in packages.items():
        name = path.rpartition("node_modules/")[2]
        if name and "version" in entry:
            quoted = urllib.parse.quote(name, safe="/")
            found.append(_component(name, entry["version"], f"pkg:npm/{quoted}@{entry['version']}"))
    return found


def _component(name: str, version: str, purl: str) -> Component:
    return {"type": "library", "name": name, "version": version, "purl": purl}
