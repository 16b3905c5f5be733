"""What clients write in other ways than the API description shows, and mean the same by it."""

import base64
import gzip
import json
from typing import Any

import pytest

from router.http import BODY_BYTES
from shared.request import declared_fields
from shared.wire import services, wire_of
from tests.router.world import World, embed, event, served

QUESTION = {"question": "Who?", "context": "Ada wrote it."}
ENDPOINTS = [endpoint for service in services() for endpoint in wire_of(service).ENDPOINTS]


def optional_as_null(body: Any, value: dict[str, Any]) -> dict[str, Any]:
    """Add every optional field that is not there, in nested objects too, as null."""
    given = {**{name: None for name, field in body.model_fields.items() if not field.is_required()}, **value}
    for name, field in body.model_fields.items():
        if hasattr(field.annotation, "model_fields") and isinstance(given[name], dict):
            given[name] = optional_as_null(field.annotation, given[name])
    return given


@pytest.mark.parametrize("body", dict.fromkeys(endpoint.body for endpoint in ENDPOINTS))
def test_null_for_every_optional_field_is_as_if_absent(body: Any) -> None:
    assert body.read(optional_as_null(body, body.example)).request() == body.read(body.example).request()


@pytest.mark.parametrize("body", dict.fromkeys(endpoint.body for endpoint in ENDPOINTS))
def test_the_description_says_that_optional_fields_may_be_null_and_required_ones_may_not(body: Any) -> None:
    schema = body.model_json_schema()
    for model in (schema, *(one for name, one in schema.get("$defs", {}).items())):
        for name, field in model.get("properties", {}).items():
            is_nullable = {"type": "null"} in field.get("anyOf", [])
            assert is_nullable == (name not in model.get("required", [])), name


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"input": "a b", "encoding_format": None, "dimensions": None, "user": None}),
        ("/v1/qa", {**QUESTION, "top_k": None, "allow_no_answer": None}),
        ("/v1/qa", {"inputs": QUESTION, "parameters": {"top_k": None, "doc_stride": None}}),
        ("/v1/qa", {**QUESTION, "top_k": 2.0}),
    ],
)
def test_null_and_whole_numbers_with_a_point_are_taken(path: str, body: object) -> None:
    assert World().post(path, body).status == 200


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/embeddings", {"input": None}, "input"),
        ("/v1/qa", {"question": None, "context": "c"}, "question"),
        ("/v1/qa", {**QUESTION, "top_k": 3.5}, "top_k"),
        ("/v1/qa", {**QUESTION, "allow_no_answer": 1.0}, "allow_no_answer"),
        ("/v1/qa", {**QUESTION, "top_k": 1e300}, "top_k"),
    ],
)
def test_null_for_a_required_field_and_other_numbers_stay_400(path: str, body: object, param: str) -> None:
    answer = World().post(path, body)
    assert (answer.status, answer.json["error"]["param"]) == (400, param)


def test_a_byte_order_mark_before_the_body_is_skipped() -> None:
    assert World().post("/v1/qa", "\ufeff" + json.dumps(QUESTION)).status == 200
    assert World().post("/v1/qa", "\ufeff\ufeff" + json.dumps(QUESTION)).status == 400


@pytest.mark.parametrize("path", ["/v1/embeddings/", "//v1/embeddings", "/v1//embeddings", "/v1/embeddings//"])
def test_a_slash_more_changes_nothing(path: str) -> None:
    assert World().post(path, {"input": "a"}).status == 200


def test_a_slash_more_changes_nothing_for_what_is_read() -> None:
    world = World()
    for path in ("/health/", "//docs", "//", "/v1/models/", "/v1/models/qa/"):
        assert world.get(path).status == 200
    assert world.get("/v1/models/").json == world.get("/v1/models").json


@pytest.mark.parametrize(
    ("inputs", "parameters", "answers"),
    [
        ([QUESTION, {"question": "What?", "context": "Bob ran."}], {}, ["Ada", "Bob"]),
        ([QUESTION], {}, "Ada"),
        (QUESTION, {"topk": 2}, ["Ada", "wrote"]),
        ([QUESTION, QUESTION], {"topk": 2}, [["Ada", "wrote"], ["Ada", "wrote"]]),
        (QUESTION, {"topk": 2, "top_k": 1}, "Ada"),
    ],
)
def test_a_list_of_questions_and_topk_are_answered_as_the_pipeline_does(
    inputs: object, parameters: object, answers: object
) -> None:
    def words(found: Any) -> Any:
        return [words(one) for one in found] if isinstance(found, list) else found["answer"]

    assert words(World().post("/v1/qa", {"inputs": inputs, "parameters": parameters}).json) == answers


