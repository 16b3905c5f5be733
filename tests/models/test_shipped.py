"""What ships beside the embedded catalog: it is served unchanged or not at all, and the pipeline makes it again."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.__main__ import ROOT, main
from models.ship import write_sums
from shared.artifact import verify, verify_all
from shared.catalog import Catalog, CatalogError
from shared.golden import difference
from shared.manifest import Manifest
from tests.models.project import BARE, Project
from tests.shared.manifests import UNBUILT

EMBEDDED = ROOT / "models" / "embedded" / "models.toml"
SPECS = list(Catalog.read(EMBEDDED))
# Calibration sums float32 values in the order that a processor's vectors have them, so that on another processor some
# weights round the other way. Then the int8 weights, their digests, and the measured numbers in the manifest differ:
# the graph does not, nor does the tokenizer, and the numbers by no more than this. The example's answer is compared as
# a serving model's is.
BOUND = 0.02


@pytest.fixture
def shipped(bare: Project) -> Project:
    """A project whose only entry ships beside its catalog, for a lock of its source."""
    catalog = bare.catalog(letters=BARE)
    assert main(["lock", "--catalog", str(catalog.path)]) == 0
    directory = bare.root / "artifacts" / "letters"
    directory.mkdir(parents=True)
    (directory / "model.onnx").write_bytes(b"graph")
    revision = catalog.read_lock()["letters"].revision
    facts = replace(UNBUILT, id="letters", service="embeddings", source="file:letters", revision=revision)
    replace(facts, quantization="int8").write(directory)
    write_sums(directory.parent)
    return bare


def read(project: Project) -> Catalog:
    return Catalog.read(project.root / "models.toml")


def test_the_embedded_artifacts_are_what_catalog_and_lock_say_to_the_last_byte() -> None:
    assert [manifest.id for manifest in verify_all(Catalog.read(EMBEDDED), ROOT)] == [spec.id for spec in SPECS]


def test_an_artifact_that_ships_is_where_it_is_served_from(shipped: Project) -> None:
    assert read(shipped).artifact("letters", shipped.root) == shipped.root / "artifacts" / "letters"


def test_to_build_what_ships_is_to_check_it(shipped: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--catalog", str(shipped.root / "models.toml")]) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(shipped.root / "artifacts" / "letters")
    assert "[letters] ships with the repository, unchanged" in printed.err
    assert not shipped.builds()


@pytest.mark.parametrize("change", [{"quantize": "mixed"}, {"runtime": "torch"}, {"source": "file:other"}])
def test_an_entry_that_asks_for_something_else_has_to_be_built(shipped: Project, change: Mapping[str, str]) -> None:
    changed = shipped.catalog(letters={**BARE, **change})
    assert changed.shipped("letters") is None
    assert changed.artifact("letters", shipped.root) == shipped.artifact("letters")


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_changed_byte_is_refused_with_a_remedy(shipped: Project, name: str, place: int) -> None:
    path = shipped.root / "artifacts" / "letters" / name
    content = bytearray(path.read_bytes())
    content[min(place, len(content) - 1)] ^= 1
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=rf"\[letters\] the artifact's {name} is not the file that ships; get it"):
        verify_all(read(shipped), shipped.root)


def test_a_file_that_is_gone_is_refused_with_a_remedy(shipped: Project) -> None:
    (shipped.root / "artifacts" / "letters" / "model.onnx").unlink()
    with pytest.raises(CatalogError, match=r"model\.onnx is not the file that ships; get it back with `git checkout"):
        verify_all(read(shipped), shipped.root)


@pytest.mark.parametrize("text", ["", "no digest\n", "version https://git-lfs.github.com/spec/v1\n"])
def test_digests_that_cannot_be_read_refuse_what_ships(shipped: Project, text: str) -> None:
    (shipped.root / "artifacts" / "SHA256SUMS").write_text(text)
    with pytest.raises(CatalogError, match="SHA256SUMS: it does not list the files of letters; get it back"):
        verify_all(read(shipped), shipped.root)


def test_what_ships_of_another_revision_than_the_locks_is_refused(shipped: Project) -> None:
    shipped.change("config.json")
    assert main(["lock", "--catalog", str(shipped.root / "models.toml")]) == 0
    catalog = read(shipped)
    with pytest.raises(CatalogError, match=r"revision: the artifact has .*; run `make ship MODELS="):
        verify(catalog, catalog["letters"], shipped.root, catalog.read_lock()["letters"])


def structure(path: Path) -> list[Any]:
    """All of a graph but the values of its weights: nodes with their attributes, names, types and shapes."""
    import onnx

    graph = onnx.load(str(path), load_external_data=False).graph
    nodes = [
        (n.op_type, list(n.input), list(n.output), [a.SerializeToString() for a in n.attribute]) for n in graph.node
    ]
    weights = sorted((tensor.name, tensor.data_type, tuple(tensor.dims)) for tensor in graph.initializer)
    ends = [value.SerializeToString() for value in (*graph.input, *graph.output)]
    return [nodes, weights, ends]


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_the_pipeline_makes_what_ships_of_the_sources_that_ship(spec: Any, tmp_path: Path) -> None:
    from models.build import build

    catalog = Catalog.read(EMBEDDED)
    logging.disable(logging.WARNING)
    (built,) = build(catalog, [spec.id], ROOT)
    logging.disable(logging.NOTSET)
    ships = catalog.shipped(spec.id)
    assert ships is not None
    new, old = Manifest.read(built), Manifest.read(ships)
    assert structure(built / "model.onnx") == structure(ships / "model.onnx")
    assert (built / "tokenizer.json").read_bytes() == (ships / "tokenizer.json").read_bytes()
    assert (built / "model.onnx.data").stat().st_size == (ships / "model.onnx.data").stat().st_size
    own: Any = {"files": {}, "export": {}, "quality": {}, "config": {}, "example": {}}
    assert replace(new, **own) == replace(old, **own)
    assert new.export["fused"] == old.export["fused"]
    assert difference(old.example["result"], new.example["result"]) is None
    drifts = {name for name in old.quality if isinstance(old.quality[name], float) and not name.startswith("max")}
    assert drifts
    assert all(abs(new.quality[name] - old.quality[name]) <= BOUND for name in drifts)
