"""What a checkpoint's files say of its labels, and what the gate measures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.texts import pairs
from services.text_classification import build
from shared.contract import Inference, Model
from tests.text_classification.fakes import Counting, Fixed, classifier
from tests.text_classification.golden import tiny

pytestmark = pytest.mark.torch

TEXTS = pairs()[:5]
READ = sum(len(text.texts) for text in TEXTS)


def configured(directory: Path, name: str, **fields: Any) -> Path:
    """The configuration files of a tiny classifier, with other fields."""
    tiny.save(name, directory)
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    (directory / "config.json").write_text(json.dumps(config | fields), encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("name", "function", "labels"),
    [
        ("distilbert", "softmax", ["NEGATIVE", "POSITIVE"]),
        ("mobilebert", "softmax", list(tiny.MOODS)),
        ("roberta", "sigmoid", list(tiny.TOPICS)),
        ("electra", "sigmoid", ["toxic"]),
        ("albert", "none", ["stars"]),
    ],
)
def test_labels_and_function_are_those_of_the_pipeline(
    name: str, function: str, labels: list[str], tmp_path: Path
) -> None:
    facts = build.facts(configured(tmp_path, name))
    assert facts.config == {"labels": labels, "function_to_apply": function}
    assert facts.max_tokens == tiny.CLASSIFIERS[name].max_tokens


def test_a_network_with_another_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no text-classification head"):
        build.facts(configured(tmp_path, "bert", architectures=["BertForMaskedLM"]))


def test_a_model_is_as_good_as_itself() -> None:
    model = classifier(Counting(), max_tokens=64)
    assert build.quality(model, model, TEXTS) == {
        "same_label": 1.0,
        "mean_score_drift": 0.0,
        "max_score_drift": 0.0,
        "texts": READ,
    }


def test_other_labels_and_scores_are_measured() -> None:
    reference, candidate = classifier(Fixed([2.0, 1.0, 0.0])), classifier(Fixed([1.0, 2.0, 0.0]))
    quality = build.quality(reference, candidate, TEXTS)
    powers = np.exp([2.0, 1.0, 0.0])
    assert quality["same_label"] == 0
    assert quality["mean_score_drift"] == pytest.approx((powers[0] - powers[1]) / powers.sum())


def test_one_wrong_label_among_many_is_seen() -> None:
    class Once:
        """Answers the first text otherwise than the model does."""

        def __init__(self, model: Model) -> None:
            self._model = model
            self._first = True

        def infer(self, request: dict[str, Any]) -> Inference:
            inference = self._model.infer(request)
            if self._first:
                inference.result["results"][0].reverse()
                self._first = False
            return inference

    model = classifier(Fixed([2.0, 1.0, 0.0]))
    quality = build.quality(model, Once(model), TEXTS)  # type: ignore[arg-type]
    assert quality["same_label"] == pytest.approx((READ - 1) / READ)
    assert (quality["mean_score_drift"], quality["max_score_drift"]) == (0, 0)


def test_every_threshold_is_of_a_figure_that_is_measured() -> None:
    model = classifier(Counting(), max_tokens=64)
    assert build.GATE.keys() <= build.quality(model, model, TEXTS).keys()
