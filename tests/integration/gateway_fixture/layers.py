# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The serving layers applied to a real API server by their roles."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import typing as t

from kube_fixture.server import ControlPlane
from playbook_run import Run

from ansible_collections.inference.platform.plugins.module_utils.config import gpus

from . import programs

ROOT = pathlib.Path(__file__).resolve().parents[3]
IMAGES = ("vllm", "envoy", "epp", "metrics-server", "python")


def model(name: str, purpose: str, replicas: int) -> dict[str, t.Any]:
    """A model of the validated configuration."""
    return {
        "name": name,
        "source": "builtin://tiny-coder",
        "image": "quay.io/inference-platform/tiny-coder:1",
        "path": "/models/tiny-coder",
        "served_for": [purpose],
        "replicas": {"min": replicas, "max": replicas},
        "gpus": 0,
        "cpu": True,
        "context": 2048,
    }


MODELS = [model("one", "chat", 2), model("two", "embeddings", 1)]


@dataclasses.dataclass(frozen=True)
class Layers:
    """Runs the playbook of the layers against a control plane."""

    plane: ControlPlane
    folder: pathlib.Path

    @property
    def tree(self) -> pathlib.Path:
        return self.folder / "tree"

    def apply(self, *arguments: str, **changes: t.Any) -> tuple[int, str]:
        """How many tasks changed something, and all that was said. Raises AssertionError when the run failed."""
        crd = programs.host_file("inference-pool-crd")
        platform = {
            "kubeconfig": self.plane.kubeconfig,
            "tree": str(self.tree),
            "gateway": "envoy",
            "gpu_stack": "none",
            "gpu_sharing": gpus.normalised({}),
            "kubernetes": "kubeadm",
            "tier": "cost",
            "secrets": "kubernetes",
            "secret_store": {},
            "images": {name: f"example.test/{name}:1" for name in IMAGES},
            "models": MODELS,
            "network": {"nodes": ["10.203.0.0/24"]},
            **changes,
        }
        file = {"path": str(crd), "sha256": hashlib.sha256(crd.read_bytes()).hexdigest()}
        variables = {"platform": platform, "artifacts": {"files": {"inference-pool-crd": file}}}
        (self.folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        argv = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,"]
        argv += [
            str(pathlib.Path(__file__).with_name("layers.yml")),
            "-e",
            f"@{self.folder}/variables.json",
            *arguments,
        ]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORCE_COLOR": "0"}
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return Run(done.returncode, said).changed, said
