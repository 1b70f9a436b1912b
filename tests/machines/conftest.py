# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of real machines on this host. They use fixed networks, so they run one after the other."""
