# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Images and host files are really built from package registries, and the cache survives what happens to caches."""

from __future__ import annotations

import copy
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tarfile
import threading
import time
import typing as t

import pytest
import small_catalogue

from ansible_collections.inference.platform.plugins.module_utils.artifacts import layer_tar
from ansible_collections.inference.platform.plugins.module_utils.artifacts.engine import Engine, Options, Outcome
from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import ArtifactError
from ansible_collections.inference.platform.plugins.module_utils.artifacts.oci import published

BUILD = """
import pathlib, sys
from ansible_collections.inference.platform.plugins.module_utils.artifacts.engine import Engine, Options
cache, catalogue, *names = sys.argv[1:]
options = Options(pathlib.Path(cache), pathlib.Path(catalogue), tuple(names))
Engine(options, lambda line: print(line, flush=True)).ensure()
"""


class Built(t.NamedTuple):
    """A cache, the catalogue that was built into it, and what the first run said."""

    cache: pathlib.Path
    catalogue: pathlib.Path
    outcome: Outcome
    lines: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Everything, built into an empty cache."""
    folder = tmp_path_factory.mktemp("artifacts")
    catalogue = small_catalogue.write(folder / "catalogue")
    lines: list[str] = []
    outcome = Engine(Options(folder / "cache", catalogue), lines.append).ensure()
    return Built(folder / "cache", catalogue, outcome, lines)


def _ensure(built: Built, catalogue: pathlib.Path | None = None, **options: t.Any) -> Outcome:
    return Engine(Options(built.cache, catalogue or built.catalogue, **options), lambda _: None).ensure()


def _digests(outcome: Outcome) -> dict[str, str]:
    files = {name: entry["sha256"] for name, entry in outcome.files.items()}
    return files | {name: entry["digest"] for name, entry in outcome.images.items()}


def _layers(cache: pathlib.Path, digest: str) -> list[pathlib.Path]:
    blobs = cache / "oci/blobs/sha256"
    manifest = json.loads((blobs / digest.removeprefix("sha256:")).read_text())
    return [blobs / layer["digest"].removeprefix("sha256:") for layer in manifest["layers"]]


def _unpack(root: pathlib.Path, layers: list[pathlib.Path]) -> None:
    """Unpacks each layer of an image into a folder of its own."""
    for number, layer in enumerate(layers):
        with layer.open("rb") as blob:
            layer_tar.unpack(blob, root / "layers" / str(number))
    (root / "at").mkdir()


def _mounted(root: pathlib.Path, command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in an unpacked image, its layers put on each other as a container runtime does."""
    lowers = ":".join(str(path) for path in sorted((root / "layers").iterdir(), reverse=True))
    script = f"mount -t overlay overlay -o lowerdir={lowers} {root}/at && exec chroot {root}/at sh -c '{command}'"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)


def test_everything_is_built_published_and_whole(built: Built) -> None:
    assert built.outcome.built == ["pause", "pause-file", "app", "root", "node-app"]
    assert published(built.cache / "oci") == {
        "example.org/pause:1": built.outcome.images["pause"]["digest"],
        "example.org/app:1": built.outcome.images["app"]["digest"],
        "example.org/node-app:1": built.outcome.images["node-app"]["digest"],
    }
    assert _ensure(built, verify=True).warnings == []
    assert any("pause (go): started" in line for line in built.lines)


def test_the_next_run_builds_and_writes_nothing(built: Built) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.cache.rglob("*") if path.name != "lock"}
    outcome = _ensure(built)
    assert outcome.built == []
    assert _digests(outcome) == _digests(built.outcome)
    assert {path: path.stat().st_mtime_ns for path in built.cache.rglob("*") if path.name != "lock"} == before


def test_what_was_built_works(built: Built, tmp_path: pathlib.Path) -> None:
    layers = _layers(built.cache, built.outcome.images["app"]["digest"])
    _unpack(tmp_path, layers)
    done = _mounted(tmp_path, 'cat /opt/greeting; /opt/app/bin/python -c "import idna; print(idna.__version__)"')
    assert (done.stdout, done.stderr) == ("hello\n3.10\n", "")
    gone = _mounted(tmp_path, "ls /etc/debian_version /usr/share/zoneinfo")
    assert gone.stderr.count("No such file") == 2
    pause = subprocess.Popen([built.outcome.files["pause-file"]["path"]])
    time.sleep(0.2)
    pause.send_signal(signal.SIGTERM)
    assert pause.wait(5) in (0, -signal.SIGTERM)


def test_byte_code_is_there_and_does_not_depend_on_times(built: Built) -> None:
    with tarfile.open(_layers(built.cache, built.outcome.images["app"]["digest"])[-1]) as tar:
        compiled = [member for member in tar if member.name.endswith(".pyc")]
        contents = [t.cast("t.IO[bytes]", tar.extractfile(member)).read(8) for member in compiled]
    assert len(contents) > 100
    # PEP 552: flags 1 is a hash-based file that is not checked against its source.
    assert {content[4:8] for content in contents} == {b"\x01\x00\x00\x00"}


