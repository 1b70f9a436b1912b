# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The real LiteLLM on the real PostgreSQL, from the images that the product built, without a cluster."""
