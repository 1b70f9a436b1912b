# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tiny model: the same bytes everywhere, a tokenizer that loses nothing, a template that shows the tools."""

from __future__ import annotations

import hashlib
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import typing as t

import jinja2
import pytest

from ansible_collections.inference.platform.catalogue.model.tiny_coder import __main__ as maker
from ansible_collections.inference.platform.catalogue.model.tiny_coder import bpe, tokenizer, weights

FOLDER = pathlib.Path(maker.__file__).resolve().parent
# what every machine must make of the committed sources: raise the version of the artefact when it changes
DIGEST = "aebe3454094a244157b78457a7d4b1031b3fc8d9f8c6a8b84e0f6e39fad501cd"

WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return maker.files()


@pytest.fixture(scope="module")
def tokens(files: dict[str, bytes]) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(files["tokenizer.json"])
    return found


def digest(files: t.Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return total.hexdigest()


def header(safetensors: bytes) -> tuple[dict[str, t.Any], int]:
    """The JSON header and where the tensors begin."""
    size = struct.unpack("<Q", safetensors[:8])[0]
    return json.loads(safetensors[8 : 8 + size]), 8 + size


def render(messages: list[dict[str, t.Any]], tools: list[t.Any] | None = None) -> str:
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - text, not HTML
    template = environment.from_string((FOLDER / "chat_template.jinja").read_text("utf-8"))
    return template.render(messages=messages, tools=tools, add_generation_prompt=True)


def test_the_model_is_the_same_bytes_on_every_machine(files: dict[str, bytes]) -> None:
    assert digest(files) == DIGEST


def test_another_process_with_another_hash_seed_writes_the_same_files(
    files: dict[str, bytes], tmp_path: pathlib.Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent), "PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-m", "tiny_coder", str(tmp_path)], env=environment, check=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_every_file_is_readable_for_a_server_that_is_not_root(tmp_path: pathlib.Path) -> None:
    before = os.umask(0o077)
    try:
        maker.main([str(tmp_path / "model")])
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "model").iterdir()} == {0o644}


def test_special_tokens_have_the_last_ids_in_a_fixed_order(tokens: dict[str, t.Any]) -> None:
    added = {token["content"]: token["id"] for token in tokens["added_tokens"]}
    assert added["<|endoftext|>"] == 2037
    assert (added["<|fim_prefix|>"], added["<|fim_middle|>"], added["<|fim_suffix|>"]) == (2040, 2041, 2042)
    assert (added["<tool_call>"], added["</tool_call>"]) == (2046, 2047)


def test_tool_tokens_are_not_special_so_that_a_tool_parser_sees_them(tokens: dict[str, t.Any]) -> None:
    plain = {token["content"] for token in tokens["added_tokens"] if not token["special"]}
    assert plain == {"<tool_call>", "</tool_call>"}


def test_the_vocabulary_is_complete(tokens: dict[str, t.Any]) -> None:
    ids = sorted([*tokens["model"]["vocab"].values(), *(token["id"] for token in tokens["added_tokens"])])
    assert ids == list(range(2048))
    assert set(bpe.byte_alphabet().values()) <= set(tokens["model"]["vocab"])


def test_every_merge_joins_known_tokens_to_a_known_token(tokens: dict[str, t.Any]) -> None:
    vocabulary = set(tokens["model"]["vocab"])
    assert all({left, right, left + right} <= vocabulary for left, right in tokens["model"]["merges"])


def test_frequent_words_of_code_are_one_token(tokens: dict[str, t.Any]) -> None:
    assert {"def", "Ġreturn", "Ġself", "():Ċ", "Ġfunction", "Ġparameters"} <= set(tokens["model"]["vocab"])


def test_byte_pairs_are_merged_by_frequency_and_then_by_text() -> None:
    trained = bpe.train({"aab": 1, "aac": 1, "ab": 5}, 259)
    assert trained.merges == (("a", "b"), ("a", "a"), ("a", "ab"))


def test_too_few_words_for_the_vocabulary_are_an_error() -> None:
    with pytest.raises(ValueError, match="257 tokens, 300 are wanted"):
        bpe.train({"ab": 1}, 300)


def test_all_tensors_lie_one_after_the_other_and_fill_the_file(files: dict[str, bytes]) -> None:
    data = files["model.safetensors"]
    head, start = header(data)
    assert head.pop("__metadata__") == {"format": "pt"}
    end = 0
    for tensor in head.values():
        assert tensor["data_offsets"] == [end, end + 2 * math.prod(tensor["shape"])]
        end = tensor["data_offsets"][1]
    assert len(data) == start + end


def test_the_model_has_the_parameters_that_its_configuration_says(files: dict[str, bytes]) -> None:
    head, _ = header(files["model.safetensors"])
    shapes = {name: tuple(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__"}
    assert shapes == weights.shapes(json.loads(files["config.json"]))
    assert sum(math.prod(shape) for shape in shapes.values()) == 254_528


def test_tokens_with_a_meaning_of_their_own_are_never_the_most_likely(files: dict[str, bytes]) -> None:
    head, start = header(files["model.safetensors"])
    rows, columns = head[weights.EMBEDDING]["shape"]
    at = start + head[weights.EMBEDDING]["data_offsets"][0]
    values = struct.unpack(f"<{rows * columns}H", files["model.safetensors"][at : at + 2 * rows * columns])
    largest = [max(struct.unpack("<f", struct.pack("<I", value << 16))[0] for value in values[i : i + columns])
               for i in range(0, len(values), columns)]  # fmt: skip
    first = min(tokenizer.token_ids().values())
    assert max(largest[first:]) < min(largest[:first])


@pytest.mark.parametrize(
    ("value", "bits"),
    [(1.0, 0x3F80), (-2.0, 0xC000), (1.00390625, 0x3F80), (1.01171875, 0x3F82), (1.0040, 0x3F81)],
)
def test_bfloat16_rounds_to_the_nearest_and_ties_to_even(value: float, bits: int) -> None:
    assert weights.bfloat16(value) == struct.pack("<H", bits)


def test_a_chat_ends_where_the_assistant_begins() -> None:
    assert render([{"role": "user", "content": "Hi"}]) == (
        "<|im_start|>system\nYou are a coding assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_tools_are_shown_as_json_one_a_line() -> None:
    text = render([{"role": "system", "content": "S"}, {"role": "user", "content": "U"}], [WEATHER])
    inside = text.partition("<tools>\n")[2].partition("\n</tools>")[0]
    assert json.loads(inside) == WEATHER
    assert text.startswith("<|im_start|>system\nS\n\n# Tools")


def test_a_tool_call_and_its_result_come_back_as_turns() -> None:
    call = {"function": {"name": "get_weather", "arguments": '{"city": "Rome"}'}}
    text = render(
        [
            {"role": "user", "content": "U"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "content": "sunny"},
        ]
    )
    assert '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call><|im_end|>' in text
    assert "<|im_start|>user\n<tool_response>\nsunny\n</tool_response><|im_end|>" in text
