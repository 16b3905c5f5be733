"""What a question-answering request holds beyond what every request has."""

from typing import Any

import pytest

from services.question_answering.request import Request
from shared.errors import InvalidRequest

ONE = {"question": ["Who?"], "context": ["Anna."]}


def test_only_question_and_context_are_required() -> None:
    request = Request.parse(ONE)
    assert (request.top_k, request.max_answer_len, request.align_to_words) == (1, 15, True)
    assert (request.doc_stride, request.max_seq_len, request.max_question_len) == (None, None, None)


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
    assert request.payload() == {**ONE, **options}


@pytest.mark.parametrize(
    ("fields", "param", "item"),
    [
        ({"question": "Who?"}, "question", None),
        ({"question": []}, "question", None),
        ({"question": [1]}, "question", 0),
        ({"question": [""]}, "question", 0),
        ({"question": ["a" * 2_001]}, "question", 0),
        ({"context": [" \n"]}, "context", 0),
        ({"context": ["\ud800"]}, "context", 0),
        ({"context": ["a", "b"]}, "context", None),
        ({"top_k": 0}, "top_k", None),
        ({"top_k": 101}, "top_k", None),
        ({"top_k": True}, "top_k", None),
        ({"top_k": 1.5}, "top_k", None),
        ({"max_answer_len": "15"}, "max_answer_len", None),
        ({"max_answer_len": 0}, "max_answer_len", None),
        ({"max_answer_len": 513}, "max_answer_len", None),
        ({"doc_stride": -1}, "doc_stride", None),
        ({"doc_stride": 101, "max_seq_len": 100}, "doc_stride", None),
        ({"max_seq_len": 7}, "max_seq_len", None),
        ({"max_question_len": 0}, "max_question_len", None),
        ({"align_to_words": 1}, "align_to_words", None),
        ({"allow_no_answer": "yes"}, "allow_no_answer", None),
        ({"handle_impossible_answer": 0}, "handle_impossible_answer", None),
        ({"temperature": 1}, None, None),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], param: str | None, item: int | None) -> None:
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({**ONE, **fields})
    assert (raised.value.param, raised.value.item) == (param, item)


def test_the_largest_values_are_taken() -> None:
    Request.parse({"question": ["a" * 2_000], "context": ["b" * 200_000], "top_k": 100, "max_answer_len": 512})
    Request.parse({**ONE, "doc_stride": 100, "max_seq_len": 100})
    Request.parse({**ONE, "doc_stride": 0, "max_seq_len": 8, "max_question_len": 1})


@pytest.mark.parametrize("missing", ["question", "context"])
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(InvalidRequest, match=f"'{missing}' is missing") as raised:
        Request.parse({name: value for name, value in ONE.items() if name != missing})
    assert raised.value.param == missing


def test_a_message_does_not_hold_the_callers_text() -> None:
    with pytest.raises(InvalidRequest) as raised:
        Request.parse({**ONE, "secret": "hunter2"})
    assert "secret" not in raised.value.message
    assert "hunter2" not in raised.value.message


@pytest.mark.parametrize(("top_k", "most"), [(1, 500), (20, 10_000)])
def test_the_reply_to_an_item_grows_with_its_answers(top_k: int, most: int) -> None:
    assert Request.parse({**ONE, "top_k": top_k}).item_reply_bytes(None) == most
