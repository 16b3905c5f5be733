"""ONNX graphs on disk: one file, or the weights beside it where protobuf's 2 GB would not hold them."""

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
    """A graph whose weights are read one at a time: what is 2 GB on disk does not have to be 2 GB in memory."""

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
        """The version of ONNX's own operators."""
        return next(int(entry.version) for entry in self.model.opset_import if entry.domain in ("", "ai.onnx"))

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The shape of a weight; None for what is not one."""
        return tuple(self._tensors[name].dims) if name in self._tensors else None

    def weight(self, name: str) -> NDArray[np.float32]:
        """A weight's values."""
        tensor = self._tensors[name]
        if uses_external_data(tensor):
            tensor = copy.deepcopy(tensor)
            load_external_data_for_tensor(tensor, str(self.path.parent))
        return numpy_helper.to_array(tensor).astype(np.float32, copy=False)

    def add(self, name: str, values: NDArray[np.generic]) -> str:
        """Add a weight; returns its name."""
        tensor = numpy_helper.from_array(np.ascontiguousarray(values), name)
        self._tensors[name] = tensor
        self.model.graph.initializer.append(tensor)
        return name

    def replace(self, nodes: list[onnx.NodeProto]) -> None:
        """Make `nodes` the graph, and drop the weights that none of them reads."""
        graph = self.model.graph
        read = {name for node in nodes for name in node.input}
        kept = [tensor for tensor in graph.initializer if tensor.name in read]
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(nodes)
        graph.initializer.extend(kept)

    def save(self, path: Path, external_bytes: int = EXTERNAL_BYTES) -> None:
        """Write it to another `path`, and its weights to `<path>.data` when they take `external_bytes` or more."""
        load_external_data_for_model(self.model, str(self.path.parent))
        save(self.model, path, external_bytes)


def weight_bytes(model: onnx.ModelProto) -> int:
    """What the weights take, whether they are loaded or still beside the file."""
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
