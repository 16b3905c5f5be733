"""What is refused before a model is asked, and how: the upper half of the table of errors."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.http import BODY_BYTES
from shared.request import Limits
from tests.router.world import QA, FakeContext, World, event, served

QUESTION = {"question": "Who?", "context": "Ada wrote it."}
NEVER = World({"qa": lambda _: pytest.fail("a model was asked"), "embeddings": lambda _: pytest.fail("asked")})


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", "1", '"a"', "\ufeff{}", '{"question": NaN}', '{"question": -Infinity}', "[" * 100_000,
        '{"question": "\\ud800", "context": "c"}', '{"question": "\ud800", "context": "c"}', '{"a":' + "9" * 5000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_400(body: str) -> None:
    answer = NEVER.post("/v1/qa", body)
    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize("body", ["%%%", base64.b64encode(b"\xff\xfe").decode(), "ü"])
def test_what_is_no_utf_8_in_base64_is_400(body: str) -> None:
    sent = {**event("http_api_post"), "body": body, "isBase64Encoded": True}
    assert NEVER.send(sent).status == 400


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"context": "c"}, "question"),
        ({"question": "", "context": "c"}, "question"),
        ({"question": " \n", "context": "c"}, "question"),
        ({"question": "q", "context": ["c", ""]}, "context[1]"),
        ({"question": "q", "context": []}, "context"),
        ({"question": "q", "context": 1}, "context"),
        ({"question": "q", "context": {"text": "c"}}, "context"),
        ({"question": "q", "context": [["c"]]}, "context[0]"),
        ({"question": "q" * 2001, "context": "c"}, "question"),
        ({**QUESTION, "top_k": True}, "top_k"),
        ({**QUESTION, "top_k": "1"}, "top_k"),
        ({**QUESTION, "top_k": 1.5}, "top_k"),
        ({**QUESTION, "top_k": 0}, "top_k"),
        ({**QUESTION, "top_k": 10**30}, "top_k"),
        ({**QUESTION, "allow_no_answer": 1}, "allow_no_answer"),
        ({**QUESTION, "model": 7}, "model"),
        ({**QUESTION, "temperature": 1}, "temperature"),
    ],
)
def test_a_field_at_fault_is_named(body: dict[str, Any], param: str) -> None:
    answer = NEVER.post("/v1/qa", body)
    assert (answer.status, answer.json["error"]["param"]) == (400, param)
    assert answer.json["error"]["message"].startswith(f"'{param}' ")


@pytest.mark.parametrize("name", ["a secret of mine", "x" * 41, "<script>", "\u0000"])
def test_a_field_name_that_is_the_callers_prose_is_not_repeated(name: str) -> None:
    answer = NEVER.post("/v1/qa", {**QUESTION, name: 1})
    assert answer.status == 400
    assert answer.json["error"]["param"] is None
    assert name not in answer.json["error"]["message"]


def test_a_field_that_has_one_text_or_several_says_so() -> None:
    message = NEVER.post("/v1/embeddings", {"input": 7}).json["error"]["message"]
    assert message == "'input' must be a string or a list of strings."


@pytest.mark.parametrize(
    ("limits", "body", "param", "limit"),
    [
        (Limits(items=2, characters=1000), {"question": "q", "context": ["a", "b", "c"]}, "context", "2"),
        (Limits(items=9, characters=5), {"question": "q", "context": ["abcde", "abcdef"]}, "context[1]", "5"),
        (Limits(items=9, characters=5), {"question": "q", "context": "abcdef"}, "context", "5"),
    ],
)
def test_a_limit_of_the_catalog_is_in_the_message(limits: Limits, body: object, param: str, limit: str) -> None:
    answer = World(None, served("qa", "question_answering", limits=limits)).post("/v1/qa", body)
    assert (answer.status, answer.json["error"]["param"]) == (400, param)
    assert f"the limit is {limit}" in answer.json["error"]["message"]


@pytest.mark.parametrize("is_base64", [True, False])
@pytest.mark.parametrize(("spare", "status"), [(0, 200), (-1, 413), (-3_000_000, 413)])
def test_the_body_may_have_4_mib_decoded(spare: int, status: int, is_base64: bool) -> None:
    world = World(None, served("qa", "question_answering", limits=Limits(characters=BODY_BYTES, items=1)))
    frame = len(json.dumps({"question": "q", "context": ""}))
    body = json.dumps({"question": "q", "context": "a" * (BODY_BYTES - frame - spare)})
    sent = event("http_api_post")
    sent["body"] = base64.b64encode(body.encode()).decode() if is_base64 else body
    answer = world.send({**sent, "isBase64Encoded": is_base64})
    assert answer.status == status
    assert status == 200 or answer.code == "too_large"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_another_content_type_is_415(content_type: str) -> None:
    answer = NEVER.request("POST", "/v1/qa", QUESTION, content_type=content_type)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip"])
def test_a_body_compressed_in_another_way_than_gzip_is_415(coding: str) -> None:
    assert NEVER.request("POST", "/v1/qa", QUESTION, content_encoding=coding).status == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/ld+json"])
def test_json_by_any_name_is_taken(content_type: str) -> None:
    assert World().request("POST", "/v1/qa", QUESTION, content_type=content_type).status == 200


def test_a_body_without_a_content_type_is_taken_as_json() -> None:
    sent = event("http_api_post")
    del sent["headers"]["content-type"]
    assert World().send(sent).status == 200


@pytest.mark.parametrize("path", ["/v1/qa/x", "/v1/translation", "/v1", "/model/qa", "/v1/qa\x00", ""])
def test_an_unknown_path_is_404(path: str) -> None:
    answer = NEVER.post(path, QUESTION)
    if path:
        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/qa", "POST"),
        ("DELETE", "/v1/qa", "POST"),
        ("HEAD", "/v1/qa", "POST"),
        ("POST", "/v1/models", "GET, HEAD"),
        ("PUT", "/healthz", "GET, HEAD"),
    ],
)
def test_another_method_is_405_and_says_which_are_right(method: str, path: str, allow: str) -> None:
    answer = NEVER.request(method, path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allow


def test_options_says_what_is_allowed() -> None:
    answer = NEVER.request("OPTIONS", "/v1/qa")
    assert (answer.status, answer.text, answer.headers["allow"]) == (204, "", "POST")


def test_an_event_that_is_no_http_request_is_400() -> None:
    odd: dict[str, Any]
    for odd in ({}, {"requestContext": None}, {"requestContext": {"http": []}}):
        assert NEVER.send(odd).status == 400


def test_headers_may_be_missing_or_in_capitals() -> None:
    sent = event("http_api_get")
    assert NEVER.send({**sent, "headers": None}).status == 200
    assert World().send({**event("http_api_post"), "headers": {"Content-Type": "text/plain"}}).status == 415


def test_a_deadline_that_has_passed_is_504_without_asking() -> None:
    late = event("http_api_post")
    late["requestContext"]["timeEpoch"] = 1587481701067
    assert NEVER.send(late).code == "timeout"
    assert NEVER.send(event("http_api_post"), FakeContext(remaining_ms=300)).code == "timeout"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FIELDS = ["question", "context", "top_k", "allow_no_answer", "max_answer_len", "doc_stride", "model", "inputs"]


@given(st.dictionaries(st.sampled_from([*FIELDS, "parameters"]), JSON) | JSON)
def test_no_json_makes_the_router_fail(body: object) -> None:
    world = World(None, QA)
    assert world.post("/v1/qa", json.dumps(body)).status in {200, 400, 404}


@given(st.dictionaries(st.sampled_from(["input", "inputs", "encoding_format", "dimensions", "user", "model"]), JSON))
def test_no_json_makes_embeddings_fail(body: object) -> None:
    assert World().post("/v1/embeddings", json.dumps(body)).status in {200, 400, 404, 413}


@given(st.text())
def test_no_text_makes_the_router_fail(body: str) -> None:
    assert World().post("/v1/qa", body).status in {200, 400, 404}
