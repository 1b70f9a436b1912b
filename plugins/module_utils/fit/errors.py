# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong while a model is measured."""

from __future__ import annotations


class FitError(Exception):
    """One sentence that names the file or the key, what is wrong with it and what to do."""
