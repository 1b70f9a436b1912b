# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the serving layers run with, computed from the validated models: engine arguments, gateway configuration."""
