# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What offers GPUs to pods, applied to a real API server: the device plugin's role, and the operator's with NVIDIA's own chart."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import subprocess
import typing as t

import pytest
import yaml
from gateway_fixture.programs import BUILD, cache, host_file
from kube_fixture.server import ControlPlane
from playbook_run import Run
from sealed_fixture.fixtures import ROOT, run_play

from ansible_collections.inference.platform.plugins.module_utils.artifacts.archive import pack_folder
from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import load_catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import ModuleFile
from ansible_collections.inference.platform.plugins.module_utils.config import gpus
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError

Object = dict[str, t.Any]


class Roles:
    """Runs one of the two roles against a control plane without nodes, so nothing is waited for."""

    def __init__(self, plane: ControlPlane, folder: pathlib.Path, chart: pathlib.Path) -> None:
        self.client = Client(config.load(plane.kubeconfig))
        self.folder = folder
        self._kubeconfig = plane.kubeconfig
        self._files = {"gpu-operator-chart": _file(chart), "helm": _file(host_file("helm"))}

    def apply(self, role: str, sharing: Object, tasks: str = "main", **platform: t.Any) -> Run:
        """Run a file of the role's tasks."""
        variables = {
            "tree": str(self.folder / "tree"),
            "images": {"nvidia-device-plugin": "nvcr.io/nvidia/k8s-device-plugin:v0.19.1"},
            "artifacts": {"source": "upstream"},
            "substrate": "vast",
            "kubernetes": "kubeadm",
            "gpu_sharing": gpus.normalised(sharing),
            "gpu_metrics": False,
            **platform,
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"platform": variables, "artifacts": {"files": self._files}, f"{role}_timeout": 0},
            "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": self._kubeconfig}},
            "tasks": [{"ansible.builtin.import_role": {"name": f"inference.platform.{role}", "tasks_from": tasks}}],
        }
        return run_play(play, self.folder)

    def change(self, role: str, sharing: Object, *, again: bool = False, **platform: t.Any) -> None:
        """Apply it, which changes something, and perhaps again, which does not."""
        done = self.apply(role, sharing, **platform)
        assert done.rc == 0, done.output
        assert done.changed > 0, done.output
        # Argo CD can adopt it without a write.
        assert "every apply writes it again" not in done.message(), done.output
        if again:
            done = self.apply(role, sharing, **platform)
            assert (done.rc, done.changed) == (0, 0), done.output

    def daemons(self, namespace: str) -> set[str]:
        return {
            item["metadata"]["name"] for item in self.client.list(f"/apis/apps/v1/namespaces/{namespace}/daemonsets")[0]
        }

    def sharing(self) -> Object:
        """How the device plugin is told to share cards."""
        found = self.client.get("/api/v1/namespaces/kube-system/configmaps/gpu-device-plugin")["data"]["config.json"]
        return t.cast(Object, json.loads(found))


