"""infinity's embedding engine, in process: `options["engine"]` is torch, or optimum for its onnx backend.

The onnx backend takes a quantized graph where there is one, as it prefers to on a CPU: the one that
sentence-transformers left in `options["folder"]`.
"""

import asyncio
import importlib
import os
import shutil
from pathlib import Path
from typing import Any

from benchmarks.side import Answer, Clock


def load(options: dict[str, Any], clock: Clock) -> Answer:
    """Start the engine; it batches by itself, a request's texts are handed over at once."""
    import torch

    infinity = importlib.import_module("infinity_emb")
    torch.set_num_threads(options["threads"])
    _tell_threads(options["threads"])
    clock.lap("imports")
    if options["engine"] == "optimum":
        os.chdir(_quantized(options["folder"]))  # optimum does not find infinity's choice in a folder with a path
    engine = infinity.AsyncEmbeddingEngine.from_args(
        infinity.EngineArgs(
            model_name_or_path="." if options["engine"] == "optimum" else options["checkpoint"],
            engine=options["engine"],
            device="cpu",
            pooling_method="mean",
            bettertransformer=False,
            model_warmup=False,
            lengths_via_tokenize=True,
        )
    )
    loop = asyncio.new_event_loop()
    loop.run_until_complete(engine.astart())
    clock.lap("session")
    return lambda request: loop.run_until_complete(engine.embed(sentences=request["input"]))[0]


def _quantized(folder: str) -> Path:
    """A folder in the form that infinity looks for: the int8 graph of sentence-transformers, called quantized."""
    target = Path(folder, "infinity")
    if not target.exists():
        shutil.copytree(folder, target, ignore=lambda _, names: [n for n in names if not n.endswith((".json", ".txt"))])
        (graph,) = Path(folder).glob("onnx/model_q*int8_*.onnx")
        shutil.copyfile(graph, target / "model_quantized.onnx")
    return target


def _tell_threads(threads: int) -> None:
    """infinity has no setting for onnxruntime's threads: sessions opened without options get ours."""
    import onnxruntime

    opened = onnxruntime.InferenceSession.__init__

    def with_threads(self: Any, path: Any, sess_options: Any = None, *others: Any, **named: Any) -> None:
        sess_options = sess_options or onnxruntime.SessionOptions()
        sess_options.intra_op_num_threads = threads
        opened(self, path, sess_options, *others, **named)

    onnxruntime.InferenceSession.__init__ = with_threads
