"""How a text-classification artifact is made and judged: its network, its labels, and the gate. In no image."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.checkpoint import Configuration
from models.service import Facts
from models.texts import Paragraph
from shared.contract import Model

AUTO_CLASS = "AutoModelForSequenceClassification"
OUTPUTS = {"logits": "sequence"}
GATE = {"same_label": 0.97, "mean_score_drift": 0.02}
# So many in one request of the gate, so that progress shows.
TEXTS_PER_REQUEST = 64


def facts(checkpoint: Path) -> Facts:
    """Return what the configuration says: the labels, and which function the pipeline would apply to their logits."""
    configuration = Configuration.read(checkpoint)
    configuration.require_head("ForSequenceClassification", "text-classification")
    network = configuration.network
    function = "softmax" if network.num_labels > 1 else "sigmoid"
    function = {"regression": "none", "multi_label_classification": "sigmoid"}.get(network.problem_type, function)
    labels = [str(network.id2label[i]) for i in range(network.num_labels)]
    return configuration.facts(config={"labels": labels, "function_to_apply": function})


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """Return every paragraph and every question, each alone."""
    return [(part,) for text in texts for part in text.texts]


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Return nothing: there is no threshold."""
    return {}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Compare the labels of all paragraphs and questions.

    `same_label` is the share with the same best label, `mean_score_drift` the mean absolute difference of the score
    of the reference's best label, and `max_score_drift` the largest.
    """
    read = [text for (text,) in sequences(texts)]
    parts = [{"text": read[i : i + TEXTS_PER_REQUEST]} for i in range(0, len(read), TEXTS_PER_REQUEST)]
    ours, theirs = ([one for part in parts for one in m.infer(part).result["results"]] for m in (candidate, reference))
    same, drifts = [], []
    for found, (best, *_) in zip(ours, theirs, strict=True):
        same.append(found[0]["label"] == best["label"])
        drifts += [abs(one["score"] - best["score"]) for one in found if one["label"] == best["label"]]
    return {
        "same_label": float(np.mean(same)),
        "mean_score_drift": float(np.mean(drifts)),
        "max_score_drift": float(np.max(drifts)),
        "texts": len(read),
    }
