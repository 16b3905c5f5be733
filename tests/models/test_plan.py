"""How a layer is quantized, and that onnxruntime computes what was planned."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.graph import Graph
from models.quantize.emit import make_int8_nodes
from models.quantize.plan import Plan, plan
from tests.models.graphs import one_layer, run

Floats = NDArray[np.float32]


def layer(channels: int = 24, outputs: int = 10) -> Floats:
    return np.random.default_rng(21).standard_normal((channels, outputs)).astype(np.float32)


def sequences(channels: int = 24, *, one_sided: bool = False) -> list[Floats]:
    """The rows of some sequences: a few loud channels; one-sided ones also with loud and quiet tokens."""
    random = np.random.default_rng(22)
    loud = np.where(np.arange(channels) % 8 == 0, 20.0, 1.0)
    rows = [random.standard_normal((15, channels)) * loud for _ in range(10)]
    if one_sided:
        rows = [np.maximum(row, 0) * 10 ** random.uniform(-2, 2, (15, 1)) for row in rows]
    return [row.astype(np.float32) for row in rows]


def promised(made: Plan, rows: Floats) -> Floats:
    """The product in integers, as `Plan` says it is computed."""
    inputs = rows * made.smoothing
    largest = np.float32(1)
    if made.token_floor is not None:
        largest = np.maximum(inputs.max(axis=1, keepdims=True), np.float32(made.token_floor))
    inputs = inputs / largest
    low, high = np.minimum(inputs.min(), np.float32(0)), np.maximum(inputs.max(), np.float32(0))
    scale = (high - low) / np.float32(255)
    zero = np.rint(-low / scale)
    integers = np.clip(np.rint(inputs / scale) + zero, 0, 255) - zero
    product = integers.astype(np.int64) @ made.integers.astype(np.int64)
    return np.asarray(product * scale * made.scales * largest, dtype=np.float32)


def emitted(made: Plan, weight: Floats, rows: Floats, folder: Path, opset: int = 17) -> Floats:
    """What onnxruntime answers for the layer's emitted nodes."""
    graph = Graph(one_layer(weight, folder / "float.onnx", opset))
    graph.replace(make_int8_nodes(graph, graph.nodes[0], made))
    graph.save(folder / "int8.onnx")
    return run(folder / "int8.onnx", x=rows[None]).reshape(len(rows), -1)


@pytest.mark.parametrize("opset", [17, 18])
@pytest.mark.parametrize("one_sided", [False, True])
def test_the_emitted_graph_computes_what_the_plan_promised(one_sided: bool, opset: int, tmp_path: Path) -> None:
    weight, inputs = layer(), sequences(one_sided=one_sided)
    made = plan(weight, inputs, one_sided=one_sided)
    assert made.by_token == one_sided
    wanted = promised(made, inputs[0])
    assert emitted(made, weight, inputs[0], tmp_path, opset) == pytest.approx(wanted, rel=1e-4, abs=1e-3)


def test_a_token_that_no_activation_passes_is_zero_and_harms_no_other(tmp_path: Path) -> None:
    weight, inputs = layer(), sequences(one_sided=True)
    made = plan(weight, inputs, one_sided=True)
    rows = np.concatenate([np.zeros((1, 24), dtype=np.float32), inputs[0]])
    answer = emitted(made, weight, rows, tmp_path)
    assert not answer[0].any()
    assert answer[1:] == pytest.approx(promised(made, inputs[0]), rel=1e-4, abs=1e-3)


def test_a_token_of_zeros_is_divided_by_the_floor_and_not_by_zero(tmp_path: Path) -> None:
    made = plan(layer(), sequences(one_sided=True), one_sided=True)
    graph = Graph(one_layer(layer(), tmp_path / "float.onnx"))
    graph.replace(make_int8_nodes(graph, graph.nodes[0], made))
    graph.model.graph.output[0].name = "y_even"
    graph.save(tmp_path / "int8.onnx")
    assert not run(tmp_path / "int8.onnx", x=np.zeros((1, 2, 24), dtype=np.float32)).any()


def test_a_token_quieter_than_the_floor_stays_quiet(tmp_path: Path) -> None:
    weight, inputs = layer(), sequences(one_sided=True)
    made = plan(weight, inputs, one_sided=True)
    assert made.token_floor is not None
    loudest = inputs[0][np.argmax(inputs[0].max(axis=1))]
    rows = np.stack([loudest, loudest / (loudest * made.smoothing).max() * np.float32(made.token_floor / 1000)])
    assert emitted(made, weight, rows, tmp_path)[0].any()
    assert not emitted(made, weight, rows, tmp_path)[1].any()


def test_neighbours_at_their_limit_and_inputs_at_theirs_do_not_saturate(tmp_path: Path) -> None:
    weight, rows = np.full((32, 4), 0.5, dtype=np.float32), np.ones((3, 32), dtype=np.float32)
    made = plan(weight, [rows], one_sided=False)
    assert made.integers[:2].sum(axis=0).max() in range(120, 129)
    assert emitted(made, weight, rows, tmp_path) == pytest.approx(rows @ weight, rel=0.01)


@pytest.mark.parametrize("one_sided", [False, True])
def test_the_error_is_that_of_the_output(one_sided: bool) -> None:
    weight, inputs = layer(), sequences(one_sided=one_sided)
    made = plan(weight, inputs, one_sided=one_sided)
    ours = np.concatenate([promised(made, rows) for rows in inputs])
    wanted = np.concatenate(inputs) @ weight
    assert made.error == pytest.approx(((ours - wanted) ** 2).sum() / (wanted**2).sum(), rel=0.01)
    assert made.error < 1e-3


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 5))
def test_smoothing_leaves_the_product_as_it_was(seed: int, channels: int, outputs: int) -> None:
    random = np.random.default_rng(seed)
    weight = random.standard_normal((channels, outputs)).astype(np.float32)
    rows = (random.standard_normal((6, channels)) * 10 ** random.uniform(-2, 2, channels)).astype(np.float32)
    made = plan(weight, [rows], one_sided=False)
    assert (made.smoothing > 0).all()
    assert np.log(made.smoothing).mean() == pytest.approx(0, abs=1e-4)
    product = (rows * made.smoothing) @ (weight / made.smoothing[:, None])
    assert product == pytest.approx(rows @ weight, rel=1e-3, abs=1e-4 * float(np.abs(rows).max()))


def test_loud_channels_move_into_the_weights() -> None:
    made = plan(layer(), sequences(), one_sided=False)
    loud = np.arange(24) % 8 == 0
    assert made.smoothing[loud].max() < made.smoothing[~loud].min() / 2


def test_a_range_for_each_token_only_where_it_is_allowed_and_of_use() -> None:
    weight = layer()
    assert not plan(weight, sequences(one_sided=True), one_sided=False).by_token
    even = [np.random.default_rng(23).uniform(0, 1, (15, 24)).astype(np.float32) for _ in range(10)]
    assert not plan(weight, even, one_sided=True).by_token


def test_inputs_that_are_all_zero_are_planned_too() -> None:
    made = plan(layer(), [np.zeros((4, 24), dtype=np.float32)], one_sided=True)
    assert made.error == 0
    assert np.isfinite(made.smoothing).all()
