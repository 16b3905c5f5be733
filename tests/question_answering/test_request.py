"""What the service takes, and what it says of what it does not take."""

from typing import Any

import pytest

from services.question_answering.request import Request
from shared.errors import InvalidRequest

ONE = {"question": ["Who?"], "context": ["Anna."]}


def test_only_question_and_context_are_required() -> None:
    request = Request.parse(ONE)
    assert (request.top_k, request.max_answer_len, request.align_to_words) == (1, 15, True)


def test_an_option_that_is_null_is_as_good_as_absent() -> None:
    assert Request.parse({**ONE, "top_k": None, "doc_stride": None}) == Request.parse(ONE)


def test_all_options_are_taken() -> None:
    options = {
        "top_k": 5,
        "allow_no_answer": True,
        "handle_impossible_answer": True,
        "max_answer_len": 30,
        "doc_stride": 64,
        "max_seq_len": 256,
        "max_question_len": 32,
        "align_to_words": False,
    }
    request = Request.parse({**ONE, **options})
    assert {name: getattr(request, name) for name in options} == options


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"question": "Who?"}, "question"),
        ({"question": []}, "question"),
        ({"question": [1]}, "question"),
        ({"question": [""]}, "question"),
        ({"context": [" \n"]}, "context"),
        ({"context": ["\ud800"]}, "context"),
        ({"context": ["a", "b"]}, "context"),
        ({"top_k": 0}, "top_k"),
        ({"top_k": True}, "top_k"),
        ({"top_k": 1.5}, "top_k"),
        ({"max_answer_len": "15"}, "max_answer_len"),
        ({"doc_stride": -1}, "doc_stride"),
        ({"doc_stride": 101, "max_seq_len": 100}, "doc_stride"),
        ({"max_seq_len": 7}, "max_seq_len"),
        ({"align_to_words": 1}, "align_to_words"),
        ({"allow_no_answer": "yes"}, "allow_no_answer"),
        ({"temperature": 1}, "request"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({**ONE, **fields})
    assert raised.value.param == param


@pytest.mark.parametrize("missing", ["question", "context"])
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(InvalidRequest, match=missing):
        Request.parse({name: value for name, value in ONE.items() if name != missing})


def test_a_message_does_not_hold_the_callers_text() -> None:
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({**ONE, "secret": "hunter2"})
    assert "secret" not in raised.value.message
    assert "hunter2" not in raised.value.message
