"""Attention in int8: its products are quantized, and what is made of them is the float operator's."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from models.graph import Graph
from models.quantize import Quantizer
from models.quantize.observe import Feed
from tests.models.graphs import cosines, run

WIDTH, HEADS, ROWS = 32, 4, 500


def attention(path: Path) -> Path:
    """A table of `ROWS` tokens, and onnxruntime's fused attention over those of a sequence."""
    random = np.random.default_rng(3)
    weights = {
        "table": random.standard_normal((ROWS, WIDTH)),
        "weight": random.standard_normal((WIDTH, 3 * WIDTH)) / WIDTH**0.5,
        "bias": random.standard_normal(3 * WIDTH),
    }
    read = ["embedded", "weight", "bias", "mask"]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.INT32),
        helper.make_node("Attention", read, ["y"], domain="com.microsoft", num_heads=HEADS),
    ]
    names = ("input_ids", "attention_mask")
    entries = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "graph", entries, [output], tensors)
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save_model(helper.make_model(graph, opset_imports=versions, ir_version=8), path)
    return path


def feeds(count: int) -> list[Feed]:
    random = np.random.default_rng(4)
    rows = [random.integers(0, ROWS, (1, tokens)) for tokens in random.integers(3, 60, count)]
    return [{"input_ids": row, "attention_mask": np.ones_like(row)} for row in rows]


def test_attention_in_int8_answers_as_in_float(tmp_path: Path) -> None:
    source = attention(tmp_path / "float.onnx")
    Quantizer(source, feeds(30)).write("int8", tmp_path / "int8.onnx")
    for feed in feeds(45)[30:]:
        near = cosines(run(tmp_path / "int8.onnx", input_ids=feed["input_ids"]), run(source, **feed))
        assert near.min() > 0.999


def test_its_bias_is_the_products_own_and_there_is_no_mask(tmp_path: Path) -> None:
    Quantizer(attention(tmp_path / "float.onnx"), feeds(30)).write("int8", tmp_path / "int8.onnx")
    nodes = Graph(tmp_path / "int8.onnx").nodes
    assert [node.op_type for node in nodes if node.op_type in ("Add", "Attention", "QAttention")] == []
    (found,) = [node for node in nodes if node.op_type == "MultiHeadAttention"]
    assert len(found.input) == 3


@pytest.mark.parametrize("name", ["int8", "mixed"])
def test_onnxruntime_itself_refuses_a_mask(name: str, tmp_path: Path) -> None:
    """A padded batch would share one activation range, so that its answers would be wrong without any error."""
    Quantizer(attention(tmp_path / "float.onnx"), feeds(30)).write(name, tmp_path / "quantized.onnx")
    assert [node.op_type for node in Graph(tmp_path / "quantized.onnx").nodes if "mask" in node.output] == []
    with pytest.raises(InvalidArgument, match="attention_mask"):
        run(tmp_path / "quantized.onnx", **feeds(1)[0])


def test_attention_that_stays_float_reads_every_token(tmp_path: Path) -> None:
    """Its mask is then made in the graph, of ones."""
    graph = Graph(attention(tmp_path / "float.onnx"))
    graph.fix_input("attention_mask", 1)
    graph.prune()
    graph.save(tmp_path / "fixed.onnx")
    for feed in feeds(5):
        fixed = run(tmp_path / "fixed.onnx", input_ids=feed["input_ids"])
        assert (fixed == run(tmp_path / "float.onnx", **feed)).all()
