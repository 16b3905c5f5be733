"""How the gate judges a candidate, shown with toy models whose vectors are known."""

import base64
import struct
from pathlib import Path
from typing import Any

import pytest

from models.gate import failures
from models.texts import Paragraph
from services.embeddings import build
from shared.contract import NO_DEADLINE, Deadline, Inference
from shared.encoder.export import export
from tests.embeddings import tiny

pytestmark = pytest.mark.torch
TEXTS = [
    Paragraph(language="en", paragraph="cats", questions=("cat?", "kitten?")),
    Paragraph(language="en", paragraph="dogs", questions=("dog?", "puppy?")),
]
VECTORS = {
    "cats": (1.0, 0.0),
    "dogs": (0.0, 1.0),
    "cat?": (1.0, 0.0),
    "kitten?": (0.8, 0.6),
    "dog?": (0.0, 1.0),
    "puppy?": (0.6, 0.8),
}


class Toy:
    """Answers with vectors from a table."""

    def __init__(self, table: dict[str, tuple[float, float]]) -> None:
        self._table = table

    def infer(self, request: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> Inference:
        rows = [base64.b64encode(struct.pack("<2f", *self._table[text])).decode() for text in request["input"]]
        return Inference(result={"embeddings": rows, "dimensions": 2, "tokens": [1] * len(rows)}, tokens=len(rows))


def test_a_candidate_like_the_float_model_passes() -> None:
    quality = build.quality(Toy(VECTORS), Toy(VECTORS), TEXTS)
    assert quality == {
        "cosine_mean": 1.0,
        "cosine_min": 1.0,
        "nearest_same": 1.0,
        "nearest_right": 1.0,
        "nearest_right_float": 1.0,
        "texts": 6.0,
    }
    assert failures(quality, build.GATE) == []


def test_a_candidate_that_finds_other_paragraphs_is_refused_with_the_numbers() -> None:
    quality = build.quality(Toy(VECTORS), Toy({**VECTORS, "kitten?": (0.6, 0.8)}), TEXTS)
    assert quality["cosine_min"] == pytest.approx(0.96)
    assert quality["nearest_same"] == 0.75
    assert quality["nearest_right_float"] == 1.0
    assert failures(quality, build.GATE) == [
        "cosine_min is 0.9600; at least 0.98 is allowed.",
        "nearest_same is 0.7500; at least 0.98 is allowed.",
    ]


def test_nothing_is_calibrated() -> None:
    assert build.calibrate(Toy(VECTORS), TEXTS) == {}


def test_the_export_takes_any_batch_and_length_and_says_what_it_did(tmp_path: Path) -> None:
    import onnxruntime

    encoder = tiny.roberta(tmp_path / "encoder")
    checkpoint = tiny.sentence_transformer(encoder, tmp_path / "checkpoint", pooling="mean", normalize=True)
    (tmp_path / "out").mkdir()
    said = export(checkpoint, tmp_path / "out", auto_class=build.AUTO_CLASS, outputs=build.OUTPUTS)
    assert said["inputs"] == ["input_ids", "attention_mask"]
    session = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx", providers=["CPUExecutionProvider"])
    for shape in ((1, 1), (3, 32)):
        ids = [[4] * shape[1]] * shape[0]
        (hidden,) = session.run(None, {"input_ids": ids, "attention_mask": [[1] * shape[1]] * shape[0]})
        assert hidden.shape == (*shape, tiny.DIMENSIONS)
