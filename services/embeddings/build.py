"""How an embeddings artifact is exported, measured and judged. Build machine only; in no image."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.service import Facts
from models.texts import Paragraph
from services.embeddings.checkpoint import Checkpoint
from services.embeddings.model import Floats, decode_vectors
from shared.contract import Model

AUTO_CLASS = "SentenceTransformer"
# Pooling stays outside the graph, so that it is an encoder's, whose patterns onnxruntime's fusions know.
OUTPUTS = {"last_hidden_state": "token"}
# Cosines to the float model's vectors, and the share of questions that find the same paragraph; see `quality`.
GATE = {"cosine_mean": 0.99, "cosine_min": 0.98, "nearest_same": 0.98}
# Texts in one request of the gate: few enough to keep progress steady.
TEXTS_PER_REQUEST = 64


def facts(checkpoint: Path) -> Facts:
    """Return what the sentence-transformers configuration says. Raises ValueError for a model that is not served."""
    return Checkpoint.read(checkpoint).facts()


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """Return what the model reads of the texts: every paragraph and every question, each alone."""
    return [(part,) for text in texts for part in text.texts]


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Measure nothing: an embedding has no threshold."""
    return {}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Measure how near the candidate's vectors are to the reference's, over all paragraphs and questions.

    `cosine_mean` and `cosine_min` are of each text's two vectors; `nearest_same` is the share of questions that find
    the same paragraph with both models. `nearest_right` is the candidate's share of questions whose nearest paragraph
    is the one they were written for, and `nearest_right_float` the reference's.
    """
    paragraphs = [text.paragraph for text in texts]
    questions = [question for text in texts for question in text.questions]
    own = np.array([index for index, text in enumerate(texts) for _ in text.questions])
    theirs = _embed(reference, [*paragraphs, *questions])
    ours = _embed(candidate, [*paragraphs, *questions])
    cosines = np.sum(theirs * ours, axis=1)
    nearest, nearest_float = _nearest(ours, len(paragraphs)), _nearest(theirs, len(paragraphs))
    figures = {
        "cosine_mean": cosines.mean(),
        "cosine_min": cosines.min(),
        "nearest_same": (nearest == nearest_float).mean(),
        "nearest_right": (nearest == own).mean(),
        "nearest_right_float": (nearest_float == own).mean(),
        "texts": len(cosines),
    }
    return {name: round(float(figure), 6) for name, figure in figures.items()}


def _embed(model: Model, texts: Sequence[str]) -> Floats:
    """Return unit vectors, (texts, dimensions)."""
    return np.concatenate(list(_parts(model, texts)))


def _parts(model: Model, texts: Sequence[str]) -> Iterator[Floats]:
    for start in range(0, len(texts), TEXTS_PER_REQUEST):
        request = {"input": list(texts[start : start + TEXTS_PER_REQUEST]), "normalize": True}
        yield decode_vectors(model.infer(request).result)


def _nearest(embedded: Floats, paragraphs: int) -> NDArray[np.intp]:
    """Return for each question, which stand behind the paragraphs, the index of the paragraph nearest to it."""
    nearest: NDArray[np.intp] = np.argmax(embedded[paragraphs:] @ embedded[:paragraphs].T, axis=1)
    return nearest
