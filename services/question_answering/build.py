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
    """Find the null score that best tells answerable questions from others, on the float model.

    Answerable are the texts' own pairs; unanswerable the same questions put to the next paragraph of their language.
    Best is the threshold with the highest mean of the two shares told right (Youden's J).
    """
    own = _null_scores(reference, list(_pairs(texts)))
    strange = _null_scores(reference, list(_strange_pairs(texts)))
    scores = np.unique(np.concatenate((own, strange)))
    # Between two scores, so that a candidate's small drift turns neither; they span many magnitudes.
    thresholds = np.sqrt(scores[:-1] * scores[1:])
    answered = np.searchsorted(np.sort(own), thresholds, side="left") / len(own)
    refused = 1 - np.searchsorted(np.sort(strange), thresholds, side="left") / len(strange)
    best = int(np.argmax(answered + refused))
    data = f"{len(own)} own question/paragraph pairs, and {len(strange)} with another paragraph"
    shares = f"answered {answered[best]:.3f} of the former, refused {refused[best]:.3f} of the latter"
    return {"no_answer_threshold": float(thresholds[best]), "no_answer_threshold_data": f"{data}; {shares}"}


def quality(reference: Model, candidate: Model, texts: Sequence[Paragraph]) -> dict[str, float]:
    """Measure how near the candidate's top answers are to the reference's, over all question/paragraph pairs.

    `same_answer`: the share whose top answer is the same span. `mean_score_drift`, `mean_null_drift`: the mean absolute
    difference of the top score and of the null score. Also the largest score drift, and the number of pairs.
    """
    pairs = list(_pairs(texts))
    ours, theirs = list(_results(candidate, pairs)), list(_results(reference, pairs))
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


def _results(model: Model, pairs: Sequence[Pair]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(pairs), QUESTIONS_PER_REQUEST):
        questions, contexts = zip(*pairs[start : start + QUESTIONS_PER_REQUEST], strict=True)
        yield from model.infer({"question": list(questions), "context": list(contexts)}).result["results"]


def _null_scores(model: Model, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    return np.array([result["no_answer_score"] for result in _results(model, pairs)])
