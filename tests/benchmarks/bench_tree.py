# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long it takes to see that nothing changed, with the tree of all layers of a running platform, side by side with others.

usage: tests/benchmarks/bench_tree.py [--rounds N]
The platform of inventories/local must be up and not handed over. Nothing in it changes. Prints a table and writes tests/benchmarks/results/tree.json.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import typing as t

import yaml
from bench_manifests import BIN, ROOT, Object, Row, report

sys.path.insert(0, str(ROOT / "tests" / "platform"))
# At the end: folders of tests carry names of the standard library.
sys.path.append(str(ROOT / "tests"))

from running import Platform

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, run
from ansible_collections.inference.platform.plugins.modules.manifests import read_source

AUDIT = "/var/log/kubernetes/audit.log"
ADMINISTRATOR = "kubernetes-admin"


class Bench:
    """One running platform and its tree."""

    def __init__(self, platform: Platform, folder: pathlib.Path) -> None:
        self._platform = platform
        self._folder = folder
        self._kubeconfig = str(platform.state / "kubeconfig")
        self._components = sorted(path for path in platform.tree.glob("[0-9]*-*") if path.is_dir())
        self.objects = sum(len(list(path.glob("*.yaml"))) for path in self._components)
        self._kubectl = str(max((pathlib.Path.home() / ".cache/inference-platform/files").glob("kubectl-*")))
        self.rows: dict[str, Row] = {}

    def time(self, way: str, job: t.Callable[[], None]) -> None:
        row = self.rows.setdefault(way, Row(f"no change, tree of {self.objects} objects", way))
        before = self._writes()
        started = time.perf_counter()
        job()
        row.seconds.append(time.perf_counter() - started)
        row.writes = self._writes() - before

    def ours(self) -> None:
        """What every component does on the controller, one after the other."""
        for path in self._components:
            objects = read_source(str(path))
            name = path.name.partition("-")[2]
            wish = Wish(objects=objects, component=name, namespace=destination(objects), prune=True)
            run(config.load(self._kubeconfig), wish, print)

    def playbook(self) -> None:
        self._platform.must("platform")

    def kubectl(self) -> None:
        command = [self._kubectl, f"--kubeconfig={self._kubeconfig}", f"--cache-dir={self._folder}/discovery", "apply"]
        command += ["--server-side", "--field-manager=argocd-controller", "--force-conflicts", "-R", "-f"]
        subprocess.run([*command, str(self._platform.tree)], check=True, capture_output=True)

    def k8s_loop(self) -> None:
        files = sorted(str(file) for path in self._components for file in path.glob("*.yaml"))
        apply = {"field_manager": "argocd-controller", "force_conflicts": True}
        task = {
            "kubernetes.core.k8s": {"src": "{{ item }}", "apply": True, "server_side_apply": apply},
            "loop": files,
        }
        play = self._folder / "loop.yml"
        play.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
        command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
        command += ["-e", f"ansible_python_interpreter={sys.executable}", str(play)]
        environment = {**os.environ, "K8S_AUTH_KUBECONFIG": self._kubeconfig}
        subprocess.run(command, env=environment, cwd=self._folder, check=True, capture_output=True)

    def _writes(self) -> int:
        """Requests of the administrator so far that could write."""
        time.sleep(0.5)
        counts: collections.Counter[str] = collections.Counter()
        for line in self._audit().splitlines():
            entry = json.loads(line)
            review = entry["objectRef"].get("resource", "").endswith("reviews") if "objectRef" in entry else True
            if entry["user"]["username"] == ADMINISTRATOR and not review and "dryRun=" not in entry["requestURI"]:
                counts[entry["verb"]] += 1
        return sum(count for verb, count in counts.items() if verb not in ("get", "list", "watch"))

    def _audit(self) -> str:
        state = self._platform.state
        address = config.load(self._kubeconfig).host
        command = ["ssh", "-i", str(state / "ssh/id_ed25519"), "-o", f"UserKnownHostsFile={state}/ssh/known_hosts"]
        done = subprocess.run([*command, f"root@{address}", "cat", AUDIT], check=True, capture_output=True, text=True)
        return done.stdout


def destination(objects: list[Object]) -> str:
    """The component's namespace, which the tracking id of its cluster-wide objects names."""
    for item in objects:
        tracked = (item["metadata"].get("annotations") or {}).get("argocd.argoproj.io/tracking-id")
        if tracked and "namespace" not in item["metadata"]:
            return str(tracked).rpartition(":")[2].partition("/")[0]
    return "default"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-tree-") as temporary:
        bench = Bench(Platform("inventories/local"), pathlib.Path(temporary))
        for _ in range(arguments.rounds):
            bench.time("ours", bench.ours)
            bench.time("kubectl apply --server-side", bench.kubectl)
        bench.time("playbook platform.yml, all", bench.playbook)
        bench.time("kubernetes.core.k8s, loop", bench.k8s_loop)
    report(bench.rows.values(), "tree")


if __name__ == "__main__":
    main()
