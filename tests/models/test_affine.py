"""What follows a product channel by channel is folded into it, and nothing else is."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.graph import Graph
from models.quantize.affine import fold
from tests.models.graphs import run

WIDTH, CHANNELS = 8, 6
Floats = NDArray[np.float32]


def product(*following: onnx.NodeProto, path: Path, outputs: tuple[str, ...] = ("y",)) -> Path:
    """`p = x @ weight` in int8, and what follows it. `factor` and `bias` are by channel, `other` is by token."""
    random = np.random.default_rng(5)
    weights: dict[str, NDArray[Any]] = {
        "weight": random.integers(-60, 61, (WIDTH, CHANNELS)).astype(np.int8),
        "scales": random.uniform(0.01, 0.1, CHANNELS).astype(np.float32),
        "factor": random.standard_normal(CHANNELS).astype(np.float32),
        "bias": random.standard_normal(CHANNELS).astype(np.float32),
        "other": random.standard_normal((3, CHANNELS)).astype(np.float32),
    }
    first = helper.make_node("DynamicQuantizeMatMul", ["x", "weight", "scales"], ["p"], domain="com.microsoft")
    graph = helper.make_graph(
        [first, *following],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, WIDTH])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save_model(helper.make_model(graph, opset_imports=versions, ir_version=8), path)
    return path


def folded(source: Path) -> tuple[list[str], Floats, Floats]:
    """The operators that are left, and what the graph answers before and after."""
    graph = Graph(source)
    fold(graph)
    target = source.with_name("folded.onnx")
    graph.save(target)
    x = np.random.default_rng(6).standard_normal((3, WIDTH)).astype(np.float32)
    return [node.op_type for node in graph.nodes], run(source, x=x), run(target, x=x)


def test_a_bias_a_factor_and_another_bias_become_the_products_own(tmp_path: Path) -> None:
    operators, before, after = folded(
        product(
            helper.make_node("Add", ["bias", "p"], ["biased"]),
            helper.make_node("Mul", ["biased", "factor"], ["scaled"]),
            helper.make_node("Add", ["scaled", "bias"], ["y"]),
            path=tmp_path / "graph.onnx",
        )
    )
    assert operators == ["DynamicQuantizeMatMul"]
    assert after == pytest.approx(before, abs=1e-5)


def test_what_is_not_by_channel_stays(tmp_path: Path) -> None:
    operators, before, after = folded(
        product(
            helper.make_node("Add", ["p", "bias"], ["biased"]),
            helper.make_node("Add", ["biased", "other"], ["y"]),
            path=tmp_path / "graph.onnx",
        )
    )
    assert operators == ["DynamicQuantizeMatMul", "Add"]
    assert after == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize("kind", ["Add", "Mul"])
def test_a_product_with_itself_stays(tmp_path: Path, kind: str) -> None:
    operators, before, after = folded(product(helper.make_node(kind, ["p", "p"], ["y"]), path=tmp_path / "graph.onnx"))
    assert operators == ["DynamicQuantizeMatMul", kind]
    assert (after == before).all()


def test_what_another_node_reads_too_stays(tmp_path: Path) -> None:
    operators, before, after = folded(
        product(
            helper.make_node("Add", ["p", "bias"], ["biased"]),
            helper.make_node("Mul", ["p", "biased"], ["y"]),
            path=tmp_path / "graph.onnx",
        )
    )
    assert operators == ["DynamicQuantizeMatMul", "Add", "Mul"]
    assert (after == before).all()


def test_what_the_graph_itself_answers_stays(tmp_path: Path) -> None:
    operators, before, after = folded(
        product(
            helper.make_node("Add", ["p", "bias"], ["y"]),
            helper.make_node("Mul", ["y", "factor"], ["z"]),
            path=tmp_path / "graph.onnx",
            outputs=("y", "z"),
        )
    )
    assert operators == ["DynamicQuantizeMatMul", "Mul"]
    assert after == pytest.approx(before, abs=1e-5)
