# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How vLLM is started for a model (C(vllm serve), 0.32)."""

from __future__ import annotations

import dataclasses
import json
import typing as t

PORT = 8000
MODELS = "/models"

# Byte-exact prompts reach the model and answers end when they must: without these, schemas of tools are hints only, and
# whitespace may fill a JSON answer up to the token limit.
_TOOLS = ("--enable-auto-tool-choice", "--tool-strict-level", "parameter")
_STRUCTURED = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})

# One thread and one process a replica: worker processes would be pinned to the first core and wait busily on it.
_CPU_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
}
_OFFLINE_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
# The root file system is read-only but for this volume.
_SCRATCH = "/tmp"
_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "HOME": _SCRATCH,
    "TRITON_CACHE_DIR": f"{_SCRATCH}/triton",
    "USER": "vllm",
    "VLLM_CACHE_ROOT": f"{_SCRATCH}/vllm",
    "VLLM_NO_USAGE_STATS": "1",
    "XDG_CACHE_HOME": f"{_SCRATCH}/cache",
    "XDG_CONFIG_HOME": f"{_SCRATCH}/config",
}


@dataclasses.dataclass(frozen=True)
class EngineOptions:
    """What is the same for all models of a platform.

    Attributes:
        tool_call_parser: name of vLLM's parser for the tool calls of the models.
        gpu_memory_utilization: share of a GPU's memory that an engine takes, 0 to 1.
        shutdown_timeout: seconds that running requests get after SIGTERM.
        cpu_kv_cache: size of the KV cache of an engine without GPU, as vLLM reads it ("1G").
        extra_args: further arguments of every engine.

    """

    tool_call_parser: str = "hermes"
    gpu_memory_utilization: float = 0.9
    shutdown_timeout: int = 30
    cpu_kv_cache: str = "1G"
    extra_args: tuple[str, ...] = ()


def engine(model: dict[str, t.Any], options: EngineOptions) -> dict[str, t.Any]:
    """How the engine of a model runs.

    Args:
        model: a model of the validated configuration (name, source, image, path, served_for, gpus, context).
        options: what is the same for all models.

    Returns:
        A dict with C(args) (list of strings after C(vllm serve)), C(env) (list of name and value), C(folder) (where the
        model lies in the engine, empty when the engine downloads it), C(downloads) and C(gpus).

    Raises:
        ValueError: the model is to generate and to embed, which one engine cannot.

    """
    embeds = "embeddings" in model["served_for"]
    if embeds and len(model["served_for"]) > 1:
        raise ValueError(
            f"model {model['name']} is served for {', '.join(model['served_for'])}: an engine that embeds cannot generate."
        )
    downloads = not model["image"]
    folder = "" if downloads else f"{MODELS}/{model['path'].rstrip('/').rpartition('/')[2]}"
    hardware = _gpu_args(model, options) if model["gpus"] else _cpu_args(model, options)
    return {
        "args": [
            *_common_args(model, folder or model["path"], options),
            *hardware,
            *(_embedding_args() if embeds else _generation_args(options)),
            *options.extra_args,
        ],
        "env": _environment(model, downloads=downloads),
        "folder": folder,
        "downloads": downloads,
        "gpus": model["gpus"],
    }


def _common_args(model: dict[str, t.Any], location: str, options: EngineOptions) -> list[str]:
    return [
        location,
        "--served-model-name",
        model["name"],
        "--host",
        "0.0.0.0",  # noqa: S104  a pod listens on its own address; who reaches it is up to the NetworkPolicy
        "--port",
        str(PORT),
        "--max-model-len",
        str(model["context"]),
        "--shutdown-timeout",
        str(options.shutdown_timeout),
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
    ]


def _cpu_args(model: dict[str, t.Any], options: EngineOptions) -> list[str]:
    # The models that come with the platform are tiny, and so is what they need to remember.
    cache = "32M" if model["source"].startswith("builtin://") else options.cpu_kv_cache
    return [
        "--dtype",
        "float32",  # bfloat16 dies of an illegal instruction on machines with AMX
        "--enforce-eager",
        "--max-num-seqs",
        "8",
        "--kv-cache-memory-bytes",
        cache,
        "--distributed-executor-backend",
        "uni",
    ]


def _gpu_args(model: dict[str, t.Any], options: EngineOptions) -> list[str]:
    parallel = ["--tensor-parallel-size", str(model["gpus"])] if model["gpus"] > 1 else []
    return ["--gpu-memory-utilization", f"{options.gpu_memory_utilization:g}", *parallel]


def _generation_args(options: EngineOptions) -> list[str]:
    return [
        "--generation-config",
        "vllm",  # else the model's own file sets the temperature of requests that name none
        *_TOOLS,
        "--tool-call-parser",
        options.tool_call_parser,
        "--structured-outputs-config",
        _STRUCTURED,
    ]


def _embedding_args() -> list[str]:
    return ["--runner", "pooling", "--convert", "embed"]


def _environment(model: dict[str, t.Any], *, downloads: bool) -> list[dict[str, str]]:
    values = {
        **_ENVIRONMENT,
        **({} if downloads else _OFFLINE_ENVIRONMENT),
        **({} if model["gpus"] else _CPU_ENVIRONMENT),
    }
    return [{"name": name, "value": value} for name, value in sorted(values.items())]


__all__ = ("EngineOptions", "engine")
