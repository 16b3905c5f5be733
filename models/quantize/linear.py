"""Finds the linear layers of a fused graph: every product of activations with a weight matrix."""

from dataclasses import dataclass

import onnx

from models.graph import Graph

_ACTIVATIONS = {"BiasGelu", "FastGelu", "Gelu", "QuickGelu", "Relu"}


@dataclass(frozen=True, kw_only=True)
class Linear:
    """`MatMul` of `input` by `weight` (inputs, outputs), or the `Attention` operator with its three products in one.

    `activated` says that the input comes from an activation function, and so is nearly one-sided.
    """

    node: onnx.NodeProto
    activated: bool

    @property
    def input(self) -> str:
        return str(self.node.input[0])

    @property
    def weight(self) -> str:
        return str(self.node.input[1])

    @property
    def output(self) -> str:
        return str(self.node.output[0])


def find_linears(graph: Graph) -> list[Linear]:
    """Return the linear layers, in the order they run."""
    producers = {output: node.op_type for node in graph.nodes for output in node.output}
    return [
        Linear(node=node, activated=producers.get(node.input[0]) in _ACTIVATIONS)
        for node in graph.nodes
        if node.op_type in ("MatMul", "Attention") and len(graph.shape(node.input[1]) or ()) == 2
    ]
