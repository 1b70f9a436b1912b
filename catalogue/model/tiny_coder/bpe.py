# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Byte-pair encoding over bytes, trained from words and how often they occur (Sennrich et al. 2016, GPT-2's alphabet)."""

from __future__ import annotations

import itertools
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True)
class Bpe:
    """Tokens in the order of their ids, and the merges in the order in which they are applied."""

    tokens: tuple[str, ...]
    merges: tuple[Pair, ...]


def byte_alphabet() -> dict[int, str]:
    """Byte -> the printable character that stands for it in a byte-level vocabulary."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(printable)]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + at) for at, byte in enumerate(hidden)}


def train(words: t.Mapping[str, int], size: int) -> Bpe:
    """A vocabulary of *size* tokens from *words* (text -> how often it occurs).

    :raises ValueError: when the words do not hold enough different pairs.
    """
    alphabet = byte_alphabet()
    tokens = dict.fromkeys(sorted(alphabet.values()))
    merges: list[Pair] = []
    trainer = _Trainer([([alphabet[byte] for byte in word.encode()], count) for word, count in words.items()])
    while len(tokens) < size:
        pair = trainer.best()
        if pair is None:
            raise ValueError(f"the words give {len(tokens)} tokens, {size} are wanted")
        trainer.merge(pair)
        merges.append(pair)
        tokens.setdefault("".join(pair))
    return Bpe(tuple(tokens), tuple(merges))


class _Trainer:
    """Words as lists of tokens, with the count of every neighbouring pair kept up to date."""

    def __init__(self, words: list[tuple[list[str], int]]) -> None:
        self._words = words
        self._counts: Counter[Pair] = Counter()
        self._where: defaultdict[Pair, set[int]] = defaultdict(set)
        for index in range(len(words)):
            self._count(index, 1)

    def best(self) -> Pair | None:
        """The most frequent pair; of equals the first in the order of their text."""
        return min(self._counts, key=lambda pair: (-self._counts[pair], pair), default=None)

    def merge(self, pair: Pair) -> None:
        for index in sorted(self._where[pair]):
            self._count(index, -1)
            self._words[index][0][:] = _merged(self._words[index][0], pair)
            self._count(index, 1)

    def _count(self, index: int, sign: int) -> None:
        symbols, count = self._words[index]
        for pair in itertools.pairwise(symbols):
            self._counts[pair] += sign * count
            if self._counts[pair] <= 0:
                del self._counts[pair]
            if sign > 0:
                self._where[pair].add(index)
            else:
                self._where[pair].discard(index)


def _merged(symbols: list[str], pair: Pair) -> list[str]:
    done: list[str] = []
    at = 0
    while at < len(symbols):
        if tuple(symbols[at : at + 2]) == pair:
            done.append(symbols[at] + symbols[at + 1])
            at += 2
        else:
            done.append(symbols[at])
            at += 1
    return done
