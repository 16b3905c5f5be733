"""What a checkpoint says, and how a candidate is held against its float model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from models.gate import failures
from models.texts import Paragraph
from services.token_classification import build
from shared.contract import NO_DEADLINE, Deadline, Inference
from tests.token_classification.checkpoints import Checkpoints
from tests.token_classification.golden import tiny

pytestmark = pytest.mark.torch

TEXTS = [
    Paragraph(language="en", paragraph="Anna lives in Leeds.", questions=("Who is Anna?",)),
    Paragraph(language="de", paragraph="Eva wohnt in Köln.", questions=("Wo wohnt Eva?",)),
]


@dataclass(frozen=True)
class Fixed:
    """A model that labels words, which are its tokens; `score` is that of every one."""

    labels: dict[str, str] = field(default_factory=dict)
    score: float = 0.9

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        are_tokens = request.get("aggregation_strategy") == "none"
        results = [{"entities": list(self._found(text, are_tokens))} for text in request["text"]]
        return Inference(result={"results": results}, tokens=0)

    def _found(self, text: str, are_tokens: bool) -> Sequence[dict[str, Any]]:
        name = "entity" if are_tokens else "entity_group"
        words = [(word, text.index(word)) for word in text.split() if are_tokens or word in self.labels]
        return [
            {name: self.labels.get(word, "O"), "score": self.score, "start": start, "end": start + len(word)}
            for word, start in words
        ]


@pytest.mark.parametrize("name", tiny.FAMILIES)
def test_the_labels_and_the_tokenizers_marks_are_the_checkpoints(checkpoints: Checkpoints, name: str) -> None:
    facts = build.facts(checkpoints.checkpoint(name))
    vocabulary = tiny.tokenizer_json(name)
    special = {token["content"]: token["id"] for token in vocabulary["added_tokens"]}
    assert facts.max_tokens == tiny.FAMILIES[name].max_tokens
    assert facts.config == {
        "labels": list(tiny.LABELS),
        "subword_prefix": "##" if vocabulary["model"]["type"] == "WordPiece" else "",
        "unknown_token_id": special.get("[UNK]", special.get("<unk>")),
    }


def test_a_checkpoint_without_the_head_is_refused(checkpoints: Checkpoints, tmp_path: Path) -> None:
    config = json.loads((checkpoints.checkpoint("bert") / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}), encoding="utf-8")
    with pytest.raises(ValueError, match="no token-classification head"):
        build.facts(tmp_path)


def test_quality_is_the_share_of_equal_entities_and_labels_and_the_drift_of_scores() -> None:
    reference = Fixed({"Anna": "PER", "Leeds.": "LOC", "Eva": "PER", "Köln.": "LOC"})
    candidate = Fixed({"Anna": "PER", "Leeds.": "ORG", "Köln.": "LOC"}, score=0.8)
    figures = build.quality(reference, candidate, TEXTS)
    # Four entities by the one, three by the other, two of them the same.
    assert figures["same_entities"] == pytest.approx(4 / 7)
    assert figures["same_labels"] == pytest.approx(12 / 14)
    assert figures["mean_score_drift"] == pytest.approx(0.1)
    assert figures["entities"] == 4


def test_a_model_is_as_good_as_itself_and_a_worse_one_misses_the_gate() -> None:
    model = Fixed({"Anna": "PER", "Eva": "PER"})
    assert failures(build.quality(model, model, TEXTS), build.GATE) == []
    worse = failures(build.quality(model, Fixed({"Anna": "LOC"}, score=0.5), TEXTS), build.GATE)
    assert [sentence.split()[0] for sentence in worse] == list(build.GATE)


def test_a_model_that_finds_nothing_is_not_as_good_as_one_that_does() -> None:
    assert build.quality(Fixed({"Anna": "PER"}), Fixed(), TEXTS)["same_entities"] == 0
