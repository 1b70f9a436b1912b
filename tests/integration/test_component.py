# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The action component and the modules through ansible-playbook, against a real API server."""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from kube_fixture.argocd import APPLICATIONS, NAMESPACE, definition
from kube_fixture.fixtures import Kube
from kube_fixture.playbooks import environment, keeping
from litellm_fixture import modules

Object = dict[str, t.Any]

TEMPLATE = """{% for number in range(count) %}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: config-{{ number }}
data:
  greeting: {{ greeting | to_json }}
{% endfor %}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example/x:1"}]}
"""


class Playbook:
    """Runs tasks on localhost and returns what the last one registered."""

    def __init__(self, kube: Kube, folder: pathlib.Path) -> None:
        self.kube = kube
        self.folder = folder
        self.tree = folder / "tree"
        self.templates = folder / "templates"
        self.templates.mkdir()
        self.output = ""

    def template(self, text: str, name: str = "all.yaml.j2") -> None:
        (self.templates / name).write_text(text, encoding="utf-8")

    def run(
        self, module: str, options: Object, *flags: str, variables: Object | None = None, ok: bool = True
    ) -> Object:
        result_file = self.folder / "result.json"
        result_file.unlink(missing_ok=True)
        task = {f"inference.platform.{module}": options, "register": "result", "ignore_errors": not ok}
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"greeting": "hello {{ who }}", "who": "world", "count": 2, "replicas": 0, **(variables or {})},
            "module_defaults": {
                "group/inference.platform.cluster": {"kubeconfig": self.kube.plane.kubeconfig},
                "inference.platform.component": {"tree": str(self.tree)},
            },
            "tasks": [task, keeping("result", result_file)],
        }
        path = self.folder / "play.yml"
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
        command += ["-e", f"ansible_python_interpreter={sys.executable}", str(path), *flags]
        strict = environment(_ANSIBLE_TEMPLAR_UNTRUSTED_TEMPLATE_BEHAVIOR="error")
        done = subprocess.run(command, env=strict, capture_output=True, text=True, check=False, cwd=self.folder)
        self.output = done.stdout + done.stderr
        assert result_file.exists(), self.output
        return t.cast(Object, json.loads(result_file.read_text(encoding="utf-8")))

    def component(
        self,
        *flags: str,
        variables: Object | None = None,
        extra: Object | None = None,
        ok: bool = True,
        **options: t.Any,
    ) -> Object:
        options |= {"variables": extra} if extra else {}
        wanted = {"name": self.kube.component, "namespace": self.kube.namespace, "wave": 30}
        wanted |= {} if "manifest" in options or "chart" in options else {"templates": [str(self.templates)]}
        return self.run("component", wanted | options, *flags, variables=variables, ok=ok)

    def files(self) -> list[str]:
        folder = self.tree / f"30-{self.kube.component}"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def secret(self, *, check: bool = False, ok: bool = True, **options: t.Any) -> Object:
        """The module in this process."""
        wanted = {"namespace": self.kube.namespace, "name": "s", "kubeconfig": self.kube.plane.kubeconfig, **options}
        result = modules.run("generated_secret", wanted, check=check)
        assert not ok or not result.get("failed"), result
        return result


@pytest.fixture
def play(kube: Kube, tmp_path: pathlib.Path) -> Playbook:
    return Playbook(kube, tmp_path)


def actions(result: Object) -> dict[str, str]:
    return {entry["name"]: entry["action"] for entry in result["objects"]}


def test_renders_writes_the_tree_applies_and_is_then_unchanged(play: Playbook) -> None:
    play.template(TEMPLATE)
    first = play.component()
    assert actions(first) == {"config-0": "created", "config-1": "created", "web": "created"}
    namespace = play.kube.namespace
    names = [f"configmap-{namespace}-config-{number}.yaml" for number in (0, 1)]
    assert play.files() == [*names, f"deployment-{namespace}-web.yaml"]
    assert play.kube.get("configmaps/config-0")["data"] == {"greeting": "hello world"}
    before = len(play.kube.plane.writes())
    second = play.component()
    assert second["changed"] is False
    assert second["files"]["written"] == []
    assert len(play.kube.plane.writes()) == before


def test_the_tree_holds_exactly_what_is_applied(play: Playbook) -> None:
    play.template(TEMPLATE)
    play.component()
    folder = play.tree / f"30-{play.kube.component}"
    item = yaml.safe_load((folder / play.files()[-1]).read_text(encoding="utf-8"))
    tracking = item["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"]
    assert tracking == f"{play.kube.component}:apps/Deployment:{play.kube.namespace}/web"
    options = {"src": str(folder), "component": play.kube.component, "namespace": play.kube.namespace, "prune": True}
    result = play.run("manifests", options)
    assert result["changed"] is False


def test_variables_of_the_task_win(play: Playbook) -> None:
    play.template(TEMPLATE)
    play.component(extra={"greeting": "{{ who }} first"})
    assert play.kube.get("configmaps/config-0")["data"] == {"greeting": "world first"}


