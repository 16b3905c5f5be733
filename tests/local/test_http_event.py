"""Requests and the events that they become, as files; and what a function's result becomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.http_event import HttpRequest, new_request_id, to_event
from local.http_response import HttpResponse, MalformedResponse, from_result

CASES = sorted(Path(__file__).with_name("events").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_request_becomes_the_event_that_aws_makes_of_it(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    sent = case["request"]
    request = HttpRequest(
        method=sent["method"],
        path=sent["path"],
        query=sent["query"],
        headers=[(name, value) for name, value in sent["headers"]],
        body=sent["body"].encode(),
        source_ip="1.2.3.4",
        protocol="HTTP/1.1",
        port=443,
        scheme="https",
    )
    event = to_event(
        request,
        request_id="LV7fzho-PHcEJPw=",
        time_epoch_ms=1587481701067,
        trace_id="Root=1-5e9f0c65-1de4d666d4dd26aced652b6c",
        routes=("GET /healthz",),
    )
    assert event == case["event"]
    assert list(event) == list(case["event"])


def test_json_that_is_not_utf_8_stays_what_it_is() -> None:
    request = HttpRequest(
        method="POST",
        path="/",
        query="",
        headers=[("content-type", "application/json")],
        body=b"\xff",
        source_ip="::1",
        protocol="HTTP/1.1",
        port=80,
    )
    event = to_event(request, request_id="id", time_epoch_ms=0, trace_id="")
    assert (event["body"], event["isBase64Encoded"]) == ("/w==", True)


def test_request_ids_look_like_the_gateways_and_differ() -> None:
    ids = {new_request_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(i) == 16 and i.endswith("=") for i in ids)


def response(result: Any) -> HttpResponse:
    return from_result(json.dumps(result).encode())


def test_a_result_is_the_response_that_it_describes() -> None:
    headers = {"Content-Type": "application/json", "x-count": 3, "x-cold": False, "content-length": "999"}
    seen = response({"statusCode": 201, "headers": headers, "cookies": ["a=1", "b=2"], "body": '"Zoë"'})
    assert (seen.status, seen.body) == (201, '"Zoë"'.encode())
    assert seen.headers == [
        ("content-type", "application/json"),
        ("x-count", "3"),
        ("x-cold", "false"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]


def test_a_response_without_a_type_is_text() -> None:
    assert response({"statusCode": "204"}) == HttpResponse(
        status=204, headers=[("content-type", "text/plain;charset=UTF-8")], body=b""
    )


def test_a_base64_body_is_decoded() -> None:
    assert response({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}).body == b"\x00\xff"


@pytest.mark.parametrize(
    ("result", "body"), [("Hello", b"Hello"), ({"a": "ü"}, '{"a": "ü"}'.encode()), ([1], b"[1]"), (None, b"null")]
)
def test_a_result_without_a_status_is_the_body_of_a_200(result: Any, body: bytes) -> None:
    assert response(result) == HttpResponse(status=200, headers=[("content-type", "application/json")], body=body)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "two hundred"},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": True},
        {"statusCode": None},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "not base64", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nset-cookie: c"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a": "東京"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": ["a=1\nb"]},
    ],
)
def test_a_malformed_result_is_no_response(result: dict[str, Any]) -> None:
    with pytest.raises(MalformedResponse):
        response(result)


@pytest.mark.parametrize("payload", [b"", b"{", b'{"statusCode": NaN}', b"\xff"])
def test_a_result_that_is_not_json_is_no_response(payload: bytes) -> None:
    with pytest.raises(MalformedResponse):
        from_result(payload)
