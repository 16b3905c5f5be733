"""The usual way (`benchmarks.baseline`) as a side."""

import importlib
from pathlib import Path
from typing import Any

from benchmarks.side import Answer, Clock

CLASSES = {
    "question_answering": ("transformers", "AutoModelForQuestionAnswering"),
    "embeddings": ("sentence_transformers", "SentenceTransformer"),
}


def load(options: dict[str, Any], clock: Clock) -> Answer:
    """Import PyTorch and the library of the service, load the checkpoint; its tokenizer counts as session."""
    import torch

    library, name = CLASSES[options["service"]]
    getattr(importlib.import_module(library), name)  # transformers imports a class when it is asked for
    from benchmarks.baseline import BASELINES

    torch.set_num_threads(options["threads"])
    clock.lap("imports")
    baseline = BASELINES[options["service"]](Path(options["checkpoint"]), graded=options["graded"])
    clock.lap("session")
    return baseline.answer
