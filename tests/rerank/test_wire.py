"""What Cohere's, Jina's and TEI's clients send, and what they are answered."""

import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from services.rerank.request import Reply, Request
from services.rerank.wire import ENDPOINTS, RerankBody, TeiBody
from shared.body import Body
from shared.errors import InvalidRequest, ModelError
from shared.wire import TASK_PATH

DOCUMENTS = ["a mill", "a bridge", "a river"]
REPLY: Reply = {"scores": [0.25, 0.75, 0.25], "tokens": [5, 6, 7]}
NATIVE: dict[str, Any] = {"query": "bridge", "documents": DOCUMENTS}
TEI: dict[str, Any] = {"query": "bridge", "texts": DOCUMENTS}


def native(**fields: Any) -> RerankBody:
    return RerankBody.model_validate({**NATIVE, **fields})


def tei(**fields: Any) -> TeiBody:
    return TeiBody.model_validate({**TEI, **fields})


def answer(body: Body, reply: Reply = REPLY) -> Any:
    return json.loads(body.answer(reply, "rerank"))


def request(body: Body) -> Request:
    asked: Request = body.request()
    return asked


def test_cohere_and_jina_get_documents_best_first_and_the_tokens_that_were_read() -> None:
    assert answer(native()) == {
        "model": "rerank",
        "object": "list",
        "results": [
            {"index": 1, "relevance_score": 0.75},
            {"index": 0, "relevance_score": 0.25},
            {"index": 2, "relevance_score": 0.25},
        ],
        "usage": {"prompt_tokens": 18, "total_tokens": 18},
        "meta": {"tokens": {"input_tokens": 18}},
    }


@pytest.mark.parametrize(("top_n", "indices"), [(None, [1, 0, 2]), (1, [1]), (2, [1, 0]), (9, [1, 0, 2])])
def test_top_n_keeps_the_best(top_n: int | None, indices: list[int]) -> None:
    body = native(top_n=top_n)
    assert [result["index"] for result in answer(body)["results"]] == indices
    assert len(request(body).documents) == 3


def test_documents_come_back_as_they_were_sent() -> None:
    documents: list[str | dict[str, Any]] = ["a mill", {"text": "a bridge", "id": 7, "tags": None}, {"text": "a river"}]
    body = RerankBody(query="bridge", documents=documents, return_documents=True)
    returned = {result["index"]: result["document"] for result in answer(body)["results"]}
    assert returned == {0: {"text": "a mill"}, 1: documents[1], 2: documents[2]}


def test_an_objects_text_is_judged_or_the_fields_that_are_named_in_their_order() -> None:
    documents = [{"text": "t", "title": "T", "note": "n"}, {"text": "u", "title": "U"}, "plain"]
    assert request(native(query="q", documents=documents)).documents == ["t", "u", "plain"]
    named = native(query="q", documents=documents, rank_fields=["title", "note", "text"])
    assert request(named).documents == ["T\nn\nt", "U\nu", "plain"]


@pytest.mark.parametrize("document", [{"title": "T"}, {"text": 7, "a": "b"}, {"text": "", "a": "b"}, {"image": "i"}])
def test_an_object_without_text_is_refused_by_its_place(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=r"^'documents\[1\]' must have a 'text'") as caught:
        native(query="q", documents=["a", document]).request()
    assert (caught.value.param, caught.value.item) == ("documents", 1)


def test_every_field_of_coheres_two_versions_and_of_jina_is_taken() -> None:
    version_1 = {"top_n": 2, "rank_fields": ["text"], "return_documents": False, "max_chunks_per_doc": 4}
    version_2 = {"top_n": None, "max_tokens_per_doc": 512, "priority": 1}
    assert request(native(model="rerank", **version_1)).max_windows == 4
    assert request(native(model="rerank", **version_2)).max_tokens == 512
    assert request(native(raw_scores=True)).raw_scores


def test_an_unknown_field_is_refused_where_typing_errors_would_go_unseen() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        native(topn=2)


