"""Optimizes graphs: onnxruntime's transformer fusions, counted, and a graph that loads without optimization."""

from collections import Counter
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.onnx_model import OnnxModel

from models.architectures import ATTENTION, GELU, LAYER_NORM, architecture_of
from models.graph import EXTERNAL_BYTES, FILE_NAME, weight_bytes

# Fused operators by what they replace.
FUSIONS = {
    ATTENTION: {"Attention", "MultiHeadAttention"},
    GELU: {"Gelu", "BiasGelu", "FastGelu"},
    LAYER_NORM: {"SkipLayerNormalization", "LayerNormalization"},
}


class FusionError(Exception):
    """A fused operator that the architecture has is missing in the graph."""


def fuse(source: Path, target: Path, network: Any, external_bytes: int = EXTERNAL_BYTES) -> dict[str, int]:
    """Write the graph at `source` with fused operators to `target`; return how many there are of each kind.

    `network` is the checkpoint's configuration, of transformers. Raises FusionError where one is missing that
    `models.architectures` expects.
    """
    wanted = FusionOptions("bert")
    # The fused operator reads float tables only, and is no faster than its parts.
    wanted.enable_embed_layer_norm = False
    fused = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=getattr(network, "num_attention_heads", 0),
        hidden_size=getattr(network, "hidden_size", 0),
        optimization_options=wanted,
        opt_level=0,
    )
    operators = Counter(node.op_type for node in fused.model.graph.node)
    counts = {kind: sum(operators[name] for name in names) for kind, names in FUSIONS.items()}
    missing = [kind for kind in architecture_of(network.model_type).fusions if not counts[kind]]
    if missing:
        problem = f"no fused {' and no fused '.join(missing)} operator in a {network.model_type} graph"
        raise FusionError(
            f"{problem}: the exporter's patterns changed; pin torch and onnxruntime, or teach models/optimize.py."
        )
    _split_skips(fused)
    fused.save_model_to_file(str(target), use_external_data_format=weight_bytes(fused.model) >= external_bytes)
    return counts


def _split_skips(fused: OnnxModel) -> None:
    """Put additions and a LayerNormalization where the fusions left SkipLayerNormalization.

    onnxruntime 1.31's CPU kernel of the latter is scalar: 0.23 ms for (90, 384), against 0.05 ms for its parts.
    """
    nodes = [part for node in fused.model.graph.node for part in _split(node)]
    del fused.model.graph.node[:]
    fused.model.graph.node.extend(nodes)


def _split(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    if node.op_type != "SkipLayerNormalization":
        return [node]
    inputs = [str(name) for name in node.input]
    first, second, gamma, beta, bias = inputs + [""] * (5 - len(inputs))
    total = node.output[3] if len(node.output) > 3 else f"{node.output[0]}_sum"
    epsilon = next((entry.f for entry in node.attribute if entry.name == "epsilon"), 1e-5)
    nodes = [onnx.helper.make_node("Add", [first, bias], [f"{total}_biased"])] if bias else []
    nodes.append(onnx.helper.make_node("Add", [f"{total}_biased" if bias else first, second], [total]))
    normalize = onnx.helper.make_node(
        "LayerNormalization", [total, gamma, beta], [node.output[0]], axis=-1, epsilon=epsilon
    )
    return [*nodes, normalize]


def optimize_for_loading(source: Path, directory: Path) -> None:
    """Write `model.onnx` into `directory` as onnxruntime itself optimizes `source` at its EXTENDED level.

    So a load has nothing left to optimize. The next level, ALL, would fix layouts of the machine that saved it. The
    weights lie beside it in `model.onnx.data`, which is mapped into memory: parsing and copying them would take longer
    than the rest of a load, and of a vocabulary's table only the rows that are looked up are ever read.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(directory / FILE_NAME)
    for option, value in (("file_name", f"{FILE_NAME}.data"), ("min_size_in_bytes", "1024")):
        options.add_session_config_entry(f"session.optimized_model_external_initializers_{option}", value)
    onnxruntime.InferenceSession(
        source, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
