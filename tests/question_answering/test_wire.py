"""The wire formats of question answering: what a body means, and how its answer reads."""

import json
from dataclasses import replace

import pytest

from services.question_answering.request import Reply
from services.question_answering.wire import QuestionAnswering, QuestionBody
from shared.errors import InvalidRequest

REPLY: Reply = {
    "results": [
        {"answers": [{"answer": word, "score": 0.5, "start": 0, "end": 1}], "no_answer_score": 0.1} for word in "xy"
    ]
}


@pytest.mark.parametrize(
    ("question", "context", "pairs"),
    [
        ("q", "c", (["q"], ["c"])),
        ("q", ["c", "d"], (["q", "q"], ["c", "d"])),
        (["p", "q"], "c", (["p", "q"], ["c", "c"])),
        (["p", "q"], ["c", "d"], (["p", "q"], ["c", "d"])),
    ],
)
def test_a_single_text_goes_with_each_of_the_others(
    question: str | list[str], context: str | list[str], pairs: tuple[list[str], list[str]]
) -> None:
    native = QuestionBody.read({"question": question, "context": context}).request()
    assert (native.question, native.context) == pairs
    hugging_face = QuestionAnswering.read({"inputs": {"question": question, "context": context}}).request()
    assert hugging_face == replace(native, ranking="sum")


@pytest.mark.parametrize("lists", [(["a", "b"], ["c", "d", "e"]), (["a", "b"], ["c"])])
def test_unequal_numbers_are_refused(lists: tuple[list[str], list[str]]) -> None:
    body = QuestionBody.read({"question": lists[0], "context": lists[1]})
    with pytest.raises(InvalidRequest, match="'question' and 'context'"):
        body.request()


def test_a_body_is_not_changed_by_what_it_means() -> None:
    body = QuestionBody.read({"question": ["p", "q"], "context": "c"})
    assert body.request() == body.request()
    body = QuestionBody.read({"question": "q", "context": ["c", "d"]})
    assert body.request() == body.request()


@pytest.mark.parametrize("parameters", [None, {}, {"top_k": None}, {"top_k": 1, "align_to_words": True}])
def test_the_pipelines_defaults_are_the_requests(parameters: object) -> None:
    pair = {"question": "q", "context": "c"}
    hugging_face = QuestionAnswering.read({"inputs": pair, "parameters": parameters}).request()
    assert hugging_face == replace(QuestionBody.read(pair).request(), ranking="sum")


def test_the_defaults_shown_to_callers_are_the_requests() -> None:
    properties = QuestionBody.model_json_schema()["properties"]
    assert (properties["max_answer_len"]["default"], properties["max_answer_len"]["anyOf"][0]["maximum"]) == (15, 512)
    assert properties["top_k"]["description"] == "How many answers to return, best first."
    assert properties["question"]["oneOf"][0]["maxLength"] == 2000


def test_hugging_faces_answer_is_as_deep_as_the_request() -> None:
    many = {"inputs": {"question": "q", "context": ["c", "d"]}}
    answers = json.loads(QuestionAnswering.read(many).answer(REPLY, "qa"))
    assert [answer["answer"] for answer in answers] == ["x", "y"]
    deeper = json.loads(QuestionAnswering.read({**many, "parameters": {"top_k": 2}}).answer(REPLY, "qa"))
    assert [[answer["answer"] for answer in one] for one in deeper] == [["x"], ["y"]]
