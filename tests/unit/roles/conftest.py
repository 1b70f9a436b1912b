# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Renders the templates of a role as the action component does, with the role's own defaults."""

from __future__ import annotations

import collections.abc
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import gpus

from .objects import MODELS, Object, Objects

Render = collections.abc.Callable[..., Objects]

_IMAGES = {
    "vllm": "docker.io/vllm/vllm-openai-cpu:v0",
    "envoy": "docker.io/envoyproxy/envoy:v1",
    "epp": "registry.k8s.io/epp:v1",
    "metrics-server": "registry.k8s.io/metrics-server:v0",
    "litellm": "ghcr.io/berriai/litellm:v1",
    "postgres": "docker.io/library/postgres:17",
    "redis": "docker.io/library/redis:8",
    "nvidia-device-plugin": "nvcr.io/nvidia/k8s-device-plugin:v0",
    "python": "docker.io/library/python:3",
    "sealed-secrets-controller": "docker.io/bitnami/sealed-secrets-controller:0",
    "external-secrets": "ghcr.io/external-secrets/external-secrets:v0",
}
CONFIGURATION: Object = {
    "platform": {
        "tree": "/tree",
        "gateway": "envoy",
        "gpu_stack": "operator",
        "gpu_sharing": gpus.normalised({}),
        "gpu_metrics": False,
        "secrets": "kubernetes",
        "tier": "cost",
        "artifacts": {"source": "packages"},
        "gateway_url": "http://inference-gateway/v1",
        "external_endpoints": [],
        "secret_store": {
            "name": "platform",
            "kind": "ClusterSecretStore",
            "prefix": "",
            "provider": {},
            "builtin": True,
        },
        "external_models": [],
        "images": _IMAGES,
        "models": [{"price": {"input_per_token": 0.1, "output_per_token": 0.2}, **model} for model in MODELS],
        "network": {"nodes": ["10.203.0.0/24"]},
        "kubernetes": "kubeadm",
    },
    "__litellm_secret": {},
    "artifacts": {
        "files": {
            "inference-pool-crd": {"path": "/crd.yaml", "sha256": "0"},
            "sealed-secret-crd": {"path": "/sealed.yaml", "sha256": "0"},
            "external-secret-crd": {"path": "/external.yaml", "sha256": "0"},
            "secret-store-crd": {"path": "/store.yaml", "sha256": "0"},
            "cluster-secret-store-crd": {"path": "/cluster.yaml", "sha256": "0"},
            "generator-state-crd": {"path": "/generator.yaml", "sha256": "0"},
        }
    },
}


@pytest.fixture(scope="session")
def render() -> t.Iterator[Render]:
    """Renders a role's templates.

    In a process of its own: Ansible finds the collection's filters only when it is there before the collection is imported.
    """
    program = pathlib.Path(__file__).with_name("renderer.py")
    with subprocess.Popen(
        [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        requests, answers = worker.stdin, worker.stdout

        def ask(role: str, folders: tuple[str, ...] = ("templates",), **variables: t.Any) -> Objects:
            request = {"role": role, "folders": folders, "variables": {**CONFIGURATION, **variables}}
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            answer = json.loads(answers.readline())
            assert "error" not in answer, answer["error"]
            return Objects(answer["objects"])

        yield ask
        requests.close()
