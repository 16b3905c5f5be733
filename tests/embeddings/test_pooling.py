"""From token vectors to the reply, by hand-made numbers."""

import base64
import struct

import numpy as np
import pytest

from services.embeddings.pooling import finish, pool, reply, vectors
from services.embeddings.request import Request
from services.embeddings.settings import Pooling
from services.embeddings.tokens import Tokens

TOKENS = np.array([[1, 2], [3, 4], [5, 9]], dtype=np.float32)


def asked(*, normalize: bool, dimensions: int = 2) -> Request:
    return Request(texts=[], normalize=normalize, dimensions=dimensions, truncate=True, truncation_direction="right")


@pytest.mark.parametrize(("pooling", "expected"), [("mean", [3, 5]), ("cls", [1, 2]), ("lasttoken", [5, 9])])
def test_pooling_takes_the_mean_the_first_or_the_last_token(pooling: Pooling, expected: list[float]) -> None:
    assert pool(TOKENS, pooling).tolist() == expected


def test_normalised_vectors_have_unit_length() -> None:
    assert finish(np.array([[3, 4]], dtype=np.float32), asked(normalize=True)).tolist() == [
        [0.6000000238418579, 0.800000011920929]
    ]


def test_raw_vectors_stay_as_they_were_pooled() -> None:
    assert finish(TOKENS, asked(normalize=False)).tolist() == TOKENS.tolist()


def test_vectors_are_shortened_before_they_are_normalised() -> None:
    assert finish(np.array([[2, 5]], dtype=np.float32), asked(normalize=True, dimensions=1)).tolist() == [[1.0]]


def test_a_vector_of_zeros_stays_one() -> None:
    assert finish(np.zeros((1, 2), dtype=np.float32), asked(normalize=True)).tolist() == [[0.0, 0.0]]


def test_the_reply_holds_little_endian_floats_and_the_tokens_of_each_text() -> None:
    result = reply(TOKENS[:2], Tokens(ids=[[7], [7, 8]], truncated=0))
    assert struct.unpack("<2f", base64.b64decode(result["embeddings"][1])) == (3.0, 4.0)
    assert result["dimensions"] == 2
    assert result["tokens"] == [1, 2]
    assert vectors(result).tolist() == TOKENS[:2].tolist()


def test_numbers_stay_float32_all_the_way() -> None:
    assert pool(TOKENS, "mean").dtype == np.float32
    assert finish(TOKENS, asked(normalize=True)).dtype == np.float32
