# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judges the models that an inventory declares against the GPUs that it will rent or has, before anything is rented."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

from . import report, sources
from .errors import FitError
from .gpus import Gpu, gpu_of
from .image import image_named
from .kv_cache import KV_DTYPES
from .safetensors import Stored
from .verdict import Model, Serving, judge

GIB = 1024**3


@dataclasses.dataclass(frozen=True)
class Cards:
    """GPUs of one machine: so many of a kind, and what the inventory calls the machine."""

    gpu: Gpu
    count: int
    where: str


@dataclasses.dataclass(frozen=True)
class Places:
    """Where models are looked for on this machine: an image layout, and the Hugging Face hub's cache."""

    layout: pathlib.Path
    hub_cache: str


@dataclasses.dataclass(frozen=True)
class Findings:
    """What stops the run, and what a person should know; one sentence each."""

    refused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: Findings) -> Findings:
        return Findings(self.refused + other.refused, self.warnings + other.warnings)


def machines(nodes: t.Iterable[dict[str, t.Any]], hint: dict[str, t.Any], where: str) -> tuple[list[Cards], Findings]:
    """The machines with GPUs that an inventory names, and what is wrong with their cards.

    Args:
        nodes: machines to rent, each with C(name), C(gpu) (a name or several, of which any may be rented), C(gpus) and
            C(gpu_memory_gb). A card that is not in the table is a warning: the market may know it.
        hint: GPUs of machines that are there already (C(name), C(memory_gib), C(count)); empty without. Here such a card is refused.
        where: variable of the nodes, for messages.

    """
    found: list[Cards] = []
    warnings: list[str] = []
    for node in nodes:
        place = f"{where} {node.get('name', '')!r}"
        try:
            card = _rented(node)
            found += [Cards(card, int(node.get("gpus", 1)), place)] if card else []
        except FitError as error:
            warnings.append(f"{place}: models were not checked against it. {_cure(error)}")
    if not hint:
        return found, Findings(warnings=tuple(warnings))
    try:
        card = gpu_of(str(hint.get("name") or ""), float(hint.get("memory_gib") or 0.0))
    except FitError as error:
        return found, Findings((f"platform_gpu: {_cure(error)}",), tuple(warnings))
    return [*found, Cards(card, int(hint.get("count", 1)), "platform_gpu")], Findings(warnings=tuple(warnings))


def _rented(node: dict[str, t.Any]) -> Gpu | None:
    """The smallest card that may be rented for a node; None when it says nothing of cards. Raises FitError."""
    # Markets count gigabytes by 1000.
    least = float(node.get("gpu_memory_gb") or 0) * 1000**3 / GIB
    names = [node["gpu"]] if isinstance(node.get("gpu"), str) else list(node.get("gpu") or [])
    if not names:
        return gpu_of("", least) if least else None
    cards = []
    for name in names:
        try:
            cards.append(gpu_of(name))
        except FitError:
            if not least:
                raise
            cards.append(gpu_of(name, least))
    return min(cards, key=lambda card: card.memory_mib)


def _cure(error: FitError) -> str:
    return str(error).replace(
        "Or give its memory (gpu_memory_gib).", "Or give its memory in platform_gpu (memory_gib)."
    )


def check(models: t.Iterable[dict[str, t.Any]], cards: t.Sequence[Cards], places: Places, base: Serving) -> Findings:
    """Judges every model with GPUs.

    Args:
        models: as the validated configuration has them (C(name), C(source), C(image), C(path), C(gpus), C(context),
            C(served_for)), with C(config) and C(weights_gib) where the inventory gives them.
        cards: what machines have; nothing is judged without.
        places: where files are looked for.
        base: how all engines are started; GPUs, context and purpose are the model's.

    """
    found = Findings()
    for model in models:
        if model["gpus"] and cards:
            found += _check_one(model, cards, places, base)
    return found


def _check_one(model: dict[str, t.Any], cards: t.Sequence[Cards], places: Places, base: Serving) -> Findings:
    where = f"platform_models: {model['name']!r}"
    fitting = [one for one in cards if one.count >= model["gpus"]]
    if not fitting:
        most = max(cards, key=lambda one: one.count)
        most_text = f"the most are the {most.count} of {most.where}"
        return Findings(refused=(f"{where} wants {model['gpus']} GPUs in one machine, and {most_text}.",))
    embeds = "embeddings" in model["served_for"]
    wanted = dataclasses.replace(base, gpus=model["gpus"], context=model["context"], samples=not embeds)
    try:
        files = read(model, places)
        if files is None:
            raise FitError(
                "its config.json is not on this machine. Set config of the model to the path of that file to have it checked "
                "before anything is rented."
            )
        return _judged(where, files, wanted, fitting)
    except FitError as error:
        return Findings(warnings=(f"{where} was not checked against the GPUs: {error}",))


def _judged(where: str, files: Model, wanted: Serving, cards: t.Sequence[Cards]) -> Findings:
    verdicts = [(judge(files, wanted, one.gpu), one) for one in cards]
    if any(verdict.fits for verdict, _one in verdicts):
        return Findings()
    verdict, best = next(((v, one) for v, one in verdicts if not v.impossible), verdicts[-1])
    text = f"{where} does not fit {best.where}: {' '.join(verdict.reasons)} {report.cure(verdict, wanted, best.gpu)}"
    if verdict.impossible:
        return Findings(refused=(text,))
    return Findings(warnings=(f"{text} Part of this is estimated; the engine measures it when it starts.",))


def read(model: dict[str, t.Any], places: Places) -> Model | None:
    """What is known of a declared model on this machine; None when that is nothing.

    Raises:
        FitError: a file that the inventory names, or that is there, cannot be read.

    """
    found = _files(model, places)
    if found is None or not model.get("weights_gib"):
        return found
    given = Stored(total=round(model["weights_gib"] * GIB), source="given")
    return Model(found.config, given, found.in_image)


def _files(model: dict[str, t.Any], places: Places) -> Model | None:
    if model.get("config"):
        path = pathlib.Path(os.path.expanduser(model["config"]))
        return sources.load(sources.Folder(path.parent if path.suffix == ".json" else path))
    if model["image"]:
        try:
            return sources.load(image_named(places.layout, model["image"], model["path"]), in_image=True)
        except FitError:
            # An image that was never loaded here is nothing wrong.
            return None
    folder = sources.hub_cache(model["path"], places.hub_cache)
    return sources.load(folder) if folder else None


def started(utilisation: float, arguments: t.Sequence[str]) -> Serving:
    """How engines are started, as far as memory goes.

    Args:
        utilisation: --gpu-memory-utilization.
        arguments: further arguments of vLLM, C(--name value) or C(--name=value); others than those that decide memory pass.

    """
    given = _options(arguments)
    kv_dtype = given.get("kv-cache-dtype", "auto")
    return Serving(
        utilisation=float(given.get("gpu-memory-utilization", utilisation)),
        dtype=given.get("dtype", "auto").replace("half", "float16"),
        kv_dtype=kv_dtype if kv_dtype in KV_DTYPES else "auto",
        quantise="fp8" if given.get("quantization") == "fp8" else "",
        max_sequences=int(given.get("max-num-seqs", 0)),
        max_tokens=int(given.get("max-num-batched-tokens", 0)),
        eager="enforce-eager" in given,
    )


def _options(arguments: t.Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, argument in enumerate(arguments):
        if argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            after = arguments[place + 1] if place + 1 < len(arguments) else ""
            found[name.replace("_", "-")] = value if equals else after
    return found


__all__ = ("Cards", "Findings", "Places", "check", "machines", "read", "started")
