# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name; the work is done on the controller in plugins/action/preflight.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check the configuration and this machine before anything is changed
version_added: "0.1.0"
description:
  - Reads every variable of the inventory whose name begins with C(platform_), rejects unknown names, wrong types, unknown choices, models
    without a source, names used twice, tenants that ask for undeclared models and networks that overlap.
  - Looks at this machine when the substrate is V(local). It must run Linux on x86_64, the user must be root, memory and disk must suffice
    and the port of the endpoint must be free.
  - Asks the registry when artefacts come from a mirror.
  - Refuses a model with GPUs that cannot fit the GPUs which the inventory names (C(platform_gpu), and those it will rent), where its
    C(config.json) is on this machine. A model that only estimates refuse, or that could not be checked, is a warning.
  - Reports all findings in one message. Nothing is changed by it.
options:
  check_host:
    description: Whether to look at this machine, the files of models on it and the registry mirror, too.
    type: bool
    default: true
  tenant:
    description:
      - One more tenant, shaped like an entry of C(platform_tenants). It is checked with the others, and takes the place of one of its team.
    type: dict
requirements:
  - jsonschema
attributes:
  check_mode:
    description: Can run in check mode and return what it would return otherwise.
    support: full
  diff_mode:
    description: Shows what has changed.
    support: none
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Check everything that can be checked without a cluster
  inference.platform.preflight:
  register: checked

- name: Check the inventory alone, for example in a pull request
  inference.platform.preflight:
    check_host: false
"""

RETURN = r"""
platform:
  description: The validated configuration, with defaults filled in, as every role reads it.
  returned: success
  type: dict
  sample:
    name: demo
    profile: llm_gateway
    layers: [metrics_server, vllm, inference_gateway, litellm, isolation_probe]
    endpoint: http://127.0.0.1:4000
"""
