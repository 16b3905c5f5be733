"""The quantizations that `quantize` in a catalog entry names, each written from one fused float graph."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from models.graph import EXTERNAL_BYTES, Graph
from models.progress import bar
from models.quantize.affine import fold
from models.quantize.emit import int8_nodes
from models.quantize.linear import Linear, linears
from models.quantize.observe import Feed, observe
from models.quantize.plan import Plan, plan
from models.quantize.table import lookups

# What an entry's `quantize` tries, the smallest first.
ORDER = {"auto": ("int8", "mixed", "none"), "int8": ("int8",), "mixed": ("mixed",), "none": ("none",)}
# The largest error of a layer's output, as a share of its energy, with which it may be in int8.
_LARGEST_ERROR: Mapping[str, float] = {"int8": float("inf"), "mixed": 3e-4}
# What calibration may keep in memory of what flows through a graph: all of it for MiniLM, a part for XLM-R large.
_OBSERVED_BYTES = 3_000_000_000


class Quantizer:
    """Writes the quantizations of the graph at `source`, calibrated on `feeds`.

    Weights go beside the file from `external_bytes` on.
    """

    def __init__(self, source: Path, feeds: Sequence[Feed], external_bytes: int = EXTERNAL_BYTES) -> None:
        self._source = source
        self._feeds = feeds
        self._external_bytes = external_bytes

    def write(self, name: str, target: Path) -> dict[str, Any]:
        """Write the quantization of that name to `target`; returns what was done, for the manifest."""
        graph = Graph(self._source)
        facts: dict[str, Any] = {"weights": "float32"}
        if name != "none":
            limit = _LARGEST_ERROR[name]
            chosen = {output: found for output, found in self._plans.items() if found.error <= limit}
            graph.replace([new for node in graph.nodes for new in _quantized(graph, node, chosen)])
            fold(graph)
            facts = _facts(self._plans, chosen)
        graph.save(target, self._external_bytes)
        return facts

    @cached_property
    def _plans(self) -> dict[str, Plan]:
        """The plan of each linear layer, by its output."""
        graph = Graph(self._source)
        layers = linears(graph)
        seen = observe(graph, (layer.input for layer in layers), _affordable(self._feeds, graph, layers))
        return {
            layer.output: plan(
                graph.weight(layer.weight),
                seen[layer.input],
                one_sided=layer.activated,
            )
            for layer in bar(layers, "quantizing")
        }


def _affordable(feeds: Sequence[Feed], graph: Graph, layers: Sequence[Linear]) -> Sequence[Feed]:
    """As many of `feeds`, evenly taken, as have room for what flows into all `layers`."""
    widths = {layer.input: (graph.shape(layer.weight) or (0,))[0] for layer in layers}
    size = sum(feed["input_ids"].size for feed in feeds) * sum(widths.values()) * 4
    return feeds[:: max(1, math.ceil(size / _OBSERVED_BYTES))]


def _quantized(graph: Graph, node: onnx.NodeProto, plans: Mapping[str, Plan]) -> list[onnx.NodeProto]:
    found = plans.get(node.output[0])
    return int8_nodes(graph, node, found) if found else lookups(graph, node)


def _facts(plans: Mapping[str, Plan], chosen: Mapping[str, Plan]) -> dict[str, Any]:
    return {
        "weights": "int8 per output channel, neighbours up to 128, GPTQ; activations uint8 while it runs, smoothed",
        "tables": "int8 per row",
        "linear_layers": len(plans),
        "in_float": sorted(set(plans) - set(chosen)),
        "by_token": sum(found.by_token for found in chosen.values()),
        "mean_layer_error": float(np.mean([found.error for found in chosen.values()])),
    }
