"""What 8-bit matrix products can gain on this machine: a model's linear layers alone, against the usual way's in float.

Every linear layer in 8 bits of the artifact's graph, at the model's usual length and on one thread:
`DynamicQuantizeMatMul` of onnxruntime, the activations' quantization included, against PyTorch's `linear`. Both have
their weights in the caches and are taken at their fastest. What a whole model gains lies below: attention, GELU and
normalisation stay in float.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from benchmarks.command import Run, main
from benchmarks.spread import Spread, ratio, significant
from benchmarks.subjects import Subject, subjects
from models.graph import FILE_NAME, Graph
from models.progress import bar, say

OPERATOR = "DynamicQuantizeMatMul"
BURST = 5
SEED = 20261121
Shape = tuple[int, int]
Call = Callable[[], object]


def measure(run: Run) -> None:
    """Measure the products of every model, and keep the rows."""
    rows = [row for subject in subjects(large=run.large) for row in _rows(run, subject)]
    run.results.write(run.name("products"), rows, unit="ms")


def _rows(run: Run, subject: Subject) -> Iterator[dict[str, Any]]:
    torch.set_num_threads(1)  # after building a model, which takes all there are
    shapes, tokens = _shapes(subject), subject.entry.tokens
    calls = {shape: (_float(shape, tokens), _int8(shape, tokens)) for shape in shapes}
    taken: tuple[list[list[float]], list[list[float]]] = ([], [])
    for _ in bar(range(run.choose(20, 3, 5)), f"{subject.name}: products"):
        for side, rounds in enumerate(taken):
            rounds.append([sum(count * _ms(calls[shape][side]) for shape, count in shapes.items())])
    usual, ours = (Spread.of([total for (total,) in rounds]).median for rounds in taken)
    operations = sum(2 * tokens * rows * columns * count for (rows, columns), count in shapes.items())
    found = {
        "layers": sum(shapes.values()),
        "usual_ms": significant(usual, 4),
        "int8_ms": significant(ours, 4),
        "usual_gops": significant(operations / usual / 1e6, 3),
        "int8_gops": significant(operations / ours / 1e6, 3),
        "ratio": ratio(*taken),
    }
    say(f"{subject.name}: products in {found['int8_ms']} ms, the usual way's in {found['usual_ms']} ms")
    yield {**subject.facts(), "tokens": tokens, "threads": 1, **found}


def _shapes(subject: Subject) -> Counter[Shape]:
    """Inputs and outputs of each linear layer in 8 bits, and how many there are of each."""
    graph = Graph(subject.artifact / FILE_NAME)
    found = [graph.shape(node.input[1]) for node in graph.nodes if node.op_type == OPERATOR]
    return Counter((shape[0], shape[1]) for shape in found if shape)


def _ms(call: Call) -> float:
    """The fastest of a burst: a neighbour's turn on this core is none of ours."""
    best = float("inf")
    for _ in range(BURST):
        began = time.perf_counter()
        call()
        best = min(best, (time.perf_counter() - began) * 1000)
    return best


def _float(shape: Shape, tokens: int) -> Call:
    layer = torch.nn.Linear(*shape).requires_grad_(False)
    values = torch.randn(1, tokens, shape[0])
    return lambda: layer(values)


def _int8(shape: Shape, tokens: int) -> Call:
    random = np.random.default_rng(SEED)
    weights: dict[str, np.ndarray[Any, Any]] = {
        "weight": random.integers(-64, 64, shape, dtype=np.int8),
        "scale": np.full(shape[1], 0.01, dtype=np.float32),
        "bias": np.zeros(shape[1], dtype=np.float32),
    }
    node = helper.make_node(OPERATOR, ["values", "weight", "scale", "", "bias"], ["product"], domain="com.microsoft")
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, [1, tokens, shape[0]])],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, [1, tokens, shape[1]])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=domains, ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = {"values": random.standard_normal((1, tokens, shape[0]), dtype=np.float32)}
    return lambda: session.run(None, values)


if __name__ == "__main__":
    main(measure, __doc__, large=True)
