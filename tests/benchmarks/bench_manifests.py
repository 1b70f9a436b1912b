# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long applying 100 objects takes, side by side with kubectl and kubernetes.core.k8s, on a control plane of its own.

usage: tests/benchmarks/bench_manifests.py [--rounds N] [--only empty|definitions|no_change|many]
Prints a table and writes tests/benchmarks/results/manifests.json. Needs what the integration tests need, and Kueue's CRDs
from the Go module cache (go mod download, when they are not there).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from kube_fixture.server import ControlPlane

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.run import Wish, run
from ansible_collections.inference.platform.plugins.modules.manifests import read_source

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests" / "benchmarks" / "results"
KUEUE = "sigs.k8s.io/kueue@v0.18.2"
BIN = pathlib.Path(sys.executable).parent

Object = dict[str, t.Any]


@dataclasses.dataclass
class Row:
    """Seconds of one way in every round; ``writes`` are requests of the last round that could write."""

    what: str
    way: str
    seconds: list[float] = dataclasses.field(default_factory=list)
    writes: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def small_objects(namespace: str, count: int = 100) -> list[Object]:
    """Objects as a layer of the platform has them, no pods started; 100 without ``count``, above that more ConfigMaps."""

    def item(api_version: str, kind: str, name: str, **body: t.Any) -> Object:
        return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **body}

    def deployment(name: str) -> Object:
        labels = {"app.kubernetes.io/name": name}
        container = {
            "name": "main",
            "image": "example/x:1",
            "env": [{"name": f"SETTING_{number}", "value": str(number)} for number in range(8)],
            "ports": [{"containerPort": 8000, "name": "http", "protocol": "TCP"}],
            "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "3Gi"}},
        }
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        return item(
            "apps/v1",
            "Deployment",
            name,
            spec={"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        )

    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}]
    objects += [
        item("v1", "ConfigMap", f"config-{n}", data={"file": "setting: value\n" * 20}) for n in range(count - 66)
    ]
    objects += [deployment(f"web-{n}") for n in range(20)]
    port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}
    objects += [
        item("v1", "Service", f"web-{n}", spec={"ports": [port], "selector": {"app": f"web-{n}"}}) for n in range(20)
    ]
    objects += [item("v1", "ServiceAccount", f"account-{n}") for n in range(15)]
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    objects += [item("rbac.authorization.k8s.io/v1", "Role", f"role-{n}", rules=[rule]) for n in range(10)]
    return objects


def big_definitions() -> list[Object]:
    """Kueue's CRDs."""
    answer = subprocess.run(
        ["go", "mod", "download", "-json", KUEUE], cwd=tempfile.gettempdir(), capture_output=True, text=True, check=True
    )
    folder = pathlib.Path(json.loads(answer.stdout)["Dir"], "config", "components", "crd", "bases")
    return read_source(str(folder))