def test_fewer_objects_are_pruned_in_cluster_and_tree(play: Playbook) -> None:
    play.template(TEMPLATE)
    play.component()
    result = play.component(variables={"count": 1})
    assert actions(result) == {"config-0": "unchanged", "config-1": "pruned", "web": "unchanged"}
    assert len(play.files()) == 2
    assert play.kube.find("configmaps/config-1") is None


def test_check_mode_with_diff_tells_the_truth_and_writes_nothing(play: Playbook) -> None:
    play.template(TEMPLATE)
    result = play.component("--check")
    assert set(actions(result).values()) == {"created"}
    assert play.files() == []
    play.component()
    before = len(play.kube.plane.writes())
    predicted = play.component("--check", "--diff", variables={"who": "you", "count": 1})
    assert "+  greeting: hello you" in play.output
    assert len(play.kube.plane.writes()) == before
    assert actions(play.component(variables={"who": "you", "count": 1})) == actions(predicted)


def test_check_mode_without_a_cluster_renders_and_predicts_creation(play: Playbook) -> None:
    play.template(TEMPLATE)
    result = play.component("--check", kubeconfig=str(play.folder / "none"))
    assert set(actions(result).values()) == {"created"}


def test_absent_removes_objects_and_tree(play: Playbook) -> None:
    play.template(TEMPLATE)
    play.component()
    assert set(actions(play.component(state="absent")).values()) == {"pruned"}
    assert play.files() == []
    assert play.component(state="absent")["changed"] is False


def test_absent_finds_the_objects_by_the_tree_when_the_inventory_was_lost(play: Playbook) -> None:
    play.template(TEMPLATE)
    play.component()
    path = f"/api/v1/namespaces/default/configmaps/inference-platform-inventory-{play.kube.component}"
    uid = play.kube.client.get(path)["metadata"]["uid"]
    play.kube.client.delete(path, uid=uid, propagation="Background")
    assert actions(play.component(state="absent"))["web"] == "pruned"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("a: {{ missing }}", "all.yaml.j2 does not render: 'missing' is undefined"),
        ("a: [", "all.yaml.j2, line 2, column 1: not valid YAML"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}", "metadata.name must be a text"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: Yg==}", "goes to Git"),
        (
            "{% for n in [1, 2] %}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n{% endfor %}",
            "given twice",
        ),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1}", "ConfigMap"),
        ("apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: a}", "knows no kind Nothing"),
    ],
    ids=["undefined", "not yaml", "no name", "secret", "twice", "refused by the server", "unknown kind"],
)
def test_bad_templates_fail_with_the_reason(play: Playbook, template: str, words: str) -> None:
    play.template(template)
    result = play.component(ok=False)
    assert result["failed"] is True
    assert words in result["msg"]
    assert play.kube.component in result["msg"]


def test_a_folder_without_templates_is_an_error(play: Playbook) -> None:
    assert "no *.yaml.j2 below" in play.component(ok=False)["msg"]


def test_templates_may_include_others_of_their_folder(play: Playbook) -> None:
    play.template("greeting: {{ who }}", "part.txt")
    play.template("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  {%+ include 'part.txt' %}\n")
    play.component()
    assert play.kube.get("configmaps/a")["data"] == {"greeting": "world"}


def test_a_pinned_manifest_is_applied_and_another_file_refused(play: Playbook) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{{ not a template }}'}\n"
    path = play.folder / "upstream.yaml"
    path.write_text(text, encoding="utf-8")
    good = hashlib.sha256(text.encode()).hexdigest()
    assert actions(play.component(manifest=[{"path": str(path), "checksum": good}])) == {"a": "created"}
    result = play.component(ok=False, manifest=[{"path": str(path), "checksum": "0" * 64}])
    assert "not the pinned file" in result["msg"]


def test_the_failure_is_there_for_programs(play: Playbook) -> None:
    play.template("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}")
    failure = play.component(ok=False)["failure"]["objects"][0]
    assert failure["status"] == 422
    assert failure["object"] == f"Pod {play.kube.namespace}/a"
    assert failure["cure"]


SPEC = {
    "PASSWORD": {"length": 24},
    "KEY": {"prefix": "sk-", "length": 10, "charset": "hex"},
    "URL": {"template": "postgresql://me:{PASSWORD}@db/x"},
}


