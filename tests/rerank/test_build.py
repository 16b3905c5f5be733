"""What a reranker's checkpoint has to be, and what the quality gate measures."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.texts import Paragraph, pairs
from services.rerank import build
from shared.contract import NO_DEADLINE, Deadline, Inference
from tests.rerank.fakes import CountingNetwork, reranker

CONFIG = {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "max_position_embeddings": 160}
TEXTS = [
    Paragraph(language="en", paragraph="paris paris", questions=("paris who?", "paris", "a third question")),
    Paragraph(language="en", paragraph="anna", questions=("anna",)),
    Paragraph(language="en", paragraph="bob", questions=("bob",)),
    Paragraph(language="en", paragraph="it", questions=("it",)),
]


class Shifted:
    """Another model whose scores are changed, document by document."""

    def __init__(self, *changes: float, factor: float = 1.0) -> None:
        self._changes = changes
        self._factor = factor

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        found = reranker(CountingNetwork()).infer(request, deadline)
        scores = [
            self._factor * score + change for score, change in zip(found.result["scores"], self._changes, strict=True)
        ]
        return replace(found, result={**found.result, "scores": scores})


def checkpoint(directory: Path, **config: Any) -> Path:
    (directory / "config.json").write_text(json.dumps({**CONFIG, **config}), encoding="utf-8")
    (directory / "tokenizer_config.json").write_text('{"model_max_length": 128}', encoding="utf-8")
    return directory


def test_a_checkpoint_with_one_label_is_a_reranker(tmp_path: Path) -> None:
    facts = build.facts(checkpoint(tmp_path, id2label={"0": "LABEL_0"}))
    assert (facts.max_tokens, facts.pad_token_id) == (128, 0)


def test_a_window_stays_short_whatever_the_model_could_read(tmp_path: Path) -> None:
    directory = checkpoint(tmp_path, id2label={"0": "LABEL_0"}, max_position_embeddings=8192)
    (directory / "tokenizer_config.json").write_text('{"model_max_length": 8192}', encoding="utf-8")
    assert build.facts(directory).max_tokens == 512


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"id2label": {"0": "no", "1": "yes"}}, "its classifier has 2 labels"),
        ({"architectures": ["BertForQuestionAnswering"]}, "its architecture has no sequence-classification head"),
    ],
)
def test_another_checkpoint_is_refused(tmp_path: Path, config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build.facts(checkpoint(tmp_path, **config))


def test_a_model_agrees_with_itself() -> None:
    model = Shifted(0, 0, 0, 0)
    assert build.quality(model, model, TEXTS) == {
        "same_best": 1,
        "correlation": 1,
        "mean_score_drift": 0,
        "best_right": 1,
        "best_right_float": 1,
        "pairs": 20,
    }


def test_another_best_document_is_seen() -> None:
    figures = build.quality(Shifted(0, 0, 0, 0), Shifted(0, 9, 0, 0), TEXTS)
    assert (figures["same_best"], figures["best_right"], figures["best_right_float"]) == (0, 0, 1)
    assert figures["correlation"] < build.GATE["correlation"]


def test_scores_that_only_shrink_are_seen_as_drift() -> None:
    figures = build.quality(Shifted(0, 0, 0, 0), Shifted(0, 0, 0, 0, factor=0.5), TEXTS)
    assert (figures["same_best"], figures["correlation"]) == (1, 1)
    assert figures["mean_score_drift"] > build.GATE["mean_score_drift"]


def test_the_model_is_calibrated_with_relevant_pairs_and_others() -> None:
    sequences = build.sequences(pairs())
    own = {(question, text.paragraph) for text in pairs() for question in text.questions}
    assert sum(pair in own for pair in sequences) == len(sequences) / 2
