# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A tiny coder model of the Qwen2 kind, made on the spot from the standard library alone.

A byte-level BPE tokenizer with the fill-in-the-middle and tool tokens of Qwen2.5-Coder, a chat template with tools and
254,528 random weights from a fixed seed. Two runs give the same bytes on every machine: no floating-point function
that a processor could round differently is involved.
"""
