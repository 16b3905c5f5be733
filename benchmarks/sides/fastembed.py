"""fastembed, with the same weights as a float32 graph in a folder of this machine: its own is on a hub.

`options["folder"]` holds the graph as `onnx/model.onnx` beside the checkpoint's tokenizer files, as
sentence-transformers left them there.
"""

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks.side import Answer, Clock

NAME = "benchmark/all-MiniLM-L6-v2"


def load(options: dict[str, Any], clock: Clock) -> Answer:
    """A custom model with the settings that its catalog has for all-MiniLM-L6-v2."""
    fastembed = importlib.import_module("fastembed")
    described = importlib.import_module("fastembed.common.model_description")
    clock.lap("imports")
    fastembed.TextEmbedding.add_custom_model(
        model=NAME,
        pooling=described.PoolingType.MEAN,
        normalization=True,
        sources=described.ModelSource(hf=NAME),
        dim=384,
        model_file="onnx/model.onnx",
    )
    model = fastembed.TextEmbedding(
        NAME,
        threads=options["threads"],
        specific_model_path=str(_whole(Path(options["folder"]), options["max_tokens"])),
        providers=["CPUExecutionProvider"],
    )
    clock.lap("session")
    return lambda request: list(model.embed(request["input"]))


def _whole(folder: Path, max_tokens: int) -> Path:
    """A copy that reads as much as the others do: fastembed takes the checkpoint's `max_length`, half of it."""
    target = folder / "fastembed"
    if not target.exists():
        target.mkdir()
        for path in (*folder.glob("*.json"), *folder.glob("*.txt")):
            shutil.copyfile(path, target / path.name)
        (target / "onnx").symlink_to(folder / "onnx")
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        text = json.dumps({**settings, "max_length": max_tokens})
        (target / "tokenizer_config.json").write_text(text, encoding="utf-8")
    return target
