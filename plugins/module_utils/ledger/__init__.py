# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether the money adds up: LiteLLM's rows, its running counters and the tokens that the engines counted."""
