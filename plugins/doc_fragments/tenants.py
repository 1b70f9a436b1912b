# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the filters over tenants take."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  _input:
    description: Tenants, as in C(platform.tenants).
    type: list
    elements: dict
    required: true
  models:
    description: All models, as in C(platform.models).
    type: list
    elements: dict
    required: true
"""