def _file(path: pathlib.Path) -> Object:
    return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """NVIDIA's chart as the product takes it out of its module."""
    programs = sorted(cache().glob("toolchains/**/bin/go"))
    assert programs, f"There is no Go toolchain in {cache()}. {BUILD}"
    catalogue = load_catalogue(ROOT / "catalogue" / "catalogue.yml")
    source = catalogue.artifacts["gpu-operator-chart"].file
    assert isinstance(source, ModuleFile)
    folder = tmp_path_factory.mktemp("modules")
    environment = {**os.environ, "GOMODCACHE": str(folder), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    argv = [str(programs[0]), "mod", "download", "-json", source.module]
    home = ROOT / "catalogue" / catalogue.go_sets[source.set].directory
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    target = folder / "gpu-operator-chart"
    pack_folder(pathlib.Path(json.loads(done.stdout)["Dir"]) / source.path, target, catalogue.epoch)
    return target


@pytest.fixture
def roles(control_plane: ControlPlane, tmp_path: pathlib.Path, chart: pathlib.Path) -> t.Iterator[Roles]:
    made = Roles(control_plane, tmp_path, chart)
    yield made
    made.client.close()


def test_the_device_plugin_is_told_how_cards_are_shared(roles: Roles) -> None:
    roles.change("gpu_device_plugin", {})
    assert roles.sharing()["sharing"] == {}
    assert roles.client.get("/apis/node.k8s.io/v1/runtimeclasses/nvidia")["handler"] == "nvidia"
    pod = roles.client.get("/apis/apps/v1/namespaces/kube-system/daemonsets/gpu-device-plugin")["spec"]["template"]
    assert pod["spec"]["nodeSelector"] == {"inference.platform/gpu-acceptance": "passed"}

    # It reads its configuration when it starts, so another one is another pod; MPS has a daemon, and the exporter comes and goes.
    roles.change("gpu_device_plugin", {"strategy": "mps", "replicas": 8}, again=True, gpu_metrics=True)
    assert roles.sharing()["sharing"]["mps"]["resources"] == [{"name": "nvidia.com/gpu", "replicas": 8}]
    assert roles.daemons("kube-system") == {"gpu-device-plugin", "gpu-mps", "gpu-metrics"}
    later = roles.client.get("/apis/apps/v1/namespaces/kube-system/daemonsets/gpu-device-plugin")["spec"]["template"]
    assert later["metadata"]["annotations"] != pod["metadata"]["annotations"]

    roles.change("gpu_device_plugin", {"strategy": "mig", "mig_strategy": "mixed", "profile": "1g.10gb"})
    assert roles.sharing()["flags"]["migStrategy"] == "mixed"
    assert roles.daemons("kube-system") == {"gpu-device-plugin"}

    done = roles.apply("gpu_device_plugin", {}, "remove")
    assert (done.rc, done.changed) == (0, 1), done.output
    assert roles.daemons("kube-system") == set()
    assert roles.client.find("/apis/node.k8s.io/v1/runtimeclasses/nvidia") is None


def test_the_operator_is_told_of_substrate_and_sharing_and_the_api_server_takes_all_of_it(roles: Roles) -> None:
    roles.change("gpu_operator", {"strategy": "timeslice", "replicas": 4})
    policy = roles.client.get("/apis/nvidia.com/v1/clusterpolicies/cluster-policy")["spec"]
    # The host of a rented machine has its driver, and containerd's configuration is the platform's own.
    assert policy["driver"]["enabled"] is False
    assert {"name": "CONTAINERD_CONFIG", "value": "/etc/containerd/nvidia-toolkit.toml"} in policy["toolkit"]["env"]
    assert policy["dcgmExporter"]["enabled"] is False
    told = policy["devicePlugin"]["config"]
    shared = roles.client.get(f"/api/v1/namespaces/gpu-operator/configmaps/{told['name']}")["data"][told["default"]]
    parts = yaml.safe_load(shared)["sharing"]["timeSlicing"]
    assert parts["resources"] == [{"name": "nvidia.com/gpu", "replicas": 4}]
    assert parts["failRequestsGreaterThanOne"] is True
    operator = roles.client.get("/apis/apps/v1/namespaces/gpu-operator/deployments/gpu-operator")["spec"]["template"]
    assert operator["spec"]["containers"][0]["image"] == "nvcr.io/nvidia/gpu-operator:v24.3.0"
    assert any("node-feature-discovery" in name for name in roles.daemons("gpu-operator"))
    with pytest.raises(ApiError, match="mig"):
        roles.client.merge(
            "/apis/nvidia.com/v1/clusterpolicies/cluster-policy", {"spec": {"mig": {"strategy": "four"}}}
        )

    slices = {"strategy": "mig", "profile": "1g.10gb"}
    roles.change("gpu_operator", slices, again=True, substrate="hetzner", kubernetes="k3s", gpu_metrics=True)
    policy = roles.client.get("/apis/nvidia.com/v1/clusterpolicies/cluster-policy")["spec"]
    assert (policy["driver"]["enabled"], policy["driver"]["version"]) == (True, "580.126.20")
    assert policy["mig"]["strategy"] == "single"
    # The definition takes no slices as the default of all nodes, so nodes with cards are labelled.
    rule = roles.client.get("/apis/nfd.k8s-sigs.io/v1alpha1/nodefeaturerules/gpu-slices")["spec"]["rules"][0]
    assert rule["labels"] == {"nvidia.com/mig.config": "all-1g.10gb"}
    assert policy["dcgmExporter"]["enabled"] is True
    assert any(entry["value"].startswith("/run/k3s/") for entry in policy["toolkit"]["env"])
    assert policy["devicePlugin"].get("config", {}).get("name", "") == ""

    # Another stack takes its place.
    done = roles.apply("gpu_operator", {}, "remove")
    assert (done.rc, done.changed) == (0, 1), done.output
    assert roles.client.find("/apis/nvidia.com/v1/clusterpolicies/cluster-policy") is None
    assert roles.daemons("gpu-operator") == set()
