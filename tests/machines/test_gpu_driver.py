# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The role gpu_driver on a booted machine: real apt, systemd, restarts, containerd, runc and NVIDIA's real container toolkit.

The card, its kernel modules and the packages of its driver are made up (gpu_fixture): no test machine has one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import pathlib
import subprocess
import threading
import typing as t

import pytest
import yaml
from gateway_fixture import programs
from gpu_fixture.repository import HERE, Repository, plug_in

from .machine_site.rented import Rented
from .machine_site.site import ANSIBLE

ROLES = """
    - ansible.builtin.include_role: {name: inference.platform.gpu_driver}
    - ansible.builtin.include_role: {name: inference.platform.node_base}
      when: not ansible_check_mode
"""
OLD, NEW = "580.126.20", "580.159.04"
TOOLKIT = ("nvidia-ctk", "nvidia-container-runtime", "nvidia-cdi-hook")
BOOT = "cat /proc/sys/kernel/random/boot_id"
# A container of the machine's own files, so that no image is needed.
RUN = (
    "mkdir -p /run/layer/up /run/layer/work /run/layer/root && "
    "mount -t overlay overlay -o lowerdir=/,upperdir=/run/layer/up,workdir=/run/layer/work /run/layer/root; "
    "ctr run --rm --runc-binary /usr/local/bin/nvidia-container-runtime --env NVIDIA_VISIBLE_DEVICES={cards} "
    "--rootfs /run/layer/root test{cards} /bin/ls /dev"
)


