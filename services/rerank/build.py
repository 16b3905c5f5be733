"""How a reranking artifact is made and judged: its network, and the figures of the quality gate. In no image."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.checkpoint import Configuration
from models.service import Facts
from models.texts import Paragraph
from services.rerank.model import sigmoid
from shared.contract import Model

AUTO_CLASS = "AutoModelForSequenceClassification"
OUTPUTS = {"logits": "sequence"}
# The share of equal best documents, how the logits go together, and how far relevant scores may drift; see `quality`.
GATE = {"same_best": 0.97, "correlation": 0.98, "mean_score_drift": 0.03}
# A window takes memory by the square of its length, 3 GB at 8,192 tokens; a long document has several instead.
MAX_TOKENS = 512
# Questions asked of each paragraph, and documents for each: its own paragraph, and those behind it in the list.
QUESTIONS, DOCUMENTS = 2, 4


def facts(checkpoint: Path) -> Facts:
    """Return what a checkpoint's files say. Raises ValueError for one that does not give one score."""
    configuration = Configuration.read(checkpoint)
    configuration.require_head("ForSequenceClassification", "sequence-classification")
    labels = configuration.network.num_labels
    if labels != 1:
        raise ValueError(f"its classifier has {labels} labels and a reranker has one score; name a cross-encoder")
    found = configuration.facts()
    return replace(found, max_tokens=min(found.max_tokens, MAX_TOKENS))


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """Return what the model reads of the texts: each question with its own paragraph, and with the next."""
    return [(question, document) for question, documents in _searches(texts) for document in documents[:2]]


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Measure nothing: a reranker has no threshold."""
    return {}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Measure how near the candidate's scores are to the reference's, over each question's few paragraphs.

    `same_best` is the share of questions whose best paragraph is the same, `correlation` Pearson's of all logits, and
    `mean_score_drift` the mean absolute difference of the probabilities of questions' own paragraphs. `best_right` is
    the candidate's share of questions whose own paragraph is the best, `best_right_float` the reference's.
    """
    searches = list(_searches(texts))
    ours, theirs = _logits(candidate, searches), _logits(reference, searches)
    best, best_float = ours.argmax(axis=1), theirs.argmax(axis=1)
    figures = {
        "same_best": (best == best_float).mean(),
        "correlation": np.corrcoef(ours.ravel(), theirs.ravel())[0, 1],
        "mean_score_drift": np.abs(sigmoid(ours[:, 0]) - sigmoid(theirs[:, 0])).mean(),
        "best_right": (best == 0).mean(),
        "best_right_float": (best_float == 0).mean(),
        "pairs": ours.size,
    }
    return {name: round(float(figure), 6) for name, figure in figures.items()}


def _searches(texts: Sequence[Paragraph]) -> Iterator[tuple[str, list[str]]]:
    """Yield each question and its documents, its own paragraph first."""
    for index, text in enumerate(texts):
        documents = [texts[(index + step) % len(texts)].paragraph for step in range(DOCUMENTS)]
        yield from ((question, documents) for question in text.questions[:QUESTIONS])


def _logits(model: Model, searches: Sequence[tuple[str, list[str]]]) -> NDArray[np.float64]:
    """Return the logits, (questions, documents)."""
    requests = ({"query": query, "documents": documents, "raw_scores": True} for query, documents in searches)
    return np.array([model.infer(request).result["scores"] for request in requests])
