# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the modules for LiteLLM and Vast document is what they take."""

from __future__ import annotations

import importlib
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.litellm import connection as litellm
from ansible_collections.inference.platform.plugins.module_utils.vast import connection as vast

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "plugins" / "modules"
LITELLM = [*sorted(path.stem for path in FOLDER.glob("litellm_*.py")), "cost_report", "ledger_check"]
VAST = sorted(path.stem for path in FOLDER.glob("vast_*.py"))
NAMES = [*LITELLM, *VAST]


def taken(module: t.Any) -> dict[str, dict[str, t.Any]]:
    """The options of a module; those that know task.py name them without the connection's."""
    if hasattr(module, "OPTIONS"):
        connection = vast if module.__name__.rpartition(".")[2] in VAST else litellm
        return {**connection.argument_spec(), **module.OPTIONS}
    return t.cast(dict[str, dict[str, t.Any]], module.argument_spec())


def shared(fragments: list[str]) -> dict[str, t.Any]:
    """The options that fragments bring, or parts of fragments; attributes bring none."""
    options: dict[str, t.Any] = {}
    for fragment in fragments:
        name, _, part = fragment.removeprefix("inference.platform.").partition(".")
        module = importlib.import_module(f"ansible_collections.inference.platform.plugins.doc_fragments.{name}")
        text = getattr(module.ModuleDocFragment, part.upper() or "DOCUMENTATION")
        options |= yaml.safe_load(text).get("options") or {}
    return options


def agree(documented: dict[str, t.Any], spec: dict[str, dict[str, t.Any]]) -> None:
    assert documented.keys() == spec.keys()
    for option, said in documented.items():
        for trait in ("type", "elements", "choices", "default", "required"):
            assert said.get(trait) == spec[option].get(trait), (option, trait)
        if "suboptions" in said:
            agree(said["suboptions"], spec[option]["options"])


@pytest.mark.parametrize("name", NAMES)
def test_documented_options_have_the_types_choices_and_defaults_that_are_taken(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.inference.platform.plugins.modules.{name}")
    said_here = yaml.safe_load(module.DOCUMENTATION)
    documented = {**shared(said_here["extends_documentation_fragment"]), **said_here["options"]}
    spec = taken(module)
    agree(documented, spec)


@pytest.mark.parametrize("name", NAMES)
def test_examples_and_samples_use_what_is_documented(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.inference.platform.plugins.modules.{name}")
    spec = taken(module)
    for task in yaml.safe_load(module.EXAMPLES):
        given = task.get(f"inference.platform.{name}") or {}
        assert given.keys() <= spec.keys()
        assert {option for option, traits in spec.items() if traits.get("required")} <= given.keys() or not given
    assert all("sample" in entry for entry in yaml.safe_load(module.RETURN).values())