def test_nothing_of_this_host_is_in_an_image(built: Built) -> None:
    names: set[str] = set()
    for image in built.outcome.images.values():
        for layer in _layers(built.cache, image["digest"]):
            with tarfile.open(layer) as tar:
                names |= set(tar.getnames())
    traces = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "usr/sbin/policy-rc.d", "run/build", "root/.npmrc")
    assert not names & set(traces)
    assert not [name for name in names if name.startswith(("var/lib/apt/lists/", "tmp/", "var/log/apt/", "dev/"))]


def test_the_bill_of_materials_lists_what_is_inside(built: Built) -> None:
    purls = {}
    for name in ("pause", "app", "node-app", "root"):
        document = json.loads((built.cache / f"sbom/{name}.json").read_text())
        purls[name] = {component["purl"].partition("@")[0] for component in document["components"]}
    assert purls["pause"] == {"pkg:golang/std"}
    assert {"pkg:pypi/idna", "pkg:deb/debian/python3", "pkg:deb/debian/libc6"} <= purls["app"]
    assert purls["node-app"] == {"pkg:npm/left-pad"}
    assert "pkg:deb/debian/libc6" in purls["root"]


def test_a_killed_build_leaves_nothing_and_the_next_run_makes_the_very_same(
    built: Built, tmp_path: pathlib.Path
) -> None:
    cache, names = tmp_path / "cache", ("app",)
    subprocess.run(["cp", "-al", str(built.cache), str(cache)], check=True)
    content = copy.deepcopy(small_catalogue.CONTENT)
    content["layers"]["python"]["serial"] = 2
    catalogue = small_catalogue.write(tmp_path / "catalogue", content)
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(cache), str(catalogue), *names], stdout=subprocess.PIPE, text=True
    )
    assert builder.stdout is not None
    for line in builder.stdout:
        if "layer python: started" in line:
            break
    time.sleep(3)
    builder.kill()
    builder.wait()
    _until(lambda: not _processes_in(cache))
    assert str(cache) not in pathlib.Path("/proc/mounts").read_text()

    outcome = Engine(Options(cache, catalogue, names), lambda _: None).ensure()
    assert set(outcome.seconds) >= {"layer:python", "artifact:app"}
    assert "layer:debian" not in outcome.seconds, "a finished layer was built again"
    assert _digests(outcome) == {"app": _digests(built.outcome)["app"]}
    assert list((cache / "build/tmp").iterdir()) == []


def test_damage_in_the_cache_is_said_and_made_good(built: Built) -> None:
    layer = _layers(built.cache, built.outcome.images["app"]["digest"])[-1]
    content = layer.read_bytes()
    layer.write_bytes(content[:-1] + b"x")
    outcome = _ensure(built)
    assert outcome.built == ["app"]
    assert any("is corrupt" in warning and layer.name in warning for warning in outcome.warnings)
    assert layer.read_bytes() == content


@pytest.mark.parametrize("where", ["hash", "registry"])
def test_a_bad_download_is_one_clear_error_and_no_half_image(
    built: Built, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    content = copy.deepcopy(small_catalogue.CONTENT)
    content["artifacts"]["app"]["version"] = content["artifacts"]["app"]["serial"] = 2
    catalogue = small_catalogue.write(
        tmp_path / "catalogue", content, "0" * 64 if where == "hash" else small_catalogue.IDNA
    )
    before = published(built.cache / "oci")
    if where == "registry":
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{_refusing_registry()}/simple")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(ArtifactError) as caught:
        _ensure(built, catalogue, names=("app",))
    meaning = (
        "the download is corrupt (its hash is not the pinned one): idna==3.10"
        if where == "hash"
        else "refused or does not have idna==3.10"
    )
    assert caught.value.message.startswith("app: ")
    assert meaning in caught.value.message
    assert caught.value.lines
    assert published(built.cache / "oci") == before


def test_a_changed_recipe_builds_that_artefact_alone_and_drops_the_old(built: Built, tmp_path: pathlib.Path) -> None:
    content = copy.deepcopy(small_catalogue.CONTENT)
    content["artifacts"]["pause"]["config"]["user"] = "65535"
    outcome = _ensure(built, small_catalogue.write(tmp_path / "catalogue", content))
    assert outcome.built == ["pause"]
    assert set(outcome.seconds) == {"artifact:pause"}
    assert not (
        built.cache / "oci/blobs/sha256" / built.outcome.images["pause"]["digest"].removeprefix("sha256:")
    ).exists()
    again = _ensure(built)
    assert again.built == ["pause"]
    assert _digests(again) == _digests(built.outcome), "the same recipe made something else"


def _refusing_registry() -> int:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(403)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def _processes_in(folder: pathlib.Path) -> list[str]:
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(str(path))
        except OSError:
            continue
    return found


def _until(condition: t.Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
