"""sentence-transformers: PyTorch in float32, or its onnx backend with its own dynamic int8 quantization.

`options["backend"]` is torch or onnx; `options["folder"]` keeps what the onnx backend exports the first time.
"""

from pathlib import Path
from typing import Any

from benchmarks.side import Answer, Clock


def load(options: dict[str, Any], clock: Clock) -> Answer:
    """The checkpoint on a backend; all texts of a request go to one `encode`."""
    import torch

    torch.set_num_threads(options["threads"])
    model = (_quantized if options["backend"] == "onnx" else _plain)(options)
    clock.lap("session")
    return lambda request: model.encode(request["input"], show_progress_bar=False)


def _plain(options: dict[str, Any]) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(options["checkpoint"], device="cpu")


def _quantized(options: dict[str, Any]) -> Any:
    import onnxruntime
    from sentence_transformers import SentenceTransformer

    folder, graph = Path(options["folder"]), f"model_q*int8_{options['instructions']}.onnx"
    if not list(folder.glob(f"onnx/{graph}")):
        _export(options["checkpoint"], folder, options["instructions"])
    (found,) = folder.glob(f"onnx/{graph}")
    session = onnxruntime.SessionOptions()
    session.intra_op_num_threads = options["threads"]
    chosen = {"file_name": f"onnx/{found.name}", "provider": "CPUExecutionProvider", "session_options": session}
    return SentenceTransformer(str(folder), device="cpu", backend="onnx", model_kwargs=chosen)


def _export(checkpoint: str, folder: Path, instructions: str) -> None:
    from sentence_transformers import SentenceTransformer, export_dynamic_quantized_onnx_model

    model = SentenceTransformer(checkpoint, device="cpu", backend="onnx", model_kwargs={"export": True})
    model.save_pretrained(str(folder))
    export_dynamic_quantized_onnx_model(model, instructions, str(folder))
