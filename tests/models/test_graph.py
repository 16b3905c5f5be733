"""Graphs on disk, their weights inside or beside them, through every step that reads or writes one."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models.graph import FILE_NAME, Graph, save, weight_bytes
from models.optimize import FusionError, fuse, optimize_for_loading
from models.quantize import Quantizer
from tests.models.graphs import encoder, feeds, run, weights_of


def spilled(path: Path) -> None:
    """Put each weight in a file of its own, as the exporter does past 2 GB."""
    onnx.save_model(
        onnx.load(path), path, save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=100
    )


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def exported_as_encoder(checkpoint: Path, directory: Path) -> None:
    from services.embeddings import build
    from shared.encoder.export import export

    export(checkpoint, directory, auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)


def network(checkpoint: Path) -> Any:
    from models.checkpoint import Configuration

    return Configuration.read(checkpoint).network


def test_weights_are_read_wherever_they_lie(tmp_path: Path) -> None:
    inside = encoder(folder(tmp_path / "inside") / FILE_NAME)
    beside = encoder(folder(tmp_path / "beside") / FILE_NAME)
    spilled(beside)
    for name, values in weights_of(inside).items():
        assert (Graph(inside).weight(name) == values).all()
        assert (Graph(beside).weight(name) == values).all()
        assert Graph(beside).shape(name) == values.shape
    assert Graph(beside).shape("activated") is None


def test_weights_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    path = encoder(tmp_path / FILE_NAME)
    size = sum(values.nbytes for values in weights_of(path).values())
    assert weight_bytes(onnx.load(path)) == size
    spilled(path)
    assert weight_bytes(onnx.load(path, load_external_data=False)) == size


@pytest.mark.parametrize(("external_bytes", "files"), [(10**9, {FILE_NAME}), (1000, {FILE_NAME, f"{FILE_NAME}.data"})])
def test_weights_go_beside_the_graph_from_the_limit_on(tmp_path: Path, external_bytes: int, files: set[str]) -> None:
    model = onnx.load(encoder(tmp_path / FILE_NAME))
    target = folder(tmp_path / "target")
    save(model, target / FILE_NAME, external_bytes)
    assert {path.name for path in target.iterdir()} == files


def test_a_graph_is_written_over_another_without_growing(tmp_path: Path) -> None:
    source, target = encoder(tmp_path / "source.onnx"), tmp_path / FILE_NAME
    save(onnx.load(source), target, 1000)
    size = (tmp_path / f"{FILE_NAME}.data").stat().st_size
    save(onnx.load(source), target, 1000)
    assert (tmp_path / f"{FILE_NAME}.data").stat().st_size == size


def test_weights_that_no_node_reads_are_dropped(tmp_path: Path) -> None:
    graph = Graph(encoder(tmp_path / "source.onnx"))
    graph.add("unread", np.zeros(3, dtype=np.float32))
    graph.prune()
    graph.save(tmp_path / FILE_NAME)
    assert set(weights_of(tmp_path / FILE_NAME)) == {"table", "first", "second", "offset", "third"}


@pytest.mark.parametrize("name", ["int8", "mixed", "none"])
def test_a_graph_with_weights_beside_it_is_quantized_and_optimized_as_one_without(tmp_path: Path, name: str) -> None:
    inside = encoder(folder(tmp_path / "inside") / FILE_NAME)
    beside = encoder(folder(tmp_path / "beside") / FILE_NAME)
    spilled(beside)
    answers = []
    for source, external_bytes in ((inside, 10**9), (beside, 1000)):
        steps = folder(source.parent / "steps")
        settled = folder(source.parent / "settled")
        Quantizer(source, feeds(), external_bytes).write(name, steps / FILE_NAME)
        optimize_for_loading(steps / FILE_NAME, settled)
        moved = settled.rename(tmp_path / f"served-{source.parent.name}")
        answers.append(run(moved / FILE_NAME, input_ids=feeds()[0]["input_ids"]))
    assert (answers[0] == answers[1]).all()
    assert all(path.stat().st_size > 50_000 for path in tmp_path.glob(f"served-*/{FILE_NAME}.data"))


@pytest.mark.torch
def test_the_fusions_find_their_patterns_in_a_graph_with_weights_beside_it(letters: Path, tmp_path: Path) -> None:
    exported_as_encoder(letters, folder(tmp_path / "exported"))
    inside, beside = folder(tmp_path / "inside") / FILE_NAME, folder(tmp_path / "beside") / FILE_NAME
    exported = tmp_path / "exported" / FILE_NAME
    counts = fuse(exported, inside, network(letters))
    spilled(exported)
    assert fuse(exported, beside, network(letters), external_bytes=1000) == counts
    assert counts == {"attention": 2, "gelu": 2, "layer_norm": 5}
    assert [path.name for path in beside.parent.iterdir() if path.name != FILE_NAME] == [f"{FILE_NAME}.data"]
    ids = feeds(1, 20, vocabulary=100)[0]["input_ids"]
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    assert (run(inside, **inputs) == run(beside, **inputs)).all()
    assert run(inside, **inputs) == pytest.approx(run(exported, **inputs), abs=1e-4)


@pytest.mark.torch
def test_a_fused_graph_has_additions_in_the_place_of_skips(letters: Path, tmp_path: Path) -> None:
    exported_as_encoder(letters, tmp_path)
    fuse(tmp_path / FILE_NAME, tmp_path / "fused.onnx", network(letters))
    operators = {node.op_type for node in onnx.load(tmp_path / "fused.onnx").graph.node}
    assert "LayerNormalization" in operators
    assert "SkipLayerNormalization" not in operators


def test_a_graph_without_the_patterns_of_its_architecture_is_said(tmp_path: Path) -> None:
    path = encoder(tmp_path / "source.onnx")
    says = "no fused attention and no fused layer_norm operator in a bert graph: .* pin torch and onnxruntime"
    config = SimpleNamespace(model_type="bert", num_attention_heads=2, hidden_size=16)
    with pytest.raises(FusionError, match=says):
        fuse(path, tmp_path / FILE_NAME, config)
    assert fuse(path, tmp_path / FILE_NAME, SimpleNamespace(model_type="unheard-of"))["attention"] == 0


def test_a_graph_optimized_for_loading_has_nothing_left_to_fold(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Constant", [], ["two"], value=helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])),
        helper.make_node("Mul", ["two", "two"], ["four"]),
        helper.make_node("Mul", ["x", "four"], ["y"]),
    ]
    entry, output = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y"))
    graph = helper.make_graph(nodes, "graph", [entry], [output])
    onnx.save_model(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "source.onnx"
    )
    optimize_for_loading(tmp_path / "source.onnx", folder(tmp_path / "settled"))
    assert [node.op_type for node in onnx.load(tmp_path / "settled" / FILE_NAME).graph.node] == ["Mul"]
