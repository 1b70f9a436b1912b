# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A bill of materials lists what is really in an artefact, once."""

from __future__ import annotations

import json
import pathlib

from ansible_collections.inference.platform.plugins.module_utils.artifacts import sbom

STATUS = """Package: hello
Status: install ok installed
Architecture: amd64
Version: 1:2.10-3+b1
Description: a program
 with a second line: here

Package: removed
Status: deinstall ok config-files
Version: 1.0

"""


def _write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_debian_python_and_npm_packages_are_found(tmp_path: pathlib.Path) -> None:
    _write(tmp_path / "var/lib/dpkg/status", STATUS)
    _write(
        tmp_path / "opt/x/lib/python3.13/site-packages/Foo_bar-1.2.dist-info/METADATA",
        "Name: Foo_bar\nVersion: 1.2+cpu\n\nbody",
    )
    lock = {
        "packages": {
            "": {"version": "9"},
            "node_modules/@a/b": {"version": "3.0.0"},
            "node_modules/@a/b/node_modules/c": {"version": "1.0.0"},
        }
    }
    _write(tmp_path / "opt/engine/node_modules/.package-lock.json", json.dumps(lock))
    assert sorted(component["purl"] for component in sbom.scan(tmp_path)) == [
        "pkg:deb/debian/hello@1%3A2.10-3%2Bb1?arch=amd64",
        "pkg:npm/%40a/b@3.0.0",
        "pkg:npm/c@1.0.0",
        "pkg:pypi/foo-bar@1.2%2Bcpu",
    ]


def test_of_several_lists_of_debian_packages_the_highest_counts() -> None:
    old = {"name": "a", "version": "1", "purl": "pkg:deb/debian/a@1?arch=amd64"}
    new = {"name": "a", "version": "2", "purl": "pkg:deb/debian/a@2?arch=amd64"}
    wheel = {"name": "w", "version": "1", "purl": "pkg:pypi/w@1"}
    assert sbom.merge([[old, wheel], [new], [wheel]]) == [new, wheel]


def test_the_document_is_cyclonedx_and_always_the_same() -> None:
    component = {"type": "library", "name": "w", "version": "1", "purl": "pkg:pypi/w@1"}
    content = sbom.document("app", "2", "container", "ab" * 32, [component])
    assert content == sbom.document("app", "2", "container", "ab" * 32, [component])
    document = json.loads(content)
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.5", 1)
    assert document["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert document["components"] == [{**component, "bom-ref": "pkg:pypi/w@1"}]
