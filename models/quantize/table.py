"""Quantizes embedding tables to 8 bits: one scale per row; only rows that are looked up become floats again."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from models.graph import Graph

# Tables of positions and segments are small, and every text reads the same rows of them.
_SMALLEST_ROWS = 2048


def quantize_lookup(graph: Graph, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Return the nodes that take the place of `node`: of a look-up in 8 bits if its table is large, else itself."""
    shape = graph.shape(node.input[0]) if node.op_type == "Gather" else None
    if shape is None or len(shape) != 2 or shape[0] < _SMALLEST_ROWS:
        return [node]
    output = node.output[0]
    integers, scales = _quantize_rows(graph.weight(node.input[0]))
    found = [f"{output}_{part}" for part in ("integers", "floats", "scale")]
    return [
        helper.make_node("Gather", [graph.add(f"{output}_table", integers), node.input[1]], [found[0]]),
        helper.make_node("Cast", [found[0]], [found[1]], to=TensorProto.FLOAT),
        helper.make_node("Gather", [graph.add(f"{output}_table_scales", scales), node.input[1]], [found[2]]),
        helper.make_node("Mul", [found[1], found[2]], [output]),
    ]


def _quantize_rows(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the table (rows, width) in integers, and its scales (rows, 1)."""
    largest = np.abs(table).max(axis=1, keepdims=True)
    scales = (np.where(largest > 0, largest, 1.0) / 127).astype(np.float32)
    return np.rint(table / scales).astype(np.int8), scales
