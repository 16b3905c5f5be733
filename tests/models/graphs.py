"""Small float graphs with seeded weights, and what onnxruntime answers to them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.quantize.observe import Feed

Floats = NDArray[np.float32]
TOKENS, WIDTH, INNER = 4096, 16, 32


def run(path: Path, **inputs: NDArray[Any]) -> Floats:
    """The first output of the graph at `path`, as a served artifact is run: nothing is optimised any more."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    output: Floats = session.run(None, inputs)[0]
    return output


def one_layer(weight: Floats, path: Path, opset: int = 17) -> Path:
    """`y = x @ weight`."""
    return _write(
        path,
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        {"weight": weight},
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "tokens", len(weight)]),
        opset,
    )


def encoder(path: Path, tokens: int = TOKENS) -> Path:
    """A large table, and two layers: `even`, easy to quantize, and `hard`, whose outputs are small sums of large terms.

    Between them is an activation, behind which some tokens are a hundred times as loud as others.
    """
    random = np.random.default_rng(11)
    loudness = 10 ** random.uniform(-1, 1, (tokens, 1))
    cancelling = random.standard_normal((WIDTH, WIDTH))
    weights = {
        "table": random.standard_normal((tokens, WIDTH)) * loudness,
        "first": random.standard_normal((WIDTH, INNER)) / WIDTH**0.5,
        "second": random.standard_normal((INNER, WIDTH)) / INNER**0.5,
        "offset": np.full(WIDTH, 300.0),
        "third": cancelling - cancelling.mean(axis=0),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("MatMul", ["embedded", "first"], ["even"]),
        helper.make_node("Gelu", ["even"], ["activated"], domain="com.microsoft"),
        helper.make_node("MatMul", ["activated", "second"], ["after"]),
        helper.make_node("Add", ["after", "offset"], ["far"]),
        helper.make_node("MatMul", ["far", "third"], ["y"]),
    ]
    entry = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])
    return _write(path, nodes, {name: values.astype(np.float32) for name, values in weights.items()}, entry)


def feeds(count: int = 12, tokens: int = 20, vocabulary: int = TOKENS) -> list[Feed]:
    """Sequences of any tokens, as a graph is calibrated with."""
    random = np.random.default_rng(12)
    ids = random.integers(0, vocabulary, (count, 1, tokens))
    return [
        {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)} for row in ids
    ]


def cosines(one: Floats, other: Floats) -> Floats:
    """Between the vectors of the last axis."""
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.asarray((one * other).sum(axis=-1) / lengths, dtype=np.float32)


def weights_of(path: Path) -> dict[str, NDArray[Any]]:
    """The weights of the graph at `path`, wherever they lie, by name."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


def _write(
    path: Path, nodes: list[onnx.NodeProto], weights: dict[str, Floats], entry: onnx.ValueInfoProto, opset: int = 17
) -> Path:
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "graph", [entry], [output], tensors)
    versions = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    onnx.save_model(helper.make_model(graph, opset_imports=versions, ir_version=8), path)
    return path
