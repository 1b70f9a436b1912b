# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""``python -m tiny_coder FOLDER`` writes the model into FOLDER, files of mode 0644."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

from . import tokenizer, weights

SEED = 1234
POSITIONS = 8192


def model_config() -> dict[str, t.Any]:
    """The content of ``config.json``."""
    ids = tokenizer.token_ids()
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "dtype": "bfloat16",
        "vocab_size": tokenizer.VOCABULARY,
        "hidden_size": 64,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": POSITIONS,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-06,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "bos_token_id": None,
        "eos_token_id": ids[tokenizer.END_OF_TURN],
        "pad_token_id": ids[tokenizer.END_OF_TEXT],
    }


def files() -> dict[str, bytes]:
    """File name -> content of the whole model folder."""
    config = model_config()
    ends = [config["eos_token_id"], config["pad_token_id"]]
    texts = {
        "config.json": config,
        "generation_config.json": {"eos_token_id": ends, "pad_token_id": config["pad_token_id"]},
        "tokenizer.json": tokenizer.tokenizer_json(),
        "tokenizer_config.json": tokenizer.tokenizer_config(POSITIONS),
    }
    return {
        **{name: (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode() for name, data in texts.items()},
        "chat_template.jinja": Path(__file__).with_name("chat_template.jinja").read_bytes(),
        "model.safetensors": weights.safetensors(config, len(tokenizer.token_ids()), SEED),
    }


def main(arguments: t.Sequence[str]) -> None:
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o644)


if __name__ == "__main__":
    main(sys.argv[1:])
