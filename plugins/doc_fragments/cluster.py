# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Options shared by everything that talks to the platform's cluster."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of the kubeconfig file on the machine that runs the task.
      - Client certificates, tokens and token files are supported, C(exec) and C(auth-provider) plugins are refused.
      - Without it the environment variable E(KUBECONFIG) (one file) and then C(~/.kube/config) are used.
    type: path
  context:
    description:
      - Context of the kubeconfig. The current context when not given.
    type: str
requirements:
  - PyYAML in the Python that runs the task.
"""

    ATTRIBUTES = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and predicts what would change without writing.
    support: full
  diff_mode:
    description: Returns what changed, or would change in check mode. Values of Secrets are never shown.
    support: full
  action_group:
    description: Use C(group/inference.platform.cluster) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - inference.platform.cluster
"""

    REMOVAL = r"""
options:
  state:
    description:
      - V(present) applies, V(absent) deletes the objects and waits until they are gone, dependents included.
    type: str
    choices: [present, absent]
    default: present
  prune_also:
    description:
      - Kinds that are otherwise never deleted, because others keep things inside.
    type: list
    elements: str
    choices: [Namespace, CustomResourceDefinition, PersistentVolumeClaim]
    default: []
  inventory_namespace:
    description:
      - Namespace of the ConfigMap C(inference-platform-inventory-<component>) that lists the component's objects.
    type: str
    default: default
  force_replace:
    description:
      - Delete and create an object again when a changed field cannot be changed on a living one.
      - Without it such a change fails and names the field.
      - Its dependents (pods) go first. Namespaces, CustomResourceDefinitions, volumes, volume claims, and StatefulSets whose claims would
        go with them, are never deleted for this.
    type: bool
    default: false
  wait:
    description:
      - Wait until every object is up. Without it the task ends when everything is applied.
      - While it waits it says about every 10 seconds what is missing. When it gives up it shows events, container states and
        the last log lines.
    type: dict
    suboptions:
      timeout:
        description: Seconds for all objects together; 0 does not wait.
        type: int
        default: 300
      endpoints:
        description: Wait too until every Service with a selector has a ready endpoint.
        type: bool
        default: false
"""
