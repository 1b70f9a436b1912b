# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The acceptance checks of the public /v1 path, one file a subject, and the reports made from their results."""
