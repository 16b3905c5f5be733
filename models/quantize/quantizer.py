"""Writes the quantizations that `quantize` in a catalog entry names, all from one fused float graph."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from models.graph import EXTERNAL_BYTES, Graph
from models.progress import bar, step
from models.quantize.affine import fold
from models.quantize.emit import make_int8_nodes
from models.quantize.linear import Linear, find_linears
from models.quantize.observe import Feed, observe
from models.quantize.plan import Plan, plan
from models.quantize.table import quantize_lookup

# The quantizations that each value of `quantize` tries, the smallest first.
ORDER = {"auto": ("int8", "mixed", "none"), "int8": ("int8",), "mixed": ("mixed",), "none": ("none",)}
# The largest error of a layer's output, as a share of its energy, with which it may be in int8.
_LARGEST_ERROR: Mapping[str, float] = {"int8": float("inf"), "mixed": 3e-4}
# The memory for what calibration records: enough for all texts with MiniLM, for a part of them with XLM-R large.
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
        """Write the quantization of that name to `target`; return what was done, for the manifest."""
        graph = Graph(self._source)
        facts: dict[str, Any] = {"weights": "float32"}
        if name != "none":
            limit = _LARGEST_ERROR[name]
            chosen = {output: found for output, found in self._plans.items() if found.error <= limit}
            graph.replace([new for node in graph.nodes for new in _quantize(graph, node, chosen)])
            fold(graph)
            # Sequences run one at a time and unpadded (see `emit`): without the input onnxruntime refuses a mask.
            graph.fix_input("attention_mask", 1)
            facts = _facts(self._plans, chosen)
        graph.prune()
        graph.save(target, self._external_bytes)
        return facts

    @cached_property
    def _plans(self) -> dict[str, Plan]:
        """The plan of each linear layer, by its output."""
        graph = Graph(self._source)
        layers = find_linears(graph)
        step("reading the calibration texts")
        seen = observe(graph, (layer.input for layer in layers), _choose_feeds(self._feeds, graph, layers))
        step("quantizing the layers")
        return {
            layer.output: plan(
                graph.weight(layer.weight),
                seen[layer.input],
                one_sided=layer.activated,
            )
            for layer in bar(layers, "quantizing")
        }


def _choose_feeds(feeds: Sequence[Feed], graph: Graph, layers: Sequence[Linear]) -> Sequence[Feed]:
    """Return as many of `feeds`, evenly taken, as there is memory for what flows into all `layers`."""
    widths = {layer.input: (graph.shape(layer.weight) or (0,))[0] for layer in layers}
    size = sum(feed["input_ids"].size for feed in feeds) * sum(widths.values()) * 4
    return feeds[:: max(1, math.ceil(size / _OBSERVED_BYTES))]


def _quantize(graph: Graph, node: onnx.NodeProto, plans: Mapping[str, Plan]) -> list[onnx.NodeProto]:
    found = plans.get(node.output[0])
    return make_int8_nodes(graph, node, found) if found else quantize_lookup(graph, node)


def _facts(plans: Mapping[str, Plan], chosen: Mapping[str, Plan]) -> dict[str, Any]:
    return {
        "weights": "int8 per output channel, neighbours up to 128, GPTQ; activations uint8 while it runs, smoothed",
        "tables": "int8 per row",
        "linear_layers": len(plans),
        "in_float": sorted(set(plans) - set(chosen)),
        "by_token": sum(found.by_token for found in chosen.values()),
        "mean_layer_error": float(np.mean([found.error for found in chosen.values()])),
    }
