"""The wire formats of embeddings: what a body means, and how its answer reads."""

import base64
import json
import random
import struct
from collections.abc import Mapping
from typing import Any

import pytest

from services.embeddings.request import Reply, Request
from services.embeddings.tei import FeatureExtraction, SentenceSimilarity, arrays
from services.embeddings.wire import EmbeddingsBody
from shared.body import Body
from shared.deployment import ANSWER_BYTES


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
        FeatureExtraction.read({"inputs": texts}),
    ):
        assert body.answer_bytes(384) == pytest.approx(len(body.answer(reply, "embeddings")), rel=0.05)


def similar(vectors: Mapping[str, tuple[float, ...]], source: str, *others: str) -> list[float]:
    body = SentenceSimilarity.read({"inputs": {"source_sentence": source, "sentences": list(others)}})
    packed = [base64.b64encode(struct.pack("<2f", *vectors[text])).decode() for text in (source, *others)]
    cosines: list[float] = json.loads(body.answer({"embeddings": packed, "dimensions": 2, "tokens": [1] * 3}, "m"))
    return cosines


def test_a_cosine_is_at_most_1_and_exactly_1_for_equal_texts() -> None:
    # As float32 this is a little longer than 1: its product with itself is 1.0000001.
    long = (0.6, 0.80000007)
    vectors = {"a": long, "A": long, "b": (0.60000002, 0.80000013), "c": (-0.6, -0.8000001)}
    assert similar(vectors, "a", "a", "A", "b", "c") == [1.0, 1.0, 1.0, -1.0]


@pytest.mark.parametrize("numbers", [(0.1, -0.2, 1e-7, 3.4e38), (-1 / 3, 0.0, 1e-30, 0.1), (16777216.0, 1.5, 2, 7e9)])
def test_numbers_have_the_fewest_digits_that_give_back_the_float32(numbers: tuple[float, ...]) -> None:
    packed = struct.pack("<4f", *numbers)
    reply: Reply = {"embeddings": [base64.b64encode(packed).decode()], "dimensions": 4, "tokens": [1]}
    (written,) = arrays(reply)
    assert struct.pack("<4f", *json.loads(written)) == packed
    assert all(
        len(number) <= len(f"{struct.unpack('<f', struct.pack('<f', value))[0]:.9g}")
        for number, value in zip(written[1:-1].split(","), numbers, strict=True)
    )


def test_a_tenth_is_written_as_a_tenth() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.1, -0.7)).decode()
    assert arrays({"embeddings": [packed], "dimensions": 2, "tokens": [1]}) == ["[0.1,-0.7]"]


@pytest.mark.parametrize(("encoding", "accepts_gzip"), [("float", True), ("base64", False)])
def test_as_many_texts_as_are_promised_fit_an_answer(encoding: Any, accepts_gzip: bool) -> None:
    body = EmbeddingsBody(input=["a"] * Request.LIMITS.items, encoding_format=encoding)
    share = body.gzip_share * 4 / 3 if accepts_gzip else 1
    assert body.answer_bytes(384) * share < ANSWER_BYTES
