"""What a request for embeddings holds beyond what every request has."""

from typing import Any

import pytest

from services.embeddings.request import Request
from shared.errors import InvalidRequest


def test_only_the_input_is_needed() -> None:
    assert Request.parse({"input": ["a", "b"]}) == Request(
        input=["a", "b"],
        normalize=None,
        dimensions=None,
        truncate=True,
        truncation_direction="right",
        prompt_name=None,
    )


def test_what_the_router_sends_is_understood() -> None:
    sent = Request(input=["a"], dimensions=2, truncate=False, truncation_direction="left", prompt_name="query")
    assert Request.parse(sent.payload()) == sent


def test_a_text_may_be_blank() -> None:
    assert Request.parse({"input": [" "]}).input == [" "]


@pytest.mark.parametrize(
    ("fields", "param", "item", "says"),
    [
        ({}, "input", None, "is missing"),
        ({"input": []}, "input", None, "at least one string"),
        ({"input": "a"}, "input", None, "must be a list"),
        ({"input": ["a", 1]}, "input", 1, r"'input\[1\]' must be a string"),
        ({"input": ["a", ""]}, "input", 1, r"'input\[1\]' must not be empty"),
        ({"input": ["a\ud800"]}, "input", 0, r"'input\[0\]' holds half of a surrogate pair"),
        ({"input": ["a"], "normalize": 1}, "normalize", None, "true or false"),
        ({"input": ["a"], "dimensions": 0}, "dimensions", None, "from 1 to"),
        ({"input": ["a"], "dimensions": True}, "dimensions", None, "whole number"),
        ({"input": ["a"], "dimensions": 2.0}, "dimensions", None, "whole number"),
        ({"input": ["a"], "truncate": "no"}, "truncate", None, "true or false"),
        ({"input": ["a"], "truncation_direction": "Right"}, "truncation_direction", None, "left or right"),
        ({"input": ["a"], "truncation_direction": []}, "truncation_direction", None, "left or right"),
        ({"input": ["a"], "prompt_name": ["query"]}, "prompt_name", None, "must be a string"),
        ({"input": ["a"], "encoding": "float"}, None, None, "may have input, normalize"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    fields: dict[str, Any], param: str | None, item: int | None, says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says) as refusal:
        Request.parse(fields)
    assert (refusal.value.param, refusal.value.item) == (param, item)


def test_a_refusal_never_repeats_the_text() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        Request.parse({"input": ["secret\ud800"]})
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(("dimensions", "own"), [(None, 384), (384, 768)])
def test_the_size_of_a_reply_is_that_of_its_base64(dimensions: int | None, own: int) -> None:
    request = Request(input=["a"], dimensions=dimensions)
    assert request.item_reply_bytes(own) == pytest.approx(384 * 4 * 4 / 3, abs=25)
