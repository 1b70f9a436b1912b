# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Models are read from folders, a hub's cache, images, and a hub; errors name the cause and the cure."""

from __future__ import annotations

import http.server
import json
import pathlib
import threading
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.fit import sources
from ansible_collections.inference.platform.plugins.module_utils.fit.errors import FitError
from ansible_collections.inference.platform.plugins.module_utils.fit.hub import Hub
from ansible_collections.inference.platform.plugins.module_utils.fit.image import image_named

from . import making

SHARDED = json.dumps(
    {
        "metadata": {"total_size": 1000},
        "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"},
    }
).encode()


def test_the_headers_of_all_files_of_a_folder_are_summed(tmp_path: pathlib.Path) -> None:
    model = sources.load(sources.Folder(making.write(tmp_path, making.files())))
    assert model.config == making.CONFIG
    assert (model.stored.total, model.stored.source) == (2 * 16 * 8 * 2, "safetensors headers")
    assert model.stored.largest_file == (tmp_path / "model.safetensors").stat().st_size


def test_an_index_without_its_files_is_enough(tmp_path: pathlib.Path) -> None:
    content = {"config.json": json.dumps(making.CONFIG).encode(), "model.safetensors.index.json": SHARDED}
    stored = sources.load(sources.Folder(making.write(tmp_path, content))).stored
    assert (stored.total, stored.tensors, stored.source) == (1000, (), "safetensors index")


def test_files_that_the_index_names_are_read_and_others_are_not(tmp_path: pathlib.Path) -> None:
    content = {
        **making.files(consolidated__safetensors=making.safetensors()),
        "model.safetensors.index.json": json.dumps({"weight_map": {"a": "model.safetensors"}}).encode(),
    }
    assert sources.load(sources.Folder(making.write(tmp_path, content))).stored.total == 512


def test_weights_that_are_there_twice_count_once(tmp_path: pathlib.Path) -> None:
    content = making.files(consolidated__safetensors=making.safetensors())
    assert sources.load(sources.Folder(making.write(tmp_path, content))).stored.total == 512


def test_a_folder_with_a_config_alone_knows_no_bytes(tmp_path: pathlib.Path) -> None:
    content = {"config.json": json.dumps(making.CONFIG).encode()}
    assert sources.load(sources.Folder(making.write(tmp_path, content))).stored.total == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, r"There is no config\.json in .*; name the folder"),
        ({"config.json": b"{"}, r"config\.json is not JSON"),
        ({"config.json": b"[]"}, r"config\.json holds no JSON object"),
        (making.files(model__safetensors=b"version https://git-lfs"), r"pointer of Git LFS, or half downloaded"),
        (making.files(model__safetensors=b"\x08\0\0\0\0\0\0\0notjson!"), r"is no header of a safetensors file"),
        ({**making.files(), "model.safetensors.index.json": b"{}"}, r"is no index of safetensors files"),
        (
            {**making.files(), "model.safetensors.index.json": SHARDED.replace(b"total_size", b"x")},
            r"names model-00001-of-00002\.safetensors, which is not there",
        ),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(
    tmp_path: pathlib.Path, content: dict[str, bytes], said: str
) -> None:
    with pytest.raises(FitError, match=said):
        sources.load(sources.Folder(making.write(tmp_path, content)))


def test_the_hubs_cache_is_found_by_branch_and_by_commit(tmp_path: pathlib.Path) -> None:
    top = tmp_path / "hub" / "models--org--name"
    making.write(top / "snapshots" / "abc", making.files())
    (top / "refs").mkdir()
    (top / "refs" / "main").write_text("abc")
    assert sources.hub_cache("org/name", str(tmp_path)) is not None
    assert sources.hub_cache("org/name", str(tmp_path), "abc") is not None
    assert sources.hub_cache("org/name", str(tmp_path), "other") is None
    assert sources.hub_cache("org/other", str(tmp_path)) is None


def test_a_model_in_an_image_is_read_out_of_its_layer(tmp_path: pathlib.Path) -> None:
    layout = making.layout(tmp_path / "oci", "example.org/model:1", "/models/small", making.files())
    model = sources.load(image_named(layout, "example.org/model:1", "/models/small"), in_image=True)
    assert (model.stored.total, model.in_image) == (512, True)
    with pytest.raises(FitError, match=r"There is no config\.json in /models/other of image"):
        sources.load(image_named(layout, "example.org/model:1", "/models/other"))
    with pytest.raises(FitError, match=r"names no image example\.org/model:2; make or load it first"):
        image_named(layout, "example.org/model:2", "/models/small")
    for blob in (layout / "blobs" / "sha256").iterdir():
        blob.unlink()
    with pytest.raises(FitError, match="is not in the image layout"):
        image_named(layout, "example.org/model:1", "/models/small")


