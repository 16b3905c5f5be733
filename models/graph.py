"""Reads and writes ONNX graphs: one file, or with the weights beside it where protobuf's 2 GB would not hold them."""

import copy
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.external_data_helper import (
    convert_model_to_external_data,
    load_external_data_for_model,
    load_external_data_for_tensor,
    uses_external_data,
)

FILE_NAME = "model.onnx"
# Protobuf ends at 2 GB; the graph itself needs a little room.
EXTERNAL_BYTES = 2_000_000_000
# Shapes and axes are read while the graph is loaded: they stay inside the file.
_INLINE_BYTES = 1024


class Graph:
    """A graph whose weights are read one at a time, so that 2 GB on disk are not 2 GB in memory."""

    def __init__(self, path: Path) -> None:
        self.model = onnx.load(path, load_external_data=False)
        self.path = path
        self._tensors = {tensor.name: tensor for tensor in self.model.graph.initializer}

    @property
    def nodes(self) -> list[onnx.NodeProto]:
        """Its nodes, in the order they run."""
        return list(self.model.graph.node)

    @property
    def opset(self) -> int:
        """Return the version of ONNX's own operators."""
        return next(int(entry.version) for entry in self.model.opset_import if entry.domain in ("", "ai.onnx"))

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Return the shape of a weight; None for a name that is no weight's."""
        return tuple(self._tensors[name].dims) if name in self._tensors else None

    def weight(self, name: str) -> NDArray[np.float32]:
        """Return a weight's values."""
        tensor = self._tensors[name]
        if uses_external_data(tensor):
            tensor = copy.deepcopy(tensor)
            load_external_data_for_tensor(tensor, str(self.path.parent))
        return numpy_helper.to_array(tensor).astype(np.float32, copy=False)

    def add(self, name: str, values: NDArray[np.generic]) -> str:
        """Add a weight; return its name."""
        tensor = numpy_helper.from_array(np.ascontiguousarray(values), name)
        self._tensors[name] = tensor
        self.model.graph.initializer.append(tensor)
        return name

    def replace(self, nodes: list[onnx.NodeProto]) -> None:
        """Make `nodes` the graph, in the order they run."""
        del self.model.graph.node[:], self.model.graph.value_info[:]
        self.model.graph.node.extend(nodes)

    def fix_input(self, name: str, value: int) -> None:
        """Fill the input `name`, of the shape of `input_ids`, with `value`; it is then no input any more."""
        graph = self.model.graph
        found = [entry for entry in graph.input if entry.name == name]
        for entry in found:
            kind = onnx.helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type)
            filled = numpy_helper.from_array(np.array([value], dtype=kind))
            shape = onnx.helper.make_node("Shape", ["input_ids"], [f"{name}_shape"])
            fill = onnx.helper.make_node("ConstantOfShape", [f"{name}_shape"], [name], value=filled)
            graph.input.remove(entry)
            self.replace([shape, fill, *self.nodes])

    def prune(self) -> None:
        """Drop the nodes, weights and inputs that no output depends on: onnxruntime would still ask for the inputs."""
        graph = self.model.graph
        needed, kept = {output.name for output in graph.output}, []
        for node in reversed(self.nodes):
            if needed & {*node.output}:
                kept.append(node)
                needed |= _reads(node)
        self.replace(kept[::-1])
        for entries in (graph.input, graph.initializer):
            used = [entry for entry in entries if entry.name in needed]
            del entries[:]
            entries.extend(used)

    def save(self, path: Path, external_bytes: int = EXTERNAL_BYTES) -> None:
        """Write it to another `path`, and its weights to `<path>.data` when they take `external_bytes` or more."""
        load_external_data_for_model(self.model, str(self.path.parent))
        save(self.model, path, external_bytes)


def _reads(node: onnx.NodeProto) -> set[str]:
    """Return the names of the values that a node and the graphs in it read."""
    inner = [part for entry in node.attribute for graph in (entry.g, *entry.graphs) for part in graph.node]
    return {name for name in node.input if name}.union(*map(_reads, inner))


def weight_bytes(model: onnx.ModelProto) -> int:
    """Return the bytes that the weights take, whether they are loaded or still beside the file."""
    sizes = (
        np.prod(t.dims) * onnx.helper.tensor_dtype_to_np_dtype(t.data_type).itemsize for t in model.graph.initializer
    )
    return sum(int(size) for size in sizes)


def save(model: onnx.ModelProto, path: Path, external_bytes: int = EXTERNAL_BYTES) -> None:
    """Write a loaded model to `path`, its weights to `<path>.data` when they take `external_bytes` or more."""
    data = path.with_name(path.name + ".data")
    data.unlink(missing_ok=True)  # onnx would append
    if weight_bytes(model) >= external_bytes:
        convert_model_to_external_data(model, location=data.name, size_threshold=_INLINE_BYTES)
    onnx.save_model(model, path)
