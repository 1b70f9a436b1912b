# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes safetensors files, folders of models and an image with one."""

from __future__ import annotations

import hashlib
import io
import json
import pathlib
import tarfile
import typing as t

Shapes = t.Mapping[str, tuple[str, list[int]]]
BYTES = {"F32": 4, "BF16": 2, "I32": 4, "F8_E4M3": 1}
CONFIG: dict[str, t.Any] = {
    "model_type": "llama",
    "num_hidden_layers": 1,
    "hidden_size": 8,
    "num_attention_heads": 2,
    "vocab_size": 16,
    "intermediate_size": 16,
    "torch_dtype": "bfloat16",
    "max_position_embeddings": 64,
}
SHAPES: Shapes = {"model.embed_tokens.weight": ("BF16", [16, 8]), "lm_head.weight": ("BF16", [8, 16])}


def safetensors(shapes: Shapes = SHAPES) -> bytes:
    """A file with these tensors, all zero."""
    header: dict[str, t.Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape) in shapes.items():
        size = BYTES[dtype]
        for side in shape:
            size *= side
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


def files(**more: bytes) -> dict[str, bytes]:
    """Files of a small model, by name; __ in a name stands for a dot."""
    plain = {"config.json": json.dumps(CONFIG).encode(), "model.safetensors": safetensors()}
    return {**plain, **{name.replace("__", "."): content for name, content in more.items()}}


def write(folder: pathlib.Path, content: t.Mapping[str, bytes]) -> pathlib.Path:
    """A folder with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        (folder / name).write_bytes(text)
    return folder


def layout(folder: pathlib.Path, ref: str, at: str, content: t.Mapping[str, bytes]) -> pathlib.Path:
    """An OCI image layout with one image of one layer that holds these files in a folder."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(f"{at.strip('/')}/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes) -> dict[str, t.Any]:
        value = hashlib.sha256(data).hexdigest()
        (blobs / value).write_bytes(data)
        return {"digest": f"sha256:{value}", "size": len(data)}

    manifest = blob(json.dumps({"config": blob(b"{}"), "layers": [blob(stream.getvalue())]}).encode())
    names = {"io.containerd.image.name": ref}
    (folder / "index.json").write_text(json.dumps({"manifests": [{**manifest, "annotations": names}]}))
    return folder