@pytest.mark.parametrize(
    "wrong",
    [{"documents": []}, {"documents": [7]}, {"documents": "a"}, {"query": ""}, {"query": " "}, {"top_n": 0}],
)
def test_a_wrong_value_names_its_field(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        native(**wrong)
    (error,) = caught.value.errors()
    assert error["loc"][0] == next(iter(wrong))
    assert len(error["loc"]) == 1 or isinstance(error["loc"][-1], int)


def test_tei_gets_every_text_best_first() -> None:
    assert answer(tei()) == [
        {"index": 1, "score": 0.75},
        {"index": 0, "score": 0.25},
        {"index": 2, "score": 0.25},
    ]
    assert answer(tei(return_text=True))[0] == {"index": 1, "text": "a bridge", "score": 0.75}


def test_tei_ignores_what_it_does_not_know() -> None:
    assert request(tei(top_n=1, model="any")).documents == DOCUMENTS


@pytest.mark.parametrize(("truncate", "windows", "cuts"), [(None, None, True), (True, 1, True), (False, 1, False)])
def test_tei_asks_for_cut_texts_for_none_or_leaves_it_to_us(
    truncate: bool | None, windows: int | None, cuts: bool
) -> None:
    asked = request(tei(truncate=truncate, truncation_direction="Left", raw_scores=True))
    assert (asked.max_windows, asked.truncate, asked.truncation_direction) == (windows, cuts, "left")
    assert asked.raw_scores


@pytest.mark.parametrize(("body", "field"), [(RerankBody, "documents"), (TeiBody, "texts")])
def test_an_empty_document_is_refused_and_a_blank_one_is_judged(body: type[Body], field: str) -> None:
    asked = request(body.read({"query": "q", field: ["a", " "]}))
    assert Request.parse(asked.payload()) == asked
    with pytest.raises(InvalidRequest, match=rf"^'{field}\[1\]' must not be empty\.$"):
        body.read({"query": "q", field: ["a", ""]})


@pytest.mark.parametrize("body", [native(), tei()])
@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_the_models_fault(body: Body, score: float) -> None:
    with pytest.raises(ModelError, match="not finite"):
        body.answer({"scores": [0.1, score, 0.2], "tokens": [1, 1, 1]}, "rerank")


@pytest.mark.parametrize("path", [TASK_PATH, "/rerank"])
def test_a_path_that_takes_both_formats_tells_them_apart_by_their_fields(path: str) -> None:
    bodies = [endpoint.body for endpoint in ENDPOINTS if endpoint.path == path]
    assert [body for body in bodies if body.accepts(NATIVE)] == [RerankBody]
    assert [body for body in bodies if body.accepts(TEI)] == [TeiBody]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"documents": ["a", 7]}, r"^'documents\[1\]' must be a string, or an object that has a text\.$"),
        ({"documents": ["a", {"text": None}]}, r"^'documents\[1\]' must be a string, or an object that has a text\.$"),
        ({"query": " "}, r"^'query' must not be empty\.$"),
        ({"documents": []}, r"^'documents' must not be empty\.$"),
        ({"return_document": True}, r"^'return_document' is not a field of this request; "),
    ],
)
def test_a_mistake_is_told_in_one_sentence(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        RerankBody.read({**NATIVE, **wrong})


@pytest.mark.parametrize("body", [RerankBody, TeiBody])
def test_examples_and_answers_are_of_their_schema(body: type[Body]) -> None:
    example = body.model_validate(body.example)
    (schema,) = body.answers
    schema.model_validate(answer(example, {"scores": [1.0, 0.0], "tokens": [1, 1]}))
    assert Request.parse(request(example).payload()) == request(example)


def test_a_batch_splits_into_parts_that_keep_the_query() -> None:
    asked = request(native(raw_scores=True))
    part = asked.take(1, None)
    assert (asked.items, part.items) == (3, 2)
    assert part.payload() == {"query": "bridge", "documents": DOCUMENTS[1:], "raw_scores": True}
