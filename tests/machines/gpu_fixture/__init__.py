# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A card that is not there, in a real machine: what its PCI bus, its kernel and NVIDIA's package repository would show."""
