"""Each quantization of a small graph: what is written, how near it answers, and what is said of it."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from models.graph import FILE_NAME, Graph
from models.optimize import optimize_for_loading
from models.quantize import ORDER, Quantizer
from models.quantize.linear import find_linears
from tests.models.graphs import INNER, TOKENS, cosines, encoder, feeds, run, weights_of


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("float") / FILE_NAME)


def written(source: Path, name: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    target = folder / FILE_NAME
    facts = Quantizer(source, feeds()).write(name, target)
    return target, facts


def others() -> list[NDArray[np.int64]]:
    """Sequences that the graph was not calibrated with."""
    return [feed["input_ids"] for feed in feeds(30)[12:]]


def operators(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(path).graph.node]


def test_auto_tries_the_smallest_first() -> None:
    assert ORDER["auto"] == ("int8", "mixed", "none")
    assert {name: ORDER[name] for name in ("int8", "mixed", "none")} == {
        "int8": ("int8",),
        "mixed": ("mixed",),
        "none": ("none",),
    }


def test_the_layers_of_a_graph_are_its_products_with_weights(source: Path) -> None:
    found = find_linears(Graph(source))
    assert [(layer.output, layer.weight, layer.activated) for layer in found] == [
        ("even", "first", False),
        ("after", "second", True),
        ("y", "third", False),
    ]


def test_none_answers_as_the_float_graph(source: Path, tmp_path: Path) -> None:
    path, facts = written(source, "none", tmp_path)
    assert facts == {"weights": "float32"}
    ids = feeds()[0]["input_ids"]
    assert run(path, input_ids=ids) == pytest.approx(run(source, input_ids=ids), abs=1e-6)


def test_int8_quantizes_every_layer_and_the_table_and_says_so(source: Path, tmp_path: Path) -> None:
    path, facts = written(source, "int8", tmp_path)
    weights = weights_of(path)
    assert facts["linear_layers"] == 3
    assert facts["in_float"] == []
    assert facts["by_token"] == 1
    assert facts["mean_layer_error"] > 0
    assert operators(path).count("DynamicQuantizeMatMul") == 3
    assert "MatMul" not in operators(path)
    assert {values.shape for values in weights.values() if values.dtype == np.int8 and values.ndim == 2} == {
        (TOKENS, 16),
        (16, INNER),
        (INNER, 16),
        (16, 16),
    }
    assert not any(values.dtype == np.float32 and values.size > TOKENS for values in weights.values())


def test_a_large_table_keeps_seven_bits_of_each_row_and_a_small_one_all(source: Path, tmp_path: Path) -> None:
    weights = weights_of(written(source, "int8", tmp_path)[0])
    table, integers = weights_of(source)["table"], weights["embedded_table"]
    step = np.abs(table).max(axis=1, keepdims=True) / 127
    assert (np.abs(table - integers * weights["embedded_table_scales"]) <= 0.501 * step).all()
    positions = encoder(tmp_path / "positions.onnx", tokens=2047)
    Quantizer(positions, feeds(vocabulary=2047)).write("int8", tmp_path / "small.onnx")
    assert (weights_of(tmp_path / "small.onnx")["table"] == weights_of(positions)["table"]).all()


def test_mixed_leaves_a_layer_that_loses_too_much_in_float(source: Path, tmp_path: Path) -> None:
    path, facts = written(source, "mixed", tmp_path)
    assert facts["in_float"] == ["y"]
    assert facts["linear_layers"] == 3
    assert facts["mean_layer_error"] <= 3e-4
    assert operators(path).count("DynamicQuantizeMatMul") == 2
    assert operators(path).count("MatMul") == 1


def test_mixed_answers_near_the_float_graph_and_int8_less_so(source: Path, tmp_path: Path) -> None:
    near = {}
    for name in ("mixed", "int8"):
        path, _ = written(source, name, _folder(tmp_path / name))
        near[name] = np.mean([cosines(run(path, input_ids=ids), run(source, input_ids=ids)) for ids in others()])
    assert near["mixed"] > 0.99
    assert near["int8"] < 0.9


@pytest.mark.parametrize("name", ["int8", "mixed", "none"])
def test_what_onnxruntime_makes_of_a_graph_answers_the_same(source: Path, name: str, tmp_path: Path) -> None:
    path, _ = written(source, name, tmp_path)
    (tmp_path / "settled").mkdir()
    optimize_for_loading(path, tmp_path / "settled")
    ids = feeds()[0]["input_ids"]
    ours = run(tmp_path / "settled" / FILE_NAME, input_ids=ids)
    assert ours == pytest.approx(run(path, input_ids=ids), rel=1e-4, abs=1e-3)


def test_one_calibration_serves_all_quantizations(source: Path, tmp_path: Path) -> None:
    quantizer = Quantizer(source, feeds())
    alone = {name: written(source, name, _folder(tmp_path / f"alone-{name}"))[0] for name in ORDER["auto"]}
    for name in ORDER["auto"]:
        path = _folder(tmp_path / name) / FILE_NAME
        quantizer.write(name, path)
        assert path.read_bytes() == alone[name].read_bytes()


def test_nothing_is_left_beside_the_float_graph(source: Path, tmp_path: Path) -> None:
    written(source, "int8", tmp_path)
    assert [path.name for path in source.parent.iterdir()] == [FILE_NAME]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
