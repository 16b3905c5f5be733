"""What a request for embeddings may say, and what it means when it leaves something open."""

from dataclasses import replace
from typing import Any

import pytest

from services.embeddings.request import Request
from services.embeddings.settings import Settings
from shared.errors import InvalidRequest
from shared.tasks import embeddings as task


def test_only_the_input_is_needed(settings: Settings) -> None:
    request = Request.parse({"input": ["a", "b"]}, settings)
    assert request == Request(
        texts=["a", "b"], normalize=True, dimensions=4, truncate=True, truncation_direction="right"
    )


def test_what_the_router_sends_is_understood(settings: Settings) -> None:
    sent = task.Request(input=["a"], dimensions=2, truncate=False, truncation_direction="left", normalize=None)
    request = Request.parse(sent.model_dump(), settings)
    assert request == Request(texts=["a"], normalize=True, dimensions=2, truncate=False, truncation_direction="left")


def test_a_prompt_is_put_before_each_text(settings: Settings) -> None:
    assert Request.parse({"input": ["a", "b"], "prompt_name": "query"}, settings).texts == ["Q: a", "Q: b"]


def test_the_default_prompt_is_used_unless_another_is_named(settings: Settings) -> None:
    settings = replace(settings, default_prompt_name="query")
    assert Request.parse({"input": ["a"]}, settings).texts == ["Q: a"]
    assert Request.parse({"input": ["a"], "prompt_name": "passage"}, settings).texts == ["a"]


@pytest.mark.parametrize(
    ("asked", "own", "dimensions", "expected"),
    [
        (None, True, None, True),
        (None, False, None, False),
        (None, False, 2, True),
        (False, True, None, False),
        (False, True, 2, False),
        (True, False, None, True),
    ],
)
def test_vectors_are_normalised_when_asked_else_as_the_model_does_or_when_shortened(
    asked: bool | None, own: bool, dimensions: int | None, expected: bool, settings: Settings
) -> None:
    fields = {"input": ["a"], "normalize": asked, "dimensions": dimensions}
    assert Request.parse(fields, replace(settings, normalize=own)).normalize is expected


@pytest.mark.parametrize(
    ("fields", "param", "says"),
    [
        ({}, "input", "at least one text"),
        ({"input": []}, "input", "at least one text"),
        ({"input": "a"}, "input", "must be a list"),
        ({"input": ["a", 1]}, "input", r"'input\[1\]' must be a text"),
        ({"input": ["a", ""]}, "input", r"'input\[1\]' is empty"),
        ({"input": ["a\ud800"]}, "input", r"'input\[0\]' holds half a surrogate pair"),
        ({"input": ["a"], "normalize": 1}, "normalize", "true, false or null"),
        ({"input": ["a"], "dimensions": 5}, "dimensions", "from 1 to 4"),
        ({"input": ["a"], "dimensions": 0}, "dimensions", "from 1 to 4"),
        ({"input": ["a"], "dimensions": True}, "dimensions", "whole number"),
        ({"input": ["a"], "dimensions": 2.0}, "dimensions", "whole number"),
        ({"input": ["a"], "truncate": "no"}, "truncate", "true or false"),
        ({"input": ["a"], "truncation_direction": "Right"}, "truncation_direction", "left or right"),
        ({"input": ["a"], "truncation_direction": []}, "truncation_direction", "left or right"),
        ({"input": ["a"], "prompt_name": "document"}, "prompt_name", "one of query, passage"),
        ({"input": ["a"], "prompt_name": ["query"]}, "prompt_name", "one of query, passage"),
        ({"input": ["a"], "encoding": "float"}, "encoding", "may hold input, normalize"),
    ],
)
def test_a_wrong_field_is_refused_by_name(fields: dict[str, Any], param: str, says: str, settings: Settings) -> None:
    with pytest.raises(InvalidRequest, match=says) as refusal:
        Request.parse(fields, settings)
    assert refusal.value.param == param


def test_a_model_without_prompts_says_so(settings: Settings) -> None:
    with pytest.raises(InvalidRequest, match="this model has no prompts"):
        Request.parse({"input": ["a"], "prompt_name": "query"}, replace(settings, prompts={}))


def test_a_refusal_never_repeats_the_text(settings: Settings) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        Request.parse({"input": ["secret\ud800"], "prompt_name": "query"}, settings)
    assert "secret" not in refusal.value.message
