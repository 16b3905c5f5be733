"""What a checkpoint says, and how a candidate is held against its float model."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from models.gate import failures
from models.texts import Paragraph
from services.question_answering import build
from shared.contract import NO_DEADLINE, Deadline, Inference
from tests.question_answering.checkpoints import READER, Checkpoints
from tests.question_answering.golden import tiny

pytestmark = pytest.mark.torch

TEXTS = [
    Paragraph(
        language="en", paragraph="Anna lives in Leeds.", questions=("Where does Anna live?", "Who lives in Leeds?")
    ),
    Paragraph(language="en", paragraph="Bob sells honey.", questions=("What does Bob sell?",)),
    Paragraph(language="de", paragraph="Eva wohnt in Köln.", questions=("Wo wohnt Eva?",)),
]


@dataclass(frozen=True)
class Fixed:
    """A model whose answer to each question is a start and a score, and whose null score is by question and context."""

    answers: Mapping[str, tuple[int, float]]
    nulls: Mapping[tuple[str, str], float]

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        results = []
        for question, context in zip(request["question"], request["context"], strict=True):
            start, score = self.answers.get(question, (0, 0.5))
            answer = {"answer": context[start : start + 3], "start": start, "end": start + 3, "score": score}
            null = self.nulls.get((question, context), 0.0)
            results.append({"answers": [answer], "no_answer_score": null})
        return Inference(result={"results": results}, tokens=0)


@pytest.mark.parametrize("name", sorted(tiny.FAMILIES))
def test_the_longest_sequence_is_what_the_architecture_has_positions_for(checkpoints: Checkpoints, name: str) -> None:
    facts = build.facts(checkpoints.checkpoint(name))
    assert facts.max_tokens == tiny.FAMILIES[name].max_tokens
    assert facts.pad_token_id == tiny.FAMILIES[name].config["pad_token_id"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model_type": "unheard-of"}, "unheard-of"),
        ({"architectures": ["BertForMaskedLM"]}, "no question-answering head"),
    ],
)
def test_a_checkpoint_that_cannot_be_served_is_refused(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    config = json.loads((READER / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        build.facts(tmp_path)


@pytest.mark.parametrize(
    ("name", "typed"), [("bert", True), ("albert", True), ("distilbert", False), ("roberta", False)]
)
def test_a_graph_takes_token_types_where_the_model_tells_them_apart(
    checkpoints: Checkpoints, name: str, typed: bool
) -> None:
    session = onnxruntime.InferenceSession(checkpoints.artifact(name, "onnx") / "model.onnx")
    assert ("token_type_ids" in {node.name for node in session.get_inputs()}) == typed
    assert [node.name for node in session.get_outputs()] == ["start_logits", "end_logits"]


def test_one_half_tells_own_questions_from_those_of_other_paragraphs() -> None:
    nulls = {
        ("Where does Anna live?", TEXTS[0].paragraph): 0.1,
        ("Who lives in Leeds?", TEXTS[0].paragraph): 0.2,
        ("What does Bob sell?", TEXTS[1].paragraph): 0.3,
        ("Where does Anna live?", TEXTS[1].paragraph): 0.8,
        ("Who lives in Leeds?", TEXTS[1].paragraph): 0.7,
        ("What does Bob sell?", TEXTS[0].paragraph): 0.9,
    }
    measured = build.calibrate(Fixed({}, nulls), TEXTS)
    assert math.log(0.3 / 0.7) < measured["no_answer_midpoint"] < math.log(0.7 / 0.3)
    assert measured["no_answer_slope"] > 0
    assert "4 own question/paragraph pairs, and 3 with another paragraph" in measured["no_answer_data"]


def test_the_fitted_probability_is_the_share_of_each_kind() -> None:
    random = np.random.default_rng(1)
    x = random.normal(0, 4, 20_000)
    is_above = random.random(20_000) < 1 / (1 + np.exp(-0.7 * (x - 1.5)))
    above, below = x[is_above], x[~is_above]
    slope, midpoint = build.fit_logistic(above, below)
    # Both kinds weigh the same: one half lies where each is as likely for its own number.
    shift = math.log(len(above) / len(below)) / 0.7
    assert slope == pytest.approx(0.7, abs=0.05)
    assert midpoint == pytest.approx(1.5 + shift, abs=0.15)


def test_kinds_that_do_not_overlap_have_a_finite_slope() -> None:
    slope, midpoint = build.fit_logistic(np.array([5.0, 6.0]), np.array([-6.0, -5.0]))
    assert 0 < slope < 100
    assert midpoint == pytest.approx(0, abs=0.5)


def test_quality_is_the_share_of_equal_answers_and_the_drift_of_scores() -> None:
    reference = Fixed({}, {})
    candidate = replace(reference, answers={"Wo wohnt Eva?": (4, 0.5), "What does Bob sell?": (0, 0.9)})
    figures = build.quality(reference, candidate, TEXTS)
    assert figures["same_answer"] == 0.75
    assert figures["mean_score_drift"] == pytest.approx(0.1)
    assert figures["max_score_drift"] == pytest.approx(0.4)
    assert figures["pairs"] == 4


def test_a_model_is_as_good_as_itself() -> None:
    model = Fixed({}, {})
    assert failures(build.quality(model, model, TEXTS), build.GATE) == []


def test_each_missed_threshold_is_a_sentence_with_its_numbers() -> None:
    figures = {"same_answer": 0.9, "mean_score_drift": 0.2, "mean_null_drift": 0.01, "pairs": 500.0}
    first, second = failures(figures, build.GATE)
    assert "0.9000" in first
    assert "0.96" in first
    assert "0.2000" in second