def values(kube: Kube, name: str = "s") -> dict[str, str]:
    data = kube.get(f"secrets/{name}")["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def test_the_whole_tree_is_waited_for_afterwards(play: Playbook) -> None:
    play.template(TEMPLATE)
    play.component(variables={"replicas": 1}, wait={"timeout": 0})
    result = play.run("tree_ready", {"tree": str(play.tree), "timeout": 1}, ok=False)
    assert result["failed"]
    assert f"Deployment {play.kube.namespace}/web: 0/1 ready" in result["msg"]
    play.component(variables={"replicas": 0})
    result = play.run("tree_ready", {"tree": str(play.tree), "timeout": 30})
    assert (result["changed"], result["objects"]) == (False, 3)


def test_a_secret_is_generated_once_and_never_shown(play: Playbook) -> None:
    options = {"namespace": play.kube.namespace, "name": "s", "spec": SPEC}
    first = play.run("generated_secret", options, "-vvv", "--diff")
    assert (first["changed"], first["added"]) == (True, ["KEY", "PASSWORD", "URL"])
    made = values(play.kube)
    assert made["URL"] == f"postgresql://me:{made['PASSWORD']}@db/x"
    assert not any(value in play.output for value in made.values())
    second = play.run("generated_secret", options)
    assert second["changed"] is False
    assert values(play.kube) == made


def test_missing_keys_are_added_and_others_left_alone(play: Playbook) -> None:
    play.secret(spec={"PASSWORD": {"length": 24}})
    made = values(play.kube)
    result = play.secret(spec=SPEC, labels={"team": "a"})
    assert result["added"] == ["KEY", "URL"]
    assert values(play.kube)["PASSWORD"] == made["PASSWORD"]
    assert play.kube.get("secrets/s")["metadata"]["labels"]["team"] == "a"


def test_a_secret_follows_the_values_that_are_given_and_shows_none(play: Playbook) -> None:
    options = {"namespace": play.kube.namespace, "name": "s", "given": {"far": "key-one", "lan": "key-two"}}
    first = play.run("generated_secret", options, "-vvv", "--diff")
    assert (first["changed"], first["added"], first["removed"]) == (True, ["far", "lan"], [])
    assert not any(value in play.output for value in options["given"].values())
    assert not play.secret(given=options["given"])["changed"]
    planned = play.secret(check=True, given={"far": "key-three"})
    result = play.secret(given={"far": "key-three"})
    assert (result["added"], result["removed"]) == (["far"], ["lan"]) == (planned["added"], planned["removed"])
    assert values(play.kube) == {"far": "key-three"}
    assert "either generated or given" in play.secret(ok=False, spec={"a": {}}, given={"a": "b"})["msg"]
    assert "given.a must be a text" in play.secret(ok=False, given={"a": ""})["msg"]


def test_check_mode_makes_no_secret(play: Playbook) -> None:
    result = play.secret(check=True, spec=SPEC)
    assert (result["changed"], result["added"]) == (True, ["KEY", "PASSWORD", "URL"])
    assert play.kube.find("secrets/s") is None


def test_revealed_and_copied_values(play: Playbook) -> None:
    play.secret(spec=SPEC)
    copy = {"copy_from": {"namespace": play.kube.namespace, "name": "s", "key": "KEY"}}
    play.secret(name="other", spec={"api-key": copy})
    made = values(play.kube)
    assert values(play.kube, "other") == {"api-key": made["KEY"]}
    assert play.secret(reveal=["KEY"])["values"] == {"KEY": made["KEY"]}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"a": {"lenght": 3}}, "spec.a: unknown option 'lenght'"),
        ({"a": {"charset": "emoji"}}, "spec.a.charset must be one of"),
        ({"a": {"length": "3"}}, "spec.a.length must be of type int"),
        ({"a": {"template": "{b}"}}, "refers to {b}"),
        ({"a": {"copy_from": {"namespace": "x", "name": "y", "key": "z"}}}, "Secret x/y: it does not exist"),
    ],
)
def test_bad_specs_are_refused(play: Playbook, spec: Object, words: str) -> None:
    assert words in play.secret(ok=False, spec=spec)["msg"]


def test_a_value_is_made_anew_when_it_is_asked_for(play: Playbook) -> None:
    play.secret(spec=SPEC)
    before = values(play.kube)
    assert play.secret(check=True, spec=SPEC, regenerate=["KEY"])["added"] == ["KEY"]
    assert values(play.kube) == before
    play.secret(spec=SPEC, regenerate=["KEY"])
    after = values(play.kube)
    assert {name for name, value in after.items() if before[name] != value} == {"KEY"}


def test_a_secret_can_be_removed(play: Playbook) -> None:
    play.secret(spec=SPEC)
    assert play.secret(state="absent")["changed"] is True
    assert play.kube.find("secrets/s") is None
    assert play.secret(state="absent")["changed"] is False


def test_after_the_handover_what_cannot_change_is_refused_before_its_file_is_written(play: Playbook) -> None:
    play.template(TEMPLATE.replace("{app: web}", "{app: {{ app }}}"))
    play.component(variables={"app": "web"})
    root = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "root", "namespace": "argocd"},
    }
    play.kube.apply(NAMESPACE, definition("Application"), root, component="", prune=False)
    made = play.kube.client.get(f"{APPLICATIONS}/root")
    try:
        file = play.tree / f"30-{play.kube.component}" / f"deployment-{play.kube.namespace}-web.yaml"
        before = file.read_text()
        refused = play.component(variables={"app": "other", "who": "all"}, ok=False)
        assert "spec.selector" in refused["msg"]
        assert "platform_force_replace" in refused["msg"]
        assert file.read_text() == before
        asked = play.component(variables={"app": "other"}, force_replace=True)
        assert actions(asked) == {"web": "replaced"}
        assert "app: other" in file.read_text()
    finally:
        play.kube.client.delete(f"{APPLICATIONS}/root", uid=made["metadata"]["uid"], propagation="Background")
