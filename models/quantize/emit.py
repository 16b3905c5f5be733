"""Writes quantized layers as the nodes that onnxruntime runs."""

import numpy as np
import onnx
from onnx import helper

from models.graph import Graph
from models.quantize.plan import Plan

_CONTRIB = "com.microsoft"


def make_int8_nodes(graph: Graph, layer: onnx.NodeProto, plan: Plan) -> list[onnx.NodeProto]:
    """Return the nodes that take the place of a linear layer; add their weights to the graph."""
    if layer.op_type == "Attention":
        return _attention(graph, layer, plan)
    return _linear(graph, layer.input[0], plan, layer.output[0])


def _linear(graph: Graph, inputs: str, plan: Plan, output: str) -> list[onnx.NodeProto]:
    """Return the nodes of `inputs` times the planned weights."""
    smoothed = f"{output}_smoothed"
    smoothing = helper.make_node("Mul", [inputs, graph.add(f"{output}_smoothing", plan.smoothing)], [smoothed])
    weights = [graph.add(f"{output}_weight", plan.integers), graph.add(f"{output}_scales", plan.scales)]
    if plan.token_floor is None:
        return [smoothing, _product(smoothed, weights, output)]
    scaled = f"{output}_scaled"
    return [
        smoothing,
        *_scale_tokens(graph, output, smoothed, plan.token_floor),
        _product(f"{output}_even", weights, scaled),
        helper.make_node("Mul", [scaled, f"{output}_largest"], [output]),
    ]


def _product(inputs: str, weights: list[str], output: str) -> onnx.NodeProto:
    return helper.make_node("DynamicQuantizeMatMul", [inputs, *weights], [output], domain=_CONTRIB)


def _scale_tokens(graph: Graph, name: str, inputs: str, token_floor: float) -> list[onnx.NodeProto]:
    """Return the nodes that divide each token's inputs by their largest value, or by `token_floor` if that is more.

    So the noise of a token that is nearly silent does not become loud, and a token of zeros is not divided by zero.
    """
    floor = graph.add(f"{name}_floor", np.array(token_floor, dtype=np.float32))
    return [
        _peak(graph, name, inputs),
        helper.make_node("Max", [f"{name}_peak", floor], [f"{name}_largest"]),
        helper.make_node("Div", [inputs, f"{name}_largest"], [f"{name}_even"]),
    ]


def _peak(graph: Graph, name: str, inputs: str) -> onnx.NodeProto:
    if graph.opset < 18:
        return helper.make_node("ReduceMax", [inputs], [f"{name}_peak"], axes=[-1], keepdims=1)
    axes = graph.add(f"{name}_axes", np.array([-1], dtype=np.int64))
    return helper.make_node("ReduceMax", [inputs, axes], [f"{name}_peak"], keepdims=1)


def _attention(graph: Graph, node: onnx.NodeProto, plan: Plan) -> list[onnx.NodeProto]:
    """Return the nodes of the three products in int8, and of attention without a mask.

    There is nothing to mask: quantized activations have one range for a whole run, so that texts run one at a time and
    are never padded. Without a mask onnxruntime's CPU kernel takes its flash form: 19 ms, not 30, of the 70 that the
    embedded reader took for 384 tokens.
    """
    name = node.output[0]
    products, parts = f"{name}_products", [f"{name}_{part}" for part in ("query", "key", "value")]
    sizes = graph.add(f"{name}_sizes", np.full(3, len(plan.scales) // 3, dtype=np.int64))
    heads = next(helper.get_attribute_value(entry) for entry in node.attribute if entry.name == "num_heads")
    return [
        *_linear(graph, node.input[0], plan, f"{products}_unbiased"),
        helper.make_node("Add", [f"{products}_unbiased", node.input[2]], [products]),
        helper.make_node("Split", [products, sizes], parts, axis=-1),
        helper.make_node("MultiHeadAttention", parts, [name], domain=_CONTRIB, num_heads=heads),
    ]
