"""How a question-answering artifact is exported, measured and judged. Build machine only; in no image."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.checkpoint import Configuration
from models.service import Facts
from models.texts import Paragraph
from shared.contract import Model

AUTO_CLASS = "AutoModelForQuestionAnswering"
OUTPUTS = {"start_logits": "token", "end_logits": "token"}
# The share of equal top answers, and how far their score and the null score may drift on average; see `quality`.
GATE = {"same_answer": 0.96, "mean_score_drift": 0.05, "mean_null_drift": 0.05}
# Questions in one request of the gate: enough to fill batches, few enough to keep progress steady.
QUESTIONS_PER_REQUEST = 32

Pair = tuple[str, str]


def facts(checkpoint: Path) -> Facts:
    """Return what a checkpoint's files say. Raises ValueError for one that cannot be served."""
    configuration = Configuration.read(checkpoint)
    configuration.require_head("ForQuestionAnswering", "question-answering")
    return configuration.facts()


def sequences(texts: Sequence[Paragraph]) -> list[tuple[str, ...]]:
    """Return what the model reads of the texts: each question with its paragraph."""
    return list(_pairs(texts))


def calibrate(reference: Model, texts: Sequence[Paragraph]) -> dict[str, Any]:
    """Measure on the float model how its odds of an answer become the probability that there is none.

    Answerable are the texts' own pairs; unanswerable the same questions put to the next paragraph of their language.
    Both weigh the same, so that one half is where either is as likely. Platt, Probabilistic Outputs for Support Vector
    Machines, 1999: a logistic function of the logarithm of the odds, here with its slope and its midpoint.
    """
    own = _log_odds(reference, list(_pairs(texts)))
    strange = _log_odds(reference, list(_strange_pairs(texts)))
    slope, midpoint = fit_logistic(own, strange)
    shares = f"answered {(own > midpoint).mean():.3f} of the former, refused {(strange <= midpoint).mean():.3f}"
    data = f"{len(own)} own question/paragraph pairs, and {len(strange)} with another paragraph; {shares} of the latter"
    return {"no_answer_slope": slope, "no_answer_midpoint": midpoint, "no_answer_data": data}


def fit_logistic(above: NDArray[np.float64], below: NDArray[np.float64]) -> tuple[float, float]:
    """Fit P(below) = 1 / (1 + exp(slope * (x - midpoint))) to samples of both kinds, which weigh the same in all.

    By Newton's method on the mean log-likelihood, with a small ridge: kinds that do not overlap have a slope too.
    """
    x = np.concatenate((above, below))
    wanted = np.concatenate((np.ones(len(above)), np.zeros(len(below))))
    weights = np.concatenate((np.full(len(above), 0.5 / len(above)), np.full(len(below), 0.5 / len(below))))
    center, spread = x.mean(), max(float(x.std()), 1e-6)
    design = np.stack(((x - center) / spread, np.ones(len(x))), axis=1)
    ridge = np.array([1e-3, 0.0])
    found = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weights * (wanted - p)) - ridge * found
        curvature = (design.T * (weights * np.maximum(p * (1 - p), 1e-9))) @ design + np.diag(ridge)
        found = found + np.clip(np.linalg.solve(curvature, gradient), -2, 2)
    slope = max(float(found[0] / spread), 1e-3)
    return slope, float(center - found[1] / max(found[0], 1e-3) * spread)


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Measure how near the candidate's top answers are to the reference's, over all question/paragraph pairs.

    `same_answer`: the share whose top answer is the same span. `mean_score_drift`, `mean_null_drift`: the mean absolute
    difference of the top score and of the null score. Also the largest score drift, and the number of pairs.
    """
    pairs = list(_pairs(texts))
    # As the pipeline scores them: raw, before any calibration.
    ours, theirs = (list(_results(model, pairs, ranking="sum")) for model in (candidate, reference))
    tops = [(_top(a), _top(b)) for a, b in zip(ours, theirs, strict=True)]
    drifts = [abs(a["score"] - b["score"]) for a, b in tops]
    nulls = [abs(a["no_answer_score"] - b["no_answer_score"]) for a, b in zip(ours, theirs, strict=True)]
    return {
        "same_answer": sum((a["start"], a["end"]) == (b["start"], b["end"]) for a, b in tops) / len(tops),
        "mean_score_drift": float(np.mean(drifts)),
        "mean_null_drift": float(np.mean(nulls)),
        "max_score_drift": max(drifts),
        "pairs": len(pairs),
    }


def _top(result: dict[str, Any]) -> dict[str, Any]:
    """Return the best answer. A model whose logits are no numbers has none; its score then passes no gate."""
    answers = result["answers"]
    return answers[0] if answers else {"start": -1, "end": -1, "score": float("nan")}


def _pairs(texts: Sequence[Paragraph]) -> Iterator[Pair]:
    for text in texts:
        yield from ((question, text.paragraph) for question in text.questions)


def _strange_pairs(texts: Sequence[Paragraph]) -> Iterator[Pair]:
    """Yield every question with the paragraph after its own, among those of its language."""
    for language in dict.fromkeys(text.language for text in texts):
        same = [text for text in texts if text.language == language]
        for text, other in zip(same, same[1:] + same[:1], strict=True):
            if other is not text:
                yield from ((question, other.paragraph) for question in text.questions)


def _results(model: Model, pairs: Sequence[Pair], **options: str) -> Iterator[dict[str, Any]]:
    for start in range(0, len(pairs), QUESTIONS_PER_REQUEST):
        questions, contexts = zip(*pairs[start : start + QUESTIONS_PER_REQUEST], strict=True)
        request = {"question": list(questions), "context": list(contexts), **options}
        yield from model.infer(request).result["results"]


def _log_odds(model: Model, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Return the logarithm of a model's odds that there is an answer, from its probability that there is none."""
    none = np.array([result["no_answer_score"] for result in _results(model, pairs)])
    odds: NDArray[np.float64] = np.log1p(-np.minimum(none, 1 - 1e-12)) - np.log(np.maximum(none, 1e-12))
    return odds
