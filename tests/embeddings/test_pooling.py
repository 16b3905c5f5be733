"""From token vectors to the reply, by hand-made numbers."""

import base64
import struct

import numpy as np
import pytest

from services.embeddings.model import Pooling, decode_vectors, encode_reply, normalize, pool

TOKENS = np.array([[1, 2], [3, 4], [5, 9]], dtype=np.float32)


@pytest.mark.parametrize(("pooling", "expected"), [("mean", [3, 5]), ("cls", [1, 2]), ("lasttoken", [5, 9])])
def test_pooling_takes_the_mean_the_first_or_the_last_token(pooling: Pooling, expected: list[float]) -> None:
    assert pool(TOKENS, pooling).tolist() == expected


def test_normalised_vectors_have_unit_length() -> None:
    assert normalize(np.array([[3, 4]], dtype=np.float32)).tolist() == [[0.6000000238418579, 0.800000011920929]]


def test_a_vector_of_zeros_stays_one() -> None:
    assert normalize(np.zeros((1, 2), dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_the_reply_holds_little_endian_floats_and_the_tokens_of_each_text() -> None:
    reply = encode_reply(TOKENS[:2], [1, 2])
    assert struct.unpack("<2f", base64.b64decode(reply["embeddings"][1])) == (3.0, 4.0)
    assert reply["dimensions"] == 2
    assert reply["tokens"] == [1, 2]
    assert decode_vectors(reply).tolist() == TOKENS[:2].tolist()


def test_numbers_stay_float32_all_the_way() -> None:
    assert pool(TOKENS, "mean").dtype == np.float32
    assert normalize(TOKENS).dtype == np.float32
