"""Exports a checkpoint's network as a float32 ONNX graph, for every task. Build machine only; in no image."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from shared.encoder.torch import input_names, open_module

OPSET = 17
# How the axes of an output are called; those of the inputs are the same as of an output by token.
AXES = {"token": {0: "batch", 1: "sequence"}, "sequence": {0: "batch"}}


def export(checkpoint: Path, directory: Path, *, auto_class: str, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Write the network of `checkpoint` as `model.onnx` into `directory`, past 2 GB with its weights beside it.

    `auto_class` and `outputs` are those of the manifest. Inputs are int64 (batch, sequence), both axes dynamic; an
    output by "token" is (batch, sequence, ...), one by "sequence" (batch, ...). The exporter is the TorchScript one,
    whose patterns onnxruntime's fusions look for. Returns what was done, for the manifest.
    """
    # The fusions know attention written out, not torch's fused operator.
    module = open_module(checkpoint, auto_class, attn_implementation="eager")
    inputs = input_names(module)
    with torch.inference_mode(), warnings.catch_warnings():
        # It warns that it is the older of two exporters, and that a traced graph holds constants.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _ByPosition(module, inputs, list(outputs)),
            tuple(torch.ones(2, 8, dtype=torch.long) for _ in inputs),
            str(directory / "model.onnx"),
            input_names=inputs,
            output_names=list(outputs),
            dynamic_axes={
                **{name: AXES["token"] for name in inputs},
                **{name: AXES[kind] for name, kind in outputs.items()},
            },
            opset_version=OPSET,
            dynamo=False,
        )
    return {"exporter": f"torch {torch.__version__}, TorchScript", "opset": OPSET, "inputs": inputs}


class _ByPosition(torch.nn.Module):
    """A network that takes its inputs and returns its outputs by position, as the exporter wants them."""

    def __init__(self, module: Any, inputs: list[str], outputs: list[str]) -> None:
        super().__init__()
        self._module = module
        self._inputs = inputs
        self._outputs = outputs

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        output = self._module(**dict(zip(self._inputs, inputs, strict=True)))
        return tuple(output[name] for name in self._outputs)
