"""What every response carries, and what an inference carries besides."""

import json
from typing import Any

import pytest

from router.deadline import Deadline
from router.http import Request
from router.openapi import OF_A_MODEL
from shared.errors import InvalidRequest
from tests.router.world import FakeContext, World, embed, event, first_word, served

QUESTION = {"question": "Who?", "context": "Ada wrote it."}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/healthz"), ("GET", "/"), ("GET", "/nowhere"), ("PUT", "/v1/qa")]
)
def test_every_response_has_the_gateways_request_id(method: str, path: str) -> None:
    assert World().request(method, path).headers["x-request-id"] == "LV7fzho-PHcEJPw="


def test_an_event_without_a_gateway_has_lambdas_request_id() -> None:
    sent = event("http_api_get")
    del sent["requestContext"]["requestId"]
    assert World().send(sent).headers["x-request-id"] == FakeContext().aws_request_id
    assert World().send({}).headers["x-request-id"] == FakeContext().aws_request_id


def test_an_inference_says_its_model_and_its_times() -> None:
    headers = World().post("/v1/qa", QUESTION).headers
    assert headers["x-model"] == "qa"
    assert headers["x-cold-start"] == "false"
    assert [timing.split(";")[0] for timing in headers["server-timing"].split(", ")] == ["run", "invoke", "router"]


def test_a_cold_start_is_said() -> None:
    def cold(payload: bytes) -> bytes:
        return first_word(payload).replace(b'"cold": false', b'"cold": true')

    assert World({"qa": cold}).post("/v1/qa", QUESTION).headers["x-cold-start"] == "true"


def error(code: str, **meta: Any) -> bytes:
    meta = {"cold": True, "sandbox": "s9", "ms": {"total": 3.0}, **meta}
    return json.dumps({"error": {"code": code, "message": "No."}, "meta": meta}).encode()


@pytest.mark.parametrize("code", ["invalid_request", "too_large", "model_error", "model_loading", "timeout"])
def test_an_error_that_a_model_reports_carries_what_an_inference_does(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = World({"qa": lambda _: error(code)}).post("/v1/qa", QUESTION)
    assert answer.code == code
    assert (answer.headers["x-model"], answer.headers["x-cold-start"]) == ("qa", "true")
    assert [timing.split(";")[0] for timing in answer.headers["server-timing"].split(", ")] == ["invoke", "router"]
    assert answer.headers.keys() >= set(OF_A_MODEL)
    assert json.loads(capsys.readouterr().out)["sandbox"] == "s9"


def test_an_error_of_one_part_carries_what_the_parts_before_it_said() -> None:
    def refuse_the_last(payload: bytes) -> bytes:
        if b"last" in payload:
            return error("invalid_request", cold=False)
        return embed(payload).replace(b'"cold": false', b'"cold": true')

    # One at a time, in parts all the same: their vectors are too many for one reply.
    model = served("embeddings", "embeddings", dimensions=4096)
    world = World({"embeddings": refuse_the_last}, model, concurrency=1)
    inputs = {"source_sentence": "first", "sentences": ["text"] * 998 + ["last"]}
    answer = world.post("/similarity", {"inputs": inputs})
    assert (answer.status, answer.headers["x-cold-start"]) == (400, "true")


def test_an_error_of_the_router_says_nothing_of_a_model_that_was_not_asked() -> None:
    headers = World().post("/v1/qa", {"question": "Who?"}).headers
    assert headers.keys() & {"x-model", "x-cold-start", "server-timing"} == set()


def test_the_phases_of_a_model_cannot_break_a_header() -> None:
    def odd(payload: bytes) -> bytes:
        return first_word(payload).replace(b'"run"', b'"a, b;\\r\\nc"')

    headers = World({"qa": odd}).post("/v1/qa", QUESTION).headers
    assert headers["server-timing"].startswith("a__b___c;dur=1.5, ")


def test_the_request_and_its_deadline_reach_the_model_by_id_and_time() -> None:
    payloads = []

    def remember(payload: bytes) -> bytes:
        payloads.append(payload)
        return first_word(payload)

    sent = event("http_api_post")
    World({"qa": remember}).send(sent)
    (payload,) = payloads
    assert b'"request_id":"LV7fzho-PHcEJPw="' in payload
    assert f'"deadline_ms":{sent["requestContext"]["timeEpoch"] + 29_000}'.encode() in payload


def test_head_is_answered_like_get() -> None:
    assert World().request("HEAD", "/healthz").status == 200


def test_the_own_time_left_is_a_deadline_too() -> None:
    context = FakeContext(remaining_ms=2_000)
    request = Request.from_event(event("http_api_post"), context)
    assert request.deadline.remaining_s() <= 1.5
    assert Deadline.of(None, 2_000).remaining_s() <= 1.5
    assert Deadline(0).remaining_s() == 0


def test_an_odd_time_stamp_is_ignored() -> None:
    sent = event("http_api_post")
    sent["requestContext"]["timeEpoch"] = "yesterday"
    assert World().send(sent).status == 200


def test_a_request_does_not_show_its_body() -> None:
    request = Request.from_event(event("http_api_post"), FakeContext())
    assert "Ada" not in repr(request)
    with pytest.raises(InvalidRequest):
        Request.from_event({"Records": []}, FakeContext())
