"""Folds the factors and biases that follow a quantized product into the product."""

from collections import Counter

import numpy as np
import onnx

from models.graph import Graph


def fold(graph: Graph) -> None:
    """Fold the factors and biases by channel that follow each int8 product into the product's own scales and bias.

    Each of them would be a pass over the outputs. They are two in three of MobileBERT's nodes.
    """
    uses = Counter(name for node in graph.nodes for name in node.input)
    uses.update(output.name for output in graph.model.graph.output)
    readers = {name: node for node in graph.nodes for name in node.input if uses[name] == 1}
    taken_over: set[str] = set()
    for node in graph.nodes:
        if node.op_type == "DynamicQuantizeMatMul":
            taken_over |= _fold(graph, node, readers)
    # The product has taken over the folded nodes' output names, so those nodes can go.
    graph.replace(
        [node for node in graph.nodes if node.op_type == "DynamicQuantizeMatMul" or not taken_over & {*node.output}]
    )


def _fold(graph: Graph, node: onnx.NodeProto, readers: dict[str, onnx.NodeProto]) -> set[str]:
    """Fold the nodes that follow `node` into it; return the output names that it took over."""
    scales = graph.weight(node.input[2])
    bias = np.zeros_like(scales)
    folded: set[str] = set()
    while (following := readers.get(node.output[0])) is not None:
        values = _channel_values(graph, following, node.output[0], scales.shape)
        if values is None:
            break
        if following.op_type == "Mul":
            scales, bias = scales * values, bias * values
        else:
            bias = bias + values
        node.output[0] = following.output[0]
        folded.add(following.output[0])
    if folded:
        name = node.output[0]
        kept = [*node.input[:2], graph.add(f"{name}_folded_scales", scales), "", graph.add(f"{name}_folded_bias", bias)]
        del node.input[:]
        node.input.extend(kept)
    return folded


def _channel_values(
    graph: Graph, node: onnx.NodeProto, product: str, shape: tuple[int, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    """Return the factor or bias, one value a channel, that `node` applies to the product; None for another node."""
    if node.op_type not in ("Add", "Mul"):
        return None
    (other,) = [name for name in node.input if name != product]
    return graph.weight(other) if graph.shape(other) == shape else None
