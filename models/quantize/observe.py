"""Records what flows into linear layers while the float graph reads real texts."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto

from models.graph import Graph
from models.progress import bar

Floats = NDArray[np.float32]
# What a graph takes, by input: one sequence, as (1, tokens) of int64.
Feed = dict[str, NDArray[np.int64]]
# The rows that went into each layer, one array (tokens, inputs) per sequence.
Observed = dict[str, list[Floats]]


def observe(graph: Graph, names: Iterable[str], feeds: Sequence[Feed]) -> Observed:
    """Run the graph on `feeds`; return the values of the named tensors for each."""
    wanted = list(dict.fromkeys(names))
    instrumented = _write_instrumented(graph, wanted)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(instrumented, options, providers=["CPUExecutionProvider"])
    seen: Observed = {name: [] for name in wanted}
    taken = {entry.name for entry in session.get_inputs()}
    for feed in bar(feeds, "calibration"):
        values = session.run(wanted, {name: value for name, value in feed.items() if name in taken})
        for name, value in zip(wanted, values, strict=True):
            seen[name].append(value.reshape(-1, value.shape[-1]))
    instrumented.unlink()
    return seen


def _write_instrumented(graph: Graph, names: Sequence[str]) -> Path:
    """Write the graph with the named tensors as outputs; beside the original, so that it finds the same weights."""
    model = onnx.ModelProto()
    model.CopyFrom(graph.model)
    existing = {output.name for output in model.graph.output}
    for name in names:
        if name not in existing:
            model.graph.output.append(onnx.helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    path = graph.path.with_name("instrumented.onnx")
    onnx.save_model(model, path)
    return path
