# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Images are described as the OCI image specification wants, the same way each time."""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.inference.platform.plugins.module_utils.artifacts import oci
from ansible_collections.inference.platform.plugins.module_utils.artifacts.recipes import Catalogue
from ansible_collections.inference.platform.plugins.module_utils.artifacts.store import Store, Stored


def _layers(store: Store) -> list[Stored]:
    return [store.put(b"lower"), store.put(b"upper")]


def test_configuration_and_manifest_name_each_other_and_the_layers(catalogue: Catalogue, store: Store) -> None:
    layers = _layers(store)
    manifest, config = oci.write_image(store, catalogue.artifacts["app"], layers, 1_700_000_000)
    document = json.loads((store.root / manifest.path).read_bytes())
    assert document["config"]["digest"] == f"sha256:{config.sha256}"
    assert [entry["digest"] for entry in document["layers"]] == [f"sha256:{layer.sha256}" for layer in layers]
    settings = json.loads((store.root / config.path).read_bytes())
    assert settings["rootfs"]["diff_ids"] == [f"sha256:{layer.sha256}" for layer in layers]
    assert settings["created"] == "2023-11-14T22:13:20Z"
    assert settings["config"]["Entrypoint"] == ["/app"]
    assert "A=b" in settings["config"]["Env"]
    assert settings["config"]["User"] == "65532"
    assert "Cmd" not in settings["config"]


def test_an_image_is_the_same_each_time(catalogue: Catalogue, store: Store) -> None:
    made = {oci.write_image(store, catalogue.artifacts["app"], _layers(store), 1)[0].sha256 for _ in range(2)}
    assert len(made) == 1


def test_a_recipe_may_set_its_own_path(catalogue: Catalogue, store: Store) -> None:
    artifact = catalogue.artifacts["app"]
    config = dataclasses.replace(artifact.config, env=(("PATH", "/opt/bin"),))
    _, stored = oci.write_image(store, dataclasses.replace(artifact, config=config), _layers(store), 1)
    settings = json.loads((store.root / stored.path).read_bytes())
    assert settings["config"]["Env"] == ["PATH=/opt/bin"]


def test_every_reference_is_published_by_full_name_and_tag(store: Store) -> None:
    manifest = store.put(b"{}")
    assert oci.publish(store, {"example.org/app:2": manifest, "example.org:5000/b:latest": manifest})
    index = json.loads((store.oci / "index.json").read_bytes())
    assert [entry["annotations"] for entry in index["manifests"]] == [
        {oci.FULL_NAME: "example.org/app:2", oci.REF_NAME: "2"},
        {oci.FULL_NAME: "example.org:5000/b:latest", oci.REF_NAME: "latest"},
    ]
    assert oci.published(store.oci)["example.org/app:2"] == f"sha256:{manifest.sha256}"


def test_publishing_the_same_again_writes_nothing(store: Store) -> None:
    manifest = store.put(b"{}")
    oci.publish(store, {"example.org/app:2": manifest})
    before = (store.oci / "index.json").stat().st_mtime_ns
    assert not oci.publish(store, {"example.org/app:2": manifest})
    assert (store.oci / "index.json").stat().st_mtime_ns == before


def test_publishing_keeps_of_the_others_only_what_it_is_told_to(store: Store) -> None:
    first, second = store.put(b"1"), store.put(b"2")
    oci.publish(store, {"example.org/a:1": first, "example.org/b:1": first, "example.org/c:1": first})
    oci.publish(store, {"example.org/a:1": second}, keep={"example.org/a:1", "example.org/b:1"})
    assert oci.published(store.oci) == {
        "example.org/a:1": f"sha256:{second.sha256}",
        "example.org/b:1": f"sha256:{first.sha256}",
    }
