"""The wire formats of embeddings: what a body means, and how its answer reads."""

import base64
import random
import struct
from typing import Any

import pytest

from services.embeddings.request import Reply, Request
from services.embeddings.wire import EmbeddingsBody, FeatureExtraction, SentenceSimilarity
from shared.wire import Body


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (EmbeddingsBody, {"input": "a"}),
        (FeatureExtraction, {"inputs": "a"}),
        (FeatureExtraction, {"inputs": "a", "normalize": None, "truncate": None}),
        (SentenceSimilarity, {"inputs": {"source_sentence": "a", "sentences": ["b"]}, "parameters": {}}),
    ],
)
def test_every_format_asks_for_unit_length_unless_it_says_otherwise(kind: type[Body], value: dict[str, Any]) -> None:
    assert kind.read(value).request().normalize is True
    assert Request(input=["a"]).normalize is None


def test_the_options_of_a_format_are_the_requests() -> None:
    options = {"normalize": False, "truncate": False, "truncation_direction": "Left", "prompt_name": "query"}
    asked = FeatureExtraction.read({"inputs": ["a", "b"], "dimensions": 2, **options}).request()
    expected = {**options, "truncation_direction": "left"}
    assert asked == Request(input=["a", "b"], dimensions=2, **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 50])
def test_the_predicted_size_of_an_answer_is_close_to_the_real_one(count: int) -> None:
    rng = random.Random(7)
    texts = [f"text {i}" for i in range(count)]
    numbers = [[rng.gauss(0, 0.05) for _ in range(384)] for _ in texts]
    packed = [base64.b64encode(struct.pack("<384f", *vector)).decode() for vector in numbers]
    reply: Reply = {"embeddings": packed, "dimensions": 384, "tokens": [3] * len(texts)}
    for body in (
        EmbeddingsBody(input=texts),
        EmbeddingsBody(input=texts, encoding_format="base64"),
        FeatureExtraction(inputs=texts),
    ):
        assert body.answer_bytes(384) == pytest.approx(len(body.answer(reply, "embeddings")), rel=0.05)