def write_files(folder: pathlib.Path, objects: list[Object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, item in enumerate(objects):
        # A leading zero keeps the namespace first for tools that go by file names.
        (folder / f"{number:03d}-{item['kind'].lower()}.yaml").write_text(yaml.safe_dump(item), encoding="utf-8")


class Bench:
    """Runs every way against one control plane; each round of "empty" uses a namespace of its own."""

    def __init__(self, plane: ControlPlane, folder: pathlib.Path) -> None:
        self.plane = plane
        self.folder = folder
        self.rows: dict[tuple[str, str], Row] = {}
        self._number = 0

    def time(self, what: str, way: str, job: t.Callable[[], t.Any], overhead: float = 0.0) -> None:
        row = self.rows.setdefault((what, way), Row(what, way))
        before = self.audited_writes()
        started = time.perf_counter()
        job()
        row.seconds.append(time.perf_counter() - started - overhead)
        row.writes = self.audited_writes() - before

    def audited_writes(self) -> int:
        time.sleep(0.1)
        count = 0
        for line in self.plane.audit_log.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            mine = str(entry.get("userAgent", "")).split("/")[0] not in ("kube-apiserver", "kube-controller-manager")
            count += mine and entry["verb"] not in ("get", "list", "watch") and "dryRun=" not in entry["requestURI"]
        return count

    def new_namespace(self) -> str:
        self._number += 1
        return f"bench-{self._number}"

    def ours(self, folder: pathlib.Path, namespace: str) -> None:
        """Everything a component does on the controller: read files, connect, discover, compare, apply, keep the inventory."""
        wish = Wish(objects=read_source(str(folder)), component=f"app-{namespace}", namespace=namespace, prune=True)
        run(config.load(self.plane.kubeconfig), wish, print)

    def kubectl(self, folder: pathlib.Path) -> None:
        command = [self.plane.kubectl, f"--kubeconfig={self.plane.kubeconfig}", f"--cache-dir={self.folder}/discovery"]
        command += ["apply", "--server-side", "--force-conflicts", "-R", "-f", str(folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def remove_definitions(self, objects: list[Object]) -> None:
        also = frozenset({"CustomResourceDefinition"})
        run(config.load(self.plane.kubeconfig), Wish(objects=objects, absent=True, wait=120, prune_also=also), print)

    def playbook(self, name: str, tasks: list[Object]) -> None:
        play = self.folder / f"{name}.yml"
        play.write_text(
            yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
        )
        environment = {**os.environ, "K8S_AUTH_KUBECONFIG": self.plane.kubeconfig}
        command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
        command += ["-e", f"ansible_python_interpreter={sys.executable}", str(play)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)

    def playbook_overhead(self) -> float:
        """What ansible-playbook takes for a play that does nothing."""
        started = time.perf_counter()
        self.playbook("nothing", [{"ansible.builtin.meta": "noop"}])
        return time.perf_counter() - started


def bench_empty(bench: Bench, rounds: int) -> None:
    for number in range(rounds + 1):
        for way in ("kubectl", "ours"):
            namespace = bench.new_namespace()
            folder = bench.folder / namespace
            write_files(folder, small_objects(namespace))
            job = (
                (lambda folder=folder: bench.kubectl(folder))
                if way == "kubectl"
                else (lambda folder=folder, namespace=namespace: bench.ours(folder, namespace))
            )
            if number == 0:
                job()  # kubectl's discovery cache and everybody's first connection
                continue
            bench.time("apply 100 objects to an empty cluster", way, job)


def bench_many(bench: Bench, rounds: int) -> None:
    """1,000 and 5,000 objects: fewer rounds, they take long."""
    for count in (1000, 5000):
        for _ in range(max(1, rounds * 1000 // count // 2)):
            for way in ("kubectl", "ours"):
                namespace = bench.new_namespace()
                folder = bench.folder / namespace
                write_files(folder, small_objects(namespace, count))
                job = (
                    (lambda folder=folder: bench.kubectl(folder))
                    if way == "kubectl"
                    else (lambda folder=folder, namespace=namespace: bench.ours(folder, namespace))
                )
                bench.time(f"apply {count} objects to an empty cluster", way, job)
                if way == "ours":
                    bench.time(f"no change, {count} objects", way, job)


def bench_definitions(bench: Bench, rounds: int) -> None:
    definitions = big_definitions()
    for _ in range(rounds):
        for way in ("kubectl", "ours"):
            namespace = bench.new_namespace()
            folder = bench.folder / namespace
            write_files(folder, [*definitions, *small_objects(namespace)])
            job = (
                (lambda folder=folder: bench.kubectl(folder))
                if way == "kubectl"
                else (lambda folder=folder, namespace=namespace: bench.ours(folder, namespace))
            )
            bench.time(f"apply 100 objects and {len(definitions)} big CRDs", way, job)
            bench.remove_definitions(definitions)


def bench_no_change(bench: Bench, rounds: int) -> None:
    what = "no change, 100 objects"
    namespace = bench.new_namespace()
    folder = bench.folder / namespace
    write_files(folder, small_objects(namespace))
    bench.ours(folder, namespace)
    for _ in range(rounds):
        bench.time(what, "ours", lambda: bench.ours(folder, namespace))
    for _ in range(max(1, rounds // 2)):
        overhead = bench.playbook_overhead()
        task = {
            "inference.platform.manifests": {
                "src": str(folder),
                "component": f"app-{namespace}",
                "namespace": namespace,
                "prune": True,
                "kubeconfig": bench.plane.kubeconfig,
            }
        }
        bench.time(what, "module manifests, task", lambda task=task: bench.playbook("ours", [task]), overhead)
        files = sorted(map(str, folder.iterdir()))
        loop = {"kubernetes.core.k8s": {"src": "{{ item }}"}, "loop": files}
        bench.time(what, "kubernetes.core.k8s, list", lambda: bench.playbook("list", [k8s_list(folder)]), overhead)
        bench.time(what, "kubernetes.core.k8s, loop", lambda loop=loop: bench.playbook("loop", [loop]), overhead)


PARTS: dict[str, t.Callable[[Bench, int], None]] = {
    "empty": bench_empty,
    "definitions": bench_definitions,
    "no_change": bench_no_change,
    "many": bench_many,
}


def k8s_list(folder: pathlib.Path) -> Object:
    return {"kubernetes.core.k8s": {"definition": read_source(str(folder))}}


def table(rows: t.Iterable[Row]) -> str:
    lines = [f"{'what':<44} {'way':<28} {'median s':>9} {'best s':>8} {'x ours':>7} {'writes':>7}"]
    ours = {row.what: row.median for row in rows if row.way == "ours"}
    for row in rows:
        times = row.median / ours[row.what]
        lines.append(
            f"{row.what:<44} {row.way:<28} {row.median:>9.3f} {min(row.seconds):>8.3f} {times:>7.1f} {row.writes:>7}"
        )
    return "\n".join(lines)


def report(rows: t.Collection[Row], name: str) -> None:
    """Prints the table and writes results/<name>.json."""
    print(table(rows))
    RESULTS.mkdir(parents=True, exist_ok=True)
    result = [{**dataclasses.asdict(row), "median": row.median} for row in rows]
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=sorted(PARTS), help="run one part; the others keep no results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-manifests-") as temporary:
        folder = pathlib.Path(temporary)
        plane = ControlPlane(folder)
        try:
            plane.start()
            bench = Bench(plane, folder)
            for name, part in PARTS.items():
                if arguments.only in (None, name):
                    part(bench, arguments.rounds)
        finally:
            plane.stop()
    report(bench.rows.values(), "manifests")


if __name__ == "__main__":
    main()
