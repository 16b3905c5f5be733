"""The nodes of quantized layers, as onnxruntime runs them."""

import numpy as np
import onnx
from onnx import helper

from models.graph import Graph
from models.quantize.plan import Plan

_CONTRIB = "com.microsoft"


def int8_nodes(graph: Graph, layer: onnx.NodeProto, plan: Plan) -> list[onnx.NodeProto]:
    """The nodes that take the place of a linear layer; their weights are added to the graph."""
    name = layer.output[0]
    smoothed, scaled = f"{name}_smoothed", f"{name}_scaled"
    nodes = [helper.make_node("Mul", [layer.input[0], graph.add(f"{name}_smoothing", plan.smoothing)], [smoothed])]
    graph.add(f"{name}_weight", plan.integers)
    graph.add(f"{name}_scales", plan.scales)
    graph.add(f"{name}_zeros", np.zeros(len(plan.scales), dtype=np.int8))
    if layer.op_type == "Attention":
        return nodes + _attention(layer, smoothed)
    if not plan.by_token:
        return [*nodes, _product(name, smoothed, name)]
    return [
        *nodes,
        *_largest(graph, name, smoothed, plan.quietest),
        _product(name, f"{name}_even", scaled),
        _times_largest(name, scaled),
    ]


def _product(name: str, inputs: str, output: str) -> onnx.NodeProto:
    weights = [f"{name}_weight", f"{name}_scales", f"{name}_zeros"]
    return helper.make_node("DynamicQuantizeMatMul", [inputs, *weights], [output], domain=_CONTRIB)


def _largest(graph: Graph, name: str, inputs: str, quietest: float) -> list[onnx.NodeProto]:
    """Divide each token's inputs by their largest, or by `quietest`: what is nearly silent must not widen the range."""
    floor = graph.add(f"{name}_floor", np.array(quietest, dtype=np.float32))
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


def _times_largest(name: str, product: str) -> onnx.NodeProto:
    return helper.make_node("Mul", [product, f"{name}_largest"], [name])


def _attention(node: onnx.NodeProto, inputs: str) -> list[onnx.NodeProto]:
    name = node.output[0]
    bias, mask = node.input[2], node.input[3] if len(node.input) > 3 else ""
    quantized = [f"{name}_q", f"{name}_q_scale", f"{name}_q_zero"]
    read = [quantized[0], f"{name}_weight", bias, quantized[1], f"{name}_scales", mask, quantized[2], f"{name}_zeros"]
    kept = {
        a.name: helper.get_attribute_value(a) for a in node.attribute if a.name in ("num_heads", "mask_filter_value")
    }
    return [
        helper.make_node("DynamicQuantizeLinear", [inputs], quantized),
        helper.make_node("QAttention", read, [name], domain=_CONTRIB, **kept),
    ]