@pytest.mark.parametrize("inputs", ["Who?", ["Who?"], [QUESTION, "Who?"], [[QUESTION]], 7, [None]])
def test_no_message_names_a_class(inputs: object) -> None:
    answer = World().post("/v1/qa", {"inputs": inputs})
    assert answer.status == 400
    assert "Question" not in answer.text
    assert "dictionary" not in answer.text


def compressed(what: object, **more: Any) -> dict[str, Any]:
    sent = event("http_api_post")
    sent["headers"] |= {"content-encoding": "gzip"}
    packed = gzip.compress(what if isinstance(what, bytes) else json.dumps(what).encode())
    return {**sent, "body": base64.b64encode(packed).decode(), "isBase64Encoded": True, **more}


def test_a_body_may_be_gzip() -> None:
    assert World().send(compressed(QUESTION)).json["answer"] == "Ada"


def test_a_small_body_that_unpacks_to_a_large_one_is_413_and_is_not_unpacked_further() -> None:
    bomb = compressed(b" " * (64 * BODY_BYTES))
    assert len(bomb["body"]) < BODY_BYTES / 8
    assert World().send(bomb).code == "too_large"


@pytest.mark.parametrize("body", [b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"more"])
def test_what_is_no_whole_gzip_is_400(body: bytes) -> None:
    assert World().send(compressed(QUESTION, body=base64.b64encode(body).decode())).code == "invalid_request"


@pytest.mark.parametrize("accepted", ["gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*", "GZIP"])
def test_a_long_answer_is_gzip_where_the_caller_takes_it(accepted: str) -> None:
    texts = [f"text {i}" for i in range(100)]
    plain = World().post("/v1/embeddings", {"input": texts})
    packed = World().post("/v1/embeddings", {"input": texts}, accept_encoding=accepted)
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "accept-encoding")
    assert packed.text == plain.text
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip;q=0.0, br", ""])
def test_an_answer_is_plain_where_the_caller_takes_no_gzip(accepted: str) -> None:
    answer = World().post("/v1/embeddings", {"input": ["a"] * 100}, accept_encoding=accepted)
    assert "content-encoding" not in answer.headers


def test_all_other_servers_options_are_taken_in_openais_format() -> None:
    seen: list[dict[str, Any]] = []

    def remember(payload: bytes) -> bytes:
        seen.append(json.loads(payload)["request"])
        return embed(payload)

    options = {"truncate": False, "normalize": False, "prompt_name": "query", "truncation_direction": "left"}
    answer = World({"embeddings": remember}).post("/v1/embeddings", {"input": "a", **options})
    assert seen == [{"input": ["a"], **options}]
    assert "x-ignored" not in answer.headers
    misspelt = World().post("/v1/embeddings", {"input": "a", "truncat": False})
    assert (misspelt.status, misspelt.json["error"]["param"]) == (400, "truncat")


@pytest.mark.parametrize(
    ("sent", "input_type"),
    [
        ({"input_type": "query"}, "query"),
        ({"input_type": "search_document"}, "document"),
        ({"input_type": "passage"}, "document"),
        ({"task": "retrieval.query"}, "query"),
    ],
)
def test_a_type_of_input_chooses_the_models_prompt(sent: dict[str, str], input_type: str) -> None:
    seen = []

    def remember(payload: bytes) -> bytes:
        seen.append(json.loads(payload)["request"]["input_type"])
        return embed(payload)

    prompts = {"query": "query: ", "document": "passage: "}
    model = served("embeddings", "embeddings", config={"pooling": "mean", "prompts": prompts})
    answer = World({"embeddings": remember}, model).post("/v1/embeddings", {"input": "a", **sent})
    assert seen == [input_type]
    assert "x-ignored" not in answer.headers
    ignored = World().post("/v1/embeddings", {"input": "a", **sent})
    assert ignored.headers["x-ignored"] == next(iter(sent))


def test_hints_that_change_nothing_are_named() -> None:
    answer = World().post("/v1/embeddings", {"input": "a", "truncate_prompt_tokens": 256, "input_type": "clustering"})
    assert (answer.status, answer.headers["x-ignored"]) == (200, "input_type, truncate_prompt_tokens")


def test_every_name_of_a_body_for_a_field_of_the_request_is_one() -> None:
    for endpoint in ENDPOINTS:
        own = next(wire_of(s).Request for s in services() if endpoint in wire_of(s).ENDPOINTS)
        assert endpoint.body.names.keys() <= declared_fields(own).keys()
