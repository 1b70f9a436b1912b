# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ports of this machine that lead through ssh to ports of a host elsewhere."""
