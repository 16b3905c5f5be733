"""What the formats mean, and how their answers read."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from services.text_classification.request import Reply, Request
from services.text_classification.wire import ClassificationBody, Prediction, TextClassification
from shared.body import Body
from shared.errors import InvalidRequest

GOOD, BAD = {"label": "GOOD", "score": 0.75}, {"label": "BAD", "score": 0.25}


def sent(body: type[Body], **fields: Any) -> dict[str, Any]:
    """What a body makes a container be sent, which its own check then takes."""
    payload: dict[str, Any] = body.model_validate(fields).request().payload()
    Request.parse(payload)
    return payload


def answered(body: type[Body], results: list[Any], **fields: Any) -> Any:
    reply: Reply = {"results": results}
    return json.loads(body.model_validate(fields).answer(reply, "sentiment"))


def test_our_own_body_asks_for_the_best_label() -> None:
    assert sent(ClassificationBody, text="a") == {"text": ["a"], "top_k": 1}
    assert sent(ClassificationBody, text=["a", "b"], top_k=None) == {"text": ["a", "b"], "top_k": 1}
    assert sent(ClassificationBody, text="a", text_pair="b") == {"text": ["a"], "text_pair": ["b"], "top_k": 1}
    options = {"function_to_apply": "none", "truncate": False, "top_k": 3}
    assert sent(ClassificationBody, text=["a"], **options) == {"text": ["a"], **options}


def test_our_own_answer_is_the_best_label_and_all_of_them_when_more_are_asked_for() -> None:
    assert answered(ClassificationBody, [[GOOD]], text="a") == {**GOOD, "model": "sentiment"}
    more = {**GOOD, "labels": [GOOD, BAD]}
    assert answered(ClassificationBody, [[GOOD, BAD]], text="a", top_k=2) == {**more, "model": "sentiment"}
    assert answered(ClassificationBody, [[GOOD]], text=["a"]) == {"results": [GOOD], "model": "sentiment"}
    both = [[GOOD, BAD], [BAD, GOOD]]
    assert answered(ClassificationBody, both, text=["a", "b"], top_k=2)["results"] == [
        more,
        {**BAD, "labels": [BAD, GOOD]},
    ]


def test_texts_and_second_texts_are_as_many() -> None:
    with pytest.raises(InvalidRequest, match="equal length"):
        sent(ClassificationBody, text=["a", "b"], text_pair="c")


def test_the_formats_are_told_apart_by_their_fields() -> None:
    assert ClassificationBody.accepts({"text": "a"})
    assert not ClassificationBody.accepts({"inputs": "a"})
    assert TextClassification.accepts({"inputs": "a"})


def test_hugging_faces_body_asks_for_all_labels() -> None:
    assert sent(TextClassification, inputs="a", parameters={}) == {"text": ["a"]}
    assert sent(TextClassification, inputs=["a", "b"]) == {"text": ["a", "b"]}
    parameters = {"top_k": 2, "function_to_apply": "sigmoid"}
    assert sent(TextClassification, inputs="a", parameters={**parameters, "later": 1}) == {"text": ["a"], **parameters}


def test_hugging_faces_answer_is_a_list_for_each_text_even_for_one() -> None:
    assert answered(TextClassification, [[GOOD, BAD]], inputs="a") == [[GOOD, BAD]]
    assert answered(TextClassification, [[GOOD], [BAD]], inputs=["a", "b"]) == [[GOOD], [BAD]]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("a", {"text": ["a"]}),
        (["a"], {"text": ["a"]}),
        (["a", "b"], {"text": ["a"], "text_pair": ["b"]}),
        ([["a"], ["b"]], {"text": ["a", "b"]}),
        ([["a", "b"], ["c", "d"]], {"text": ["a", "c"], "text_pair": ["b", "d"]}),
        ([["a"], ["b", "c"]], {"text": ["a", "b"], "text_pair": [" ", "c"]}),
    ],
)
def test_teis_inputs_are_a_text_a_pair_or_a_batch(inputs: Any, expected: dict[str, Any]) -> None:
    assert sent(Prediction, inputs=inputs) == expected


@pytest.mark.parametrize("inputs", [["a", "b", "c"], [["a", "b", "c"]], ["a", ["b"]]])
def test_other_lists_are_refused_with_the_forms_there_are(inputs: Any) -> None:
    with pytest.raises(InvalidRequest, match="two that are a pair"):
        sent(Prediction, inputs=inputs)


@pytest.mark.parametrize("inputs", ["", [], [[]], None, 3, [1, 2], {"text": "a"}])
def test_other_inputs_are_refused(inputs: Any) -> None:
    with pytest.raises(ValidationError):
        sent(Prediction, inputs=inputs)


def test_teis_options_are_taken_and_others_ignored() -> None:
    asked = sent(Prediction, inputs="a", raw_scores=True, truncate=False, top_k=1)
    assert asked == {"text": ["a"], "function_to_apply": "none", "truncate": False}
    assert sent(Prediction, inputs="a", raw_scores=False, truncate=None) == {"text": ["a"]}


def test_teis_answer_is_flat_for_one_and_nested_for_a_batch() -> None:
    assert answered(Prediction, [[GOOD, BAD]], inputs="a") == [GOOD, BAD]
    assert answered(Prediction, [[GOOD, BAD]], inputs=["a"]) == [GOOD, BAD]
    assert answered(Prediction, [[GOOD, BAD]], inputs=["a", "b"]) == [GOOD, BAD]
    assert answered(Prediction, [[GOOD, BAD]], inputs=[["a"]]) == [[GOOD, BAD]]
