"""The wire formats of token classification: what a body means, and how its answer reads."""

import json
from typing import Any

import pytest

from services.token_classification.request import Entity, Reply, Token
from services.token_classification.wire import EntitiesBody, TokenClassification
from shared.errors import InvalidRequest

ENTITY: Entity = {"entity_group": "PER", "score": 0.5, "word": "Ada", "start": 0, "end": 3}
TOKEN: Token = {
    "entity": "I-PER",
    "score": 0.5,
    "index": 2,
    "word": "lace",
    "start": 4,
    "end": 8,
    "token": "##lace",
}
GROUPED: Reply = {"results": [{"entities": [ENTITY]}, {"entities": []}]}
TOKENS: Reply = {"results": [{"entities": [TOKEN]}, {"entities": []}]}


def test_both_formats_mean_the_same_request() -> None:
    options = {"aggregation_strategy": "max", "ignore_labels": ["MISC"], "stride": 8}
    native = EntitiesBody.read({"text": ["a", "b"], **options}).request()
    assert native == TokenClassification.read({"inputs": ["a", "b"], "parameters": options}).request()
    assert native.payload() == {"text": ["a", "b"], **options}


@pytest.mark.parametrize("parameters", [None, {}, {"stride": None, "ignore_labels": None, "unknown": 1}])
def test_what_is_left_out_is_as_in_the_native_format(parameters: object) -> None:
    hugging_face = TokenClassification.read({"inputs": "a", "parameters": parameters}).request()
    native = EntitiesBody.read({"text": "a"}).request()
    assert (hugging_face.text, hugging_face.aggregation_strategy, hugging_face.stride) == (["a"], "simple", None)
    assert list(hugging_face.ignore_labels) == list(native.ignore_labels) == ["O"]


def test_the_native_answer_is_one_object_or_one_for_each_text() -> None:
    one = json.loads(EntitiesBody.read({"text": "Ada"}).answer({"results": GROUPED["results"][:1]}, "ner"))
    assert one == {"entities": [ENTITY], "model": "ner"}
    many = json.loads(EntitiesBody.read({"text": ["Ada", "b"]}).answer(GROUPED, "ner"))
    assert many == {"results": [{"entities": [ENTITY]}, {"entities": []}], "model": "ner"}


def test_hugging_faces_answer_is_as_deep_as_the_request() -> None:
    one = TokenClassification.read({"inputs": "Ada"}).answer({"results": GROUPED["results"][:1]}, "ner")
    assert json.loads(one) == [ENTITY]
    assert json.loads(TokenClassification.read({"inputs": ["Ada", "b"]}).answer(GROUPED, "ner")) == [[ENTITY], []]


def test_the_word_of_a_token_is_its_text_or_in_hugging_faces_format_the_token() -> None:
    native = json.loads(EntitiesBody.read({"text": ["Lovelace", "b"]}).answer(TOKENS, "ner"))["results"][0]["entities"]
    hugging_face = json.loads(TokenClassification.read({"inputs": ["Lovelace", "b"]}).answer(TOKENS, "ner"))[0]
    assert [set(one) for one in (*native, *hugging_face)] == [
        {"entity", "score", "index", "word", "start", "end"},
        {"entity", "score", "index", "word", "start", "end"},
    ]
    assert (native[0]["word"], hugging_face[0]["word"]) == ("lace", "##lace")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"text": ""}, "text"),
        ({"text": ["a", " "]}, "text[1]"),
        ({"text": []}, "text"),
        ({"text": 1}, "text"),
        ({"text": "a", "aggregation_strategy": "longest"}, "aggregation_strategy"),
        ({"text": "a", "ignore_labels": "O"}, "ignore_labels"),
        ({"text": "a", "ignore_labels": [1]}, "ignore_labels[0]"),
        ({"text": "a", "stride": -1}, "stride"),
        ({"text": "a", "threshold": 0.5}, "threshold"),
    ],
)
def test_a_wrong_field_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        EntitiesBody.read(body)
    assert raised.value.param == param


def test_the_parameters_of_hugging_face_are_named_where_they_stand() -> None:
    with pytest.raises(InvalidRequest) as raised:
        TokenClassification.read({"inputs": "a", "parameters": {"aggregation_strategy": "longest"}})
    assert raised.value.param == "parameters.aggregation_strategy"
