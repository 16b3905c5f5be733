"""Events that no gateway sends: whoever may invoke the router alone gets an answer to each, and no exception."""

import json
from typing import Any

import pytest

from router.handler import handle
from tests.router.world import FakeContext, World

POST = {"http": {"method": "POST"}}
GET = {"http": {"method": "GET"}}


def answer(event: Any) -> Any:
    answered = handle(World().app, event, FakeContext())
    # The runtime client writes what it is given as UTF-8.
    json.dumps(answered, ensure_ascii=False).encode()
    return answered


@pytest.mark.parametrize(
    "event",
    [
        5, None, True, "warmup", ["warmup"], [], {}, {"requestContext": 1}, {"requestContext": {"http": []}},
        {"requestContext": POST, "headers": ["a"]}, {"requestContext": POST, "rawPath": "/v1/qa", "body": 5},
    ],
)  # fmt: skip
def test_what_is_no_http_request_is_400(event: Any) -> None:
    answered = answer(event)
    assert answered["statusCode"] == 400
    assert json.loads(answered["body"])["error"]["code"] == "invalid_request"


@pytest.mark.parametrize("request_id", ["\ud800", "a\r\nset-cookie: b", "", "x" * 129, "ü", 5, None, ["a"]])
def test_an_id_that_no_header_can_carry_is_replaced_by_lambdas(request_id: Any) -> None:
    answered = answer({"requestContext": {**GET, "requestId": request_id}, "rawPath": "/healthz"})
    assert (answered["statusCode"], answered["headers"]["x-request-id"]) == (200, FakeContext().aws_request_id)


@pytest.mark.parametrize("taken", [10**400, -(10**400), -1, True, "now", 1.5, [], None])
def test_a_time_that_is_none_is_left_out_of_the_deadline(taken: Any) -> None:
    assert answer({"requestContext": {**GET, "timeEpoch": taken}, "rawPath": "/healthz"})["statusCode"] == 200


@pytest.mark.parametrize("key", ["rawPath", "body", "headers"])
def test_half_a_surrogate_pair_anywhere_is_an_answer(key: str) -> None:
    event = {"requestContext": POST, "rawPath": "/v1/qa", "body": "{}"}
    event |= (
        {"headers": {"x-\ud800": "\ud800", "authorization": "Bearer \ud800"}} if key == "headers" else {key: "/\ud800"}
    )
    assert 400 <= answer(event)["statusCode"] < 500
