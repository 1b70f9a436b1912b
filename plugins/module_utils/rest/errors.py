# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a module and a service. The text of each is the module's message: complete sentences."""

from __future__ import annotations


class RestError(Exception):
    """The one base: modules catch this and fail with its text."""


class InputError(RestError):
    """The task asks for something that the service would accept in silence or refuse later; nothing was changed."""


class TransportError(RestError):
    """No answer arrived: whether the service did what it was asked is not known."""
