# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Values of a generated Secret: random ones, ones made from others, and copies."""

from __future__ import annotations

import base64
import dataclasses
import re
import secrets
import string
import typing as t

from .errors import KubeError

Lookup = t.Callable[[str, str, str], str]
Seed = t.Callable[[str, str, str], "str | None"]

# What names a value of another Secret.
PLACE = ("namespace", "name", "key")

CHARSETS = {
    "alphanumeric": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "lower": string.ascii_lowercase + string.digits,
}
_REFERENCE = re.compile(r"\{([A-Za-z0-9._-]+)\}")


@dataclasses.dataclass(frozen=True)
class Spec:
    """How one key gets its value: random (``length`` characters after ``prefix``), ``template`` or ``copy_from``.

    With ``seed_from`` another Secret's value is taken over where there is one.
    """

    length: int = 32
    prefix: str = ""
    charset: str = "alphanumeric"
    template: str | None = None
    copy_from: dict[str, str] | None = None
    seed_from: dict[str, str] | None = None


def unseeded(specs: dict[str, Spec], keys: t.Collection[str]) -> dict[str, Spec]:
    """The same specs, but values of ``keys`` are not taken over from where they were: a new value is asked for."""
    return {key: dataclasses.replace(spec, seed_from=None) if key in keys else spec for key, spec in specs.items()}


def missing_values(
    specs: dict[str, Spec], present: dict[str, str], lookup: Lookup, seed: Seed = lambda *_place: None
) -> dict[str, str]:
    """Values of the keys of ``specs`` that ``present`` lacks; templates see present and new values.

    ``lookup(namespace, name, key)`` reads a value of another Secret, ``seed`` one that may not be there. Raises KubeError for a
    template that names an unknown key.
    """
    wanted = {key: spec for key, spec in specs.items() if key not in present}
    values = dict(present)
    for key, spec in wanted.items():
        if spec.copy_from is not None:
            values[key] = lookup(spec.copy_from["namespace"], spec.copy_from["name"], spec.copy_from["key"])
        elif spec.template is None:
            found = seed(*(spec.seed_from[part] for part in PLACE)) if spec.seed_from else None
            values[key] = found or spec.prefix + random_text(spec.length, spec.charset)
    for key, spec in wanted.items():
        if spec.template is not None:
            values[key] = _filled(key, spec.template, values)
    return {key: values[key] for key in wanted}


def random_text(length: int, charset: str) -> str:
    """Cryptographically random characters of one of CHARSETS."""
    letters = CHARSETS[charset]
    return "".join(secrets.choice(letters) for _ in range(length))


def _filled(key: str, template: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise KubeError(
                f"The template of {key} refers to {{{name}}}, which is neither a plain key of this Secret nor in it."
            )
        return values[name]

    return _REFERENCE.sub(value, template)


def decode(data: dict[str, str] | None) -> dict[str, str]:
    """Texts of a Secret's data."""
    return {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in (data or {}).items()}


def encode(values: dict[str, str]) -> dict[str, str]:
    """The data of a Secret."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
