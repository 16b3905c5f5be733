"""Tiny ONNX graphs whose outputs are known."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TABLE = np.arange(32, dtype=np.float32).reshape(16, 2)


def lookup(directory: Path, *, short: bool = False, types: bool = False) -> Path:
    """Write a graph with the outputs `values` (a token's row of TABLE) and `sums` (over a sequence's real tokens).

    It takes ids and mask as 64-bit numbers, or `short` as 32-bit, and with `types` also token types, which it adds.
    """
    kind = TensorProto.INT32 if short else TensorProto.INT64
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if types else [])]
    ids = "typed_ids" if types else "input_ids"
    nodes = [
        *([helper.make_node("Add", ["input_ids", "token_type_ids"], [ids])] if types else []),
        helper.make_node("Gather", ["table", ids], ["values"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["values", "column"], ["real"]),
        helper.make_node("ReduceSum", ["real", "tokens"], ["sums"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "lookup",
        [helper.make_tensor_value_info(name, kind, ["batch", "sequence"]) for name in names],
        [
            helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["batch", 2]),
            helper.make_tensor_value_info("values", TensorProto.FLOAT, ["batch", "sequence", 2]),
        ],
        [
            numpy_helper.from_array(TABLE, "table"),
            numpy_helper.from_array(np.array([2], dtype=np.int64), "last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "tokens"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(directory / "model.onnx"))
    return directory
