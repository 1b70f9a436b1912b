# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Local machines: booted Debian systems under systemd-nspawn on one bridge."""