class _Handler(http.server.BaseHTTPRequestHandler):
    content: t.ClassVar[dict[str, bytes]] = {}
    seen: t.ClassVar[list[tuple[str, str, str]]] = []
    elsewhere: t.ClassVar[str] = ""
    refuse: t.ClassVar[int] = 0

    def do_GET(self) -> None:
        self.seen.append((self.headers["Host"], self.path, self.headers.get("Authorization", "")))
        if self.refuse:
            self.send_error(self.refuse)
            return
        if self.elsewhere and self.path.endswith(".safetensors"):
            self.send_response(302)
            self.send_header("Location", f"{self.elsewhere}/resolve/moved{self.path.rpartition('/')[2]}")
            self.end_headers()
            return
        name = self.path.rpartition("/")[2].removeprefix("moved")
        if name not in self.content:
            self.send_error(404)
            return
        body, status = self.content[name], 200
        if wanted := self.headers.get("Range"):
            first, last = (int(side) for side in wanted.removeprefix("bytes=").split("-"))
            total, body, status = len(body), body[first : last + 1], 206
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{total}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def hub() -> t.Iterator[tuple[str, type[_Handler]]]:
    """A server that answers like a hub: its address, and what it has, saw and refuses."""
    handler = type("Handler", (_Handler,), {"content": making.files(), "seen": [], "elsewhere": "", "refuse": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def test_a_model_of_one_file_is_read_from_a_hub_by_its_header_alone(hub: tuple[str, type[_Handler]]) -> None:
    model = sources.load(Hub(hub[0], "org/name", "main"), headers=False)
    assert (model.stored.total, model.stored.source) == (512, "safetensors headers")
    assert model.stored.largest_file == len(hub[1].content["model.safetensors"])
    assert {path.rpartition("/")[0] for _host, path, _token in hub[1].seen} == {"/org/name/resolve/main"}


def test_a_model_of_many_files_is_read_from_a_hub_by_its_index_alone(hub: tuple[str, type[_Handler]]) -> None:
    hub[1].content = {"config.json": json.dumps(making.CONFIG).encode(), "model.safetensors.index.json": SHARDED}
    stored = sources.load(Hub(hub[0], "org/name", "main"), headers=False).stored
    assert (stored.total, stored.source) == (1000, "safetensors index")


def test_an_index_without_a_sum_makes_a_hub_give_the_headers(hub: tuple[str, type[_Handler]]) -> None:
    names = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    index = json.dumps({"weight_map": dict(zip("ab", names, strict=True))}).encode()
    config = {"config.json": json.dumps(making.CONFIG).encode(), "model.safetensors.index.json": index}
    hub[1].content = {**config, **dict.fromkeys(names, making.safetensors())}
    stored = sources.load(Hub(hub[0], "org/name", "main"), headers=False).stored
    assert (stored.total, stored.source) == (1024, "safetensors headers")


def test_the_token_goes_to_the_hub_and_not_to_where_it_redirects(hub: tuple[str, type[_Handler]]) -> None:
    hub[1].elsewhere = hub[0].replace("127.0.0.1", "localhost")
    # The redirected request comes to the same server under another name, and is not redirected again.
    hub[1].content["model.safetensors"] = making.safetensors()
    original = hub[1].do_GET

    def once(self: _Handler) -> None:
        self.elsewhere = "" if "moved" in self.path else type(self).elsewhere  # type: ignore[misc]
        original(self)

    hub[1].do_GET = once  # type: ignore[method-assign]
    assert sources.load(Hub(hub[0], "org/name", "main", "secret"), headers=False).stored.total == 512
    tokens = {host.partition(":")[0]: token for host, _path, token in hub[1].seen}
    assert tokens == {"127.0.0.1": "Bearer secret", "localhost": ""}


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "give token_file"), (403, "accept the model's terms"), (429, "fewer requests"), (500, "give path")],
)
def test_a_hub_that_refuses_is_quoted_with_what_to_do(hub: tuple[str, type[_Handler]], status: int, said: str) -> None:
    hub[1].refuse = status
    with pytest.raises(FitError, match=rf"org/name answered {status} .*config\.json\..*{said}"):
        sources.load(Hub(hub[0], "org/name", "main"))


def test_a_hub_that_is_not_reached_is_named() -> None:
    with pytest.raises(FitError, match=r"http://127\.0\.0\.1:9/org/name does not answer .*Set endpoint"):
        sources.load(Hub("http://127.0.0.1:9", "org/name", "main"))
