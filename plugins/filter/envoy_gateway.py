# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Filter envoy_gateway."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.serving.envoy import GatewayOptions, gateway

DOCUMENTATION = r"""
name: envoy_gateway
short_description: Envoy's configuration for the inference gateway
version_added: "0.1.0"
author:
  - inference.platform maintainers
description:
  - Makes Envoy's whole static configuration for a list of models. Each request is routed by the C(model) in its body to the
    endpoint picker and the engines of that model.
  - Headers that steer the gateway are taken from no client and shown to none.
options:
  _input:
    description:
      - The models, as the preflight publishes them in C(platform.models).
    type: list
    elements: dict
    required: true
  namespace:
    description: Namespace of the engines and of their endpoint pickers.
    type: str
    default: serving
  domain:
    description: DNS domain of the cluster.
    type: str
    default: cluster.local
  stream_timeout:
    description: Seconds that a request may take in all.
    type: int
    default: 1000
  picker_timeout:
    description: Seconds that an endpoint picker may take to answer one message.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: Show the clusters of the gateway
  ansible.builtin.debug:
    msg: "{{ (platform.models | inference.platform.envoy_gateway).static_resources.clusters | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: Envoy's bootstrap configuration (API v3).
  type: dict
  sample:
    admin: {address: {socket_address: {address: 127.0.0.1, port_value: 19000}}}
    static_resources: {listeners: [], clusters: []}
"""


def envoy_gateway(
    models: t.Sequence[dict[str, t.Any]],
    *,
    namespace: str = "serving",
    domain: str = "cluster.local",
    stream_timeout: int = 1000,
    picker_timeout: int = 10,
) -> dict[str, t.Any]:
    """The filter. Raises AnsibleFilterError when the models are none, or two of one name."""
    options = GatewayOptions(
        namespace=namespace, domain=domain, stream_timeout=stream_timeout, picker_timeout=picker_timeout
    )
    try:
        # Ansible's strings carry tags (origin, trust); these become plain ones.
        return gateway([str(model["name"]) for model in models], options)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"envoy_gateway: these are no models of the configuration: {error}.") from error
    except ValueError as error:
        raise AnsibleFilterError(f"envoy_gateway: {error}") from error


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters of this file by name."""
        return {"envoy_gateway": envoy_gateway}