@pytest.fixture(scope="module")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """The programs of the toolkit, built by their role where they are missing; it also brings the C compiler."""
    folder = tmp_path_factory.mktemp("toolkit")
    write = {"content": "{{ artifacts | to_json }}", "dest": str(folder / "artifacts.json")}
    tasks = [
        {"ansible.builtin.include_role": {"name": "inference.platform.artifacts"}},
        {"ansible.builtin.copy": write},
    ]
    (folder / "play.json").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    wanted = {
        "platform": {"gpu_stack": "host", "artifacts": {"source": "packages"}, "cache_dir": str(programs.cache())},
        "artifacts_names": TOOLKIT,
        "artifacts_groups": ["gpu_host"],
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    argv = [str(ANSIBLE), "-i", "localhost,", "-c", "local", str(folder / "play.json"), "-e", json.dumps(wanted)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return t.cast("dict[str, t.Any]", json.loads((folder / "artifacts.json").read_text())["files"])


@pytest.fixture(scope="module")
def host(toolkit: dict[str, t.Any], tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Rented]:
    made = Rented(tmp_path_factory.mktemp("driver"), 96, ROLES)
    try:
        made.start()
        repository = Repository(made.folder / "nvidia", made.ssh("uname -r").strip())
        repository.folder.mkdir()
        repository.make(OLD, NEW)
        copy(made, made.folder / "nvidia", "/srv/nvidia")
        copy(made, HERE / "card.sh", "/root/card.sh")
        # The machine has no way out, so it knows no other repository.
        made.ssh("mkdir -p /etc/apt/sources.list.d; : > /etc/apt/sources.list; rm -f /etc/apt/sources.list.d/*")
        with power(made):
            yield made
    finally:
        made.stop()


@contextlib.contextmanager
def power(host: Rented) -> t.Iterator[None]:
    """Switch the machine on again whenever it went off: a machine of the role does not come back from a restart by itself."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            try:
                host.site.supervisor("m1")
            except KeyError:
                host.site.must("started")

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def copy(host: Rented, source: pathlib.Path, target: str) -> None:
    """Send a file or folder to the machine."""
    argv = ["tar", "-C", str(source.parent), "-c", source.name]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as packed:
        unpack = f"mkdir -p {pathlib.Path(target).parent} && tar -C {pathlib.Path(target).parent} -x"
        subprocess.run([*host.site.ssh_argv("m1"), unpack], stdin=packed.stdout, check=True)
    assert packed.returncode == 0


@pytest.fixture(scope="module")
def given(host: Rented, toolkit: dict[str, t.Any]) -> dict[str, t.Any]:
    """Variables of a run."""
    keyring = host.folder / "nvidia/cuda-keyring_1.1-1.deb"
    source = {
        "url": "file:///srv/nvidia/cuda-keyring_1.1-1.deb",
        "sha256": hashlib.sha256(keyring.read_bytes()).hexdigest(),
    }
    unused = {name: {"path": "", "sha256": ""} for name in ("kubelet", "kubeadm", "kubectl")}
    return {
        "artifacts": {"files": {**toolkit, **unused}, "images": {}},
        "gpu_driver_repositories": {"debian12": source},
        "platform": {
            "name": "demo",
            "gpu_stack": "host",
            "artifacts": {"source": "upstream", "mirror": ""},
            "images": {"pause": "registry.k8s.io/pause:3.10"},
        },
        "node_base_images": [],
        "node_base_binaries": [],
    }


def devices(host: Rented) -> dict[str, list[str]]:
    """Names of the cards for containers, and the device files of each."""
    described = yaml.safe_load(host.ssh("cat /run/cdi/nvidia.yaml"))
    assert described["kind"] == "nvidia.com/gpu"
    return {
        device["name"]: [node["path"] for node in device["containerEdits"]["deviceNodes"]]
        for device in described["devices"]
    }


def test_a_host_without_a_card_is_told_and_left_alone(host: Rented, given: dict[str, t.Any]) -> None:
    rc, output = host.run(given, "--check")
    assert rc == 0, output
    assert "changed=0" in output
    assert "There is no NVIDIA card on the PCI bus" in " ".join(output.split())


def test_a_check_foretells_the_restart_and_writes_nothing(host: Rented, given: dict[str, t.Any]) -> None:
    host.ssh(plug_in())
    rc, output = host.run(given, "--check", "--diff")
    assert rc == 0, output
    said = " ".join(output.split())
    assert "1 x 10de:2330 (hopper): branch 580 with open kernel modules is installed" in said
    assert "nvidia-kernel-open-dkms" in said
    assert "fabric manager of the version of the driver" in said
    assert "changed=0" not in output
    assert host.ssh("ls -d /etc/modprobe.d/inference* /usr/local/bin/nvidia* /etc/nvidia* 2>/dev/null || true") == ""
    assert host.ssh("dpkg-query -W 'nvidia-*' 2>/dev/null || true") == ""
    rc, output = host.run({**given, "gpu_driver_restart": False})
    assert rc != 0
    assert "nouveau holds the cards, and gpu_driver_restart is false" in " ".join(output.split())


def test_a_driver_is_installed_loaded_by_a_restart_and_its_cards_reach_a_container(
    host: Rented, given: dict[str, t.Any]
) -> None:
    before = host.ssh(BOOT)
    assert host.must(given) > 0
    after = host.ssh(BOOT)
    assert after != before
    assert NEW in host.ssh("cat /proc/driver/nvidia/version")
    shown = host.ssh("dpkg-query --show --showformat='${Package}=${Version} ' 'nvidia-*' dkms 'linux-headers-*'")
    assert f"nvidia-fabricmanager-580={NEW}-1" in shown
    assert "nvidia-driver-pinning-580=1-1" in shown
    assert host.ssh("systemctl is-active nvidia-persistenced nvidia-fabricmanager").split() == ["active", "active"]
    found = devices(host)
    assert set(found) == {"0", "GPU-00000000-0000-0000-0000-000000000001", "all"}
    assert "/dev/nvidia0" in found["0"]

    handler = host.ssh("containerd config dump | grep -A20 'containerd.runtimes.nvidia.options'")
    assert 'BinaryName = "/usr/local/bin/nvidia-container-runtime"' in handler
    assert "cri" in host.ssh("ctr plugins ls | grep ' cri .* ok'")
    assert "nvidia0" in host.ssh(RUN.format(cards="0")).split()
    assert "nvidia0" not in host.ssh(RUN.format(cards="void")).split()

    assert host.must(given) == 0
    assert host.ssh(BOOT) == after


def test_a_host_whose_driver_was_updated_under_it_is_restarted_and_described_anew(
    host: Rented, given: dict[str, t.Any]
) -> None:
    host.ssh(f"dpkg --install /srv/nvidia/nvidia-driver-cuda_{OLD}-1.deb 2>/dev/null")
    before = host.ssh(BOOT)
    assert host.must(given) > 0
    assert host.ssh(BOOT) != before
    assert OLD in host.ssh("cat /proc/driver/nvidia/version")
    assert f"libcuda.so.{OLD}" in host.ssh("cat /run/cdi/nvidia.yaml")
    assert OLD in host.ssh("nv-fabricmanager --version")
