# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tokenizer of the model, as the data of Hugging Face's ``tokenizer.json`` and ``tokenizer_config.json``."""

from __future__ import annotations

import typing as t
from pathlib import Path

from . import bpe

VOCABULARY = 2048
END_OF_TEXT = "<|endoftext|>"
END_OF_TURN = "<|im_end|>"
SPECIAL = (
    END_OF_TEXT,
    "<|im_start|>",
    END_OF_TURN,
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
# not special in Qwen2.5's own tokenizer either: they must be seen in the text that a tool parser reads
TOOL = ("<tool_call>", "</tool_call>")

# how Qwen2's tokenizer.json splits text before merging
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# whole pieces of that split which code and JSON are full of
PIECES = (
    *(
        "\n",
        "\n\n",
        "   ",
        "       ",
        "           ",
        " =",
        " ==",
        " !=",
        " ->",
        " +",
        " -",
        " *",
        " %",
        " <",
        " >",
        " <=",
    ),
    *(" >=", "():\n", "):\n", ":\n", ",\n", "(", ")", "()", '("', '")', "('", "')", "[", "]", "[]", " [", " {", "{\n"),
    *(
        "}\n",
        "}",
        '"',
        ' "',
        '":',
        '",',
        '",\n',
        '"}',
        '"},',
        '":"',
        '{"',
        '"}}',
        '"]',
        "'",
        "',",
        " #",
        " //",
        '"""',
        '"""\n',
    ),
    *(
        "```",
        "```\n",
        " +=",
        " :=",
        "...",
        ".",
        ",",
        ":",
        ";",
        "?",
        "!",
        "/",
        "://",
        " /",
        " &&",
        " ||",
        " (",
        ").",
        "),",
    ),
)


def word_counts() -> dict[str, int]:
    """Text -> how often it occurs, by the rule of thumb that the nth most frequent word occurs 1/n as often."""
    words = (Path(__file__).with_name("words.txt")).read_text("utf-8").split()
    counts: dict[str, int] = {}
    for rank, word in enumerate(words):
        often = 1_000_000 // (rank + 20)
        for text, share in ((f" {word}", 3), (word, 2), (word.capitalize(), 1)):
            counts[text] = counts.get(text, 0) + share * often
    for rank, piece in enumerate(PIECES):
        counts[piece] = 2_000_000 // (rank + 20)
    return counts


def token_ids() -> dict[str, int]:
    """Id of every added token."""
    first = VOCABULARY - len(SPECIAL) - len(TOOL)
    return {token: first + at for at, token in enumerate((*SPECIAL, *TOOL))}


def tokenizer_json() -> dict[str, t.Any]:
    """The content of ``tokenizer.json``."""
    ids = token_ids()
    trained = bpe.train(word_counts(), VOCABULARY - len(ids))
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Isolated", "invert": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": number, "content": token, **flags, "special": token in SPECIAL} for token, number in ids.items()
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": byte_level | {"trim_offsets": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: number for number, token in enumerate(trained.tokens)},
            "merges": [list(pair) for pair in trained.merges],
        },
    }


def tokenizer_config(positions: int) -> dict[str, t.Any]:
    """The content of ``tokenizer_config.json`` for a model of *positions* tokens of context."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "bos_token": None,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "additional_special_tokens": list(SPECIAL),
        "clean_up_tokenization_spaces": False,
    }
