"""How an embedding artifact is made and judged: what its checkpoint says, its export, and the gate. In no image."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils import logging

from models.service import Paragraph
from services.embeddings.checkpoint import Checkpoint
from services.embeddings.pooling import Floats, vectors
from shared.contract import Model
from shared.manifest import Facts

GATE = {"cosine_mean": 0.99, "cosine_min": 0.98, "nearest_same": 0.98}
MEANINGS = {
    "cosine_mean": "The mean cosine to the float model's vectors",
    "cosine_min": "The smallest cosine to the float model's vectors",
    "nearest_same": "The share of questions that find the paragraph the float model finds",
}
Indices = NDArray[np.intp]
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OPSET = 17
# So many in one request of the gate, so that progress shows.
TEXTS_PER_REQUEST = 64


def facts(checkpoint: Path) -> Facts:
    """What the sentence-transformers configuration says. Raises ValueError for a model that is not served."""
    return Checkpoint.read(checkpoint).facts()


class _Encoder(torch.nn.Module):
    """An encoder that takes its inputs by position, as the exporter gives them."""

    def __init__(self, encoder: torch.nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self._encoder = encoder
        self._names = names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self._encoder(**dict(zip(self._names, inputs, strict=True)), return_dict=False)[0]
        return hidden


def export(checkpoint: Path, directory: Path) -> dict[str, Any]:
    """Write float32 `model.onnx`: ids, mask (batch, sequence) to token vectors (batch, sequence, dimensions).

    Pooling stays outside, so that the graph is an encoder's, whose patterns onnxruntime's fusions know.
    """
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # The fusions know attention written out, not torch's fused operator.
    eager = {"attn_implementation": "eager", "dtype": torch.float32}
    model = SentenceTransformer(str(checkpoint), device="cpu", local_files_only=True, model_kwargs=eager)
    names = [name for name in INPUTS if name in model.tokenizer.model_input_names]
    ids = torch.ones((2, 8), dtype=torch.int64)
    with warnings.catch_warnings():
        # That this exporter is the older of the two, and that a traced graph holds constants.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Encoder(model[0].get_submodule("model"), names).eval(),
            tuple(torch.zeros_like(ids) if name == "token_type_ids" else ids for name in names),
            str(directory / "model.onnx"),
            input_names=names,
            output_names=["hidden"],
            dynamic_axes={name: {0: "batch", 1: "sequence"} for name in [*names, "hidden"]},
            opset_version=OPSET,
            dynamo=False,
        )
    return {"exporter": f"torch {torch.__version__}, TorchScript", "opset": OPSET, "inputs": names}


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """What the model reads of the texts: every paragraph and every question, each alone."""
    return [(part,) for text in texts for part in text.texts]


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Nothing: an embedding has no threshold."""
    return {}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Cosines between the two models' vectors of all paragraphs and questions, and whether questions find the same.

    `nearest_right` is the candidate's share of questions whose nearest paragraph is the one they were written for, and
    `nearest_right_float` the float model's.
    """
    paragraphs = [text.paragraph for text in texts]
    questions = [question for text in texts for question in text.questions]
    own = np.array([index for index, text in enumerate(texts) for _ in text.questions])
    right = _embed(reference, [*paragraphs, *questions])
    ours = _embed(candidate, [*paragraphs, *questions])
    cosines = np.sum(right * ours, axis=1)
    nearest, nearest_float = _nearest(ours, len(paragraphs)), _nearest(right, len(paragraphs))
    figures = {
        "cosine_mean": cosines.mean(),
        "cosine_min": cosines.min(),
        "nearest_same": (nearest == nearest_float).mean(),
        "nearest_right": (nearest == own).mean(),
        "nearest_right_float": (nearest_float == own).mean(),
        "texts": len(cosines),
    }
    return {name: round(float(figure), 6) for name, figure in figures.items()}


def failures(quality: dict[str, float], thresholds: dict[str, float]) -> list[str]:
    """One sentence for each figure below its threshold."""
    return [
        f"{MEANINGS[name]} is {quality[name]:.4f}, and must be at least {least:g}."
        for name, least in thresholds.items()
        if not quality[name] >= least
    ]


def example(native: dict[str, Any]) -> dict[str, Any]:
    """The service's request for a native body with one text."""
    request = {"input": [native["input"]]}
    return {**request, "dimensions": native["dimensions"]} if native.get("dimensions") else request


def _embed(model: Model, texts: Sequence[str]) -> Floats:
    """Unit vectors, (texts, dimensions)."""
    return np.concatenate(list(_parts(model, texts)))


def _parts(model: Model, texts: Sequence[str]) -> Iterator[Floats]:
    for start in range(0, len(texts), TEXTS_PER_REQUEST):
        request = {"input": list(texts[start : start + TEXTS_PER_REQUEST]), "normalize": True}
        yield vectors(model.infer(request).result)


def _nearest(embedded: Floats, paragraphs: int) -> Indices:
    """For each question, which stand behind the paragraphs, the index of the paragraph nearest to it."""
    nearest: Indices = np.argmax(embedded[paragraphs:] @ embedded[:paragraphs].T, axis=1)
    return nearest
