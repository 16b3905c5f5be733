"""How a token-classification artifact is exported, measured and judged. Build machine only; in no image."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.checkpoint import Configuration
from models.service import Facts
from models.texts import Paragraph
from models.tokenizer import sentencepiece_messages
from shared.contract import Model

AUTO_CLASS = "AutoModelForTokenClassification"
OUTPUTS = {"logits": "token"}
# The share of equal entities and of equal labels of tokens, and how far their scores drift on average; see `quality`.
GATE = {"same_entities": 0.95, "same_labels": 0.98, "mean_score_drift": 0.03}
# Texts in one request of the gate: enough to fill batches, few enough to keep progress steady.
TEXTS_PER_REQUEST = 16


def facts(checkpoint: Path) -> Facts:
    """Return what a checkpoint's files say. Raises ValueError for one that cannot be served."""
    configuration = Configuration.read(checkpoint)
    configuration.require_head("ForTokenClassification", "token-classification")
    names = configuration.network.id2label
    labels = [names[number] for number in range(len(names))]
    return configuration.facts(config={"labels": labels, **_tokenizer_facts(checkpoint)})


def _tokenizer_facts(checkpoint: Path) -> dict[str, Any]:
    """Return how the tokenizer marks tokens that go on with a word, and its token for what it does not know."""
    from transformers import AutoTokenizer  # takes seconds to import

    sentencepiece_messages()
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
    prefix = getattr(tokenizer.backend_tokenizer.model, "continuing_subword_prefix", None)
    return {"subword_prefix": prefix or "", "unknown_token_id": tokenizer.unk_token_id}


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """Return what the model reads of the texts: every paragraph and every question, each alone."""
    return [(part,) for text in texts for part in text.texts]


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Return nothing: labels have no threshold."""
    return {}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Measure how near the candidate's entities and labels are to the reference's, over all paragraphs and questions.

    `same_entities` counts an entity that both find, with equal span and label, twice, and divides by all that either
    found. `entities` is the number of those that the reference finds.
    """
    parts = [part for text in texts for part in text.texts]
    theirs, ours = _entities(reference, parts), _entities(candidate, parts)
    right, found = _tokens(reference, parts), _tokens(candidate, parts)
    same = [one["entity"] == other["entity"] for one, other in zip(right, found, strict=True)]
    drifts = [abs(one["score"] - other["score"]) for one, other in zip(right, found, strict=True)]
    return {
        "same_entities": 2 * len(theirs & ours) / (len(theirs) + len(ours)) if theirs or ours else 1.0,
        "same_labels": float(np.mean(same)),
        "mean_score_drift": float(np.mean(drifts)),
        "max_score_drift": float(np.max(drifts)),
        "entities": float(len(theirs)),
        "tokens": float(len(same)),
    }


def _entities(model: Model, texts: Sequence[str]) -> set[tuple[int, str, int, int]]:
    """Return all entities: the number of their text, label, first character and the one behind the last."""
    results = enumerate(_results(model, texts))
    return {(i, one["entity_group"], one["start"], one["end"]) for i, found in results for one in found}


def _tokens(model: Model, texts: Sequence[str]) -> list[dict[str, Any]]:
    options = {"aggregation_strategy": "none", "ignore_labels": []}
    return [token for found in _results(model, texts, **options) for token in found]


def _results(model: Model, texts: Sequence[str], **options: Any) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(texts), TEXTS_PER_REQUEST):
        request = {"text": list(texts[start : start + TEXTS_PER_REQUEST]), **options}
        yield from (found["entities"] for found in model.infer(request).result["results"])
