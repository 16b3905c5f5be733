"""A function behind the HTTP API, asked over HTTP."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.local.conftest import Machine

MB = 1024 * 1024
JSON = {"content-type": "application/json"}
INTERNAL_SERVER_ERROR = (500, {"message": "Internal Server Error"})
SERVICE_UNAVAILABLE = (503, {"message": "Service Unavailable"})
TOO_LARGE = (413, {"message": "Request Entity Too Large"})


@pytest.fixture(scope="module")
def url(machine: Machine) -> str:
    name = machine.define("web", "web.handler", timeout_s=10, max_sandboxes=2)
    return machine.gateway(name, routes=("GET /healthz",))


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20) as client:
        yield client


def order(http: httpx.Client, **what: Any) -> tuple[int, Any]:
    response = http.post("/", json=what)
    return response.status_code, response.json()


def test_a_request_reaches_the_function_as_an_event(http: httpx.Client) -> None:
    headers = {**JSON, "X-Tag": "a", "Cookie": "a=1; b=2"}
    event = http.post("/event?q=1&q=2", content=b'"Zo\xc3\xab"', headers=headers).json()
    assert (event["body"], event["isBase64Encoded"]) == ('"Zoë"', False)
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"q": "1,2"}
    assert event["headers"]["x-tag"] == "a"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["http"]["protocol"] == "HTTP/1.1"


def test_a_chunked_body_arrives_whole(http: httpx.Client) -> None:
    event = http.post("/event", content=iter([b'{"a"', b": 1}"]), headers=JSON).json()
    assert event["body"] == '{"a": 1}'
    assert event["headers"]["content-length"] == "8"


def test_the_response_is_the_functions_with_the_gateways_request_id(http: httpx.Client) -> None:
    reply = {"statusCode": 418, "headers": {"X-Pot": "tea"}, "cookies": ["a=1", "b=2"], "body": "short"}
    response = http.post("/", json={"return": reply})
    assert (response.status_code, response.text) == (418, "short")
    assert response.headers["x-pot"] == "tea"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert len(response.headers["apigw-requestid"]) == 16
    assert "date" in response.headers


def test_binary_answers_and_bodies_survive(http: httpx.Client) -> None:
    reply = {"statusCode": 200, "headers": {"content-type": "image/png"}, "body": "AP+A", "isBase64Encoded": True}
    assert http.post("/", json={"return": reply}).content == b"\x00\xff\x80"
    event = http.post("/event", content=b"\x00\xff\x80", headers={"content-type": "image/png"}).json()
    assert (event["body"], event["isBase64Encoded"]) == ("AP+A", True)


def test_head_has_the_headers_and_no_body(http: httpx.Client) -> None:
    response = http.head("/event")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


def test_a_response_that_may_have_no_body_has_none(http: httpx.Client) -> None:
    response = http.post("/", json={"return": {"statusCode": 204, "body": "ignored"}})
    assert (response.status_code, response.content) == (204, b"")
    assert http.get("/event").status_code == 200


@pytest.mark.parametrize(
    "what",
    [
        {"return": {"statusCode": "ok"}},
        {"return": {"statusCode": 200, "body": 1}},
        {"return": '{"statusCode": 200, "body": NaN}', "verbatim": True},
        {"raise": "at fault"},
        {"exit": 1},
    ],
)
def test_a_function_that_fails_is_an_internal_server_error(http: httpx.Client, what: dict[str, Any]) -> None:
    assert order(http, **what) == INTERNAL_SERVER_ERROR


def test_past_the_integrations_time_out_the_service_is_unavailable(machine: Machine) -> None:
    name = machine.define("slow-web", "web.handler", timeout_s=5)
    with httpx.Client(base_url=machine.gateway(name, timeout_s=0.4)) as http:
        assert order(http, sleep_s=2, **{"return": 1}) == SERVICE_UNAVAILABLE


def test_bodies_that_fit_are_passed_on_and_larger_ones_are_too_large(http: httpx.Client) -> None:
    headers = {"content-type": "text/plain"}
    assert http.post("/size", content=b"x" * 5 * MB, headers=headers).text == str(5 * MB)
    for size in (6 * MB, 7 * MB, 10 * MB, 11 * MB):
        response = http.post("/size", content=b"x" * size, headers=headers)
        assert (response.status_code, response.json()) == TOO_LARGE


def test_base64_counts_against_the_limit_too(http: httpx.Client) -> None:
    response = http.post("/size", content=b"x" * 5 * MB, headers={"content-type": "application/octet-stream"})
    assert (response.status_code, response.json()) == TOO_LARGE


def test_an_answer_of_7_mb_is_an_internal_server_error(http: httpx.Client) -> None:
    response = http.get("/large")
    assert (response.status_code, response.json()) == INTERNAL_SERVER_ERROR


def test_requests_past_the_functions_limit_wait_for_their_turn(http: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: order(http, sleep_s=0.05, **{"return": n}), range(8)))
    assert answers == [(200, n) for n in range(8)]


def test_a_client_that_leaves_disturbs_nobody(url: str, http: httpx.Client) -> None:
    parts = urlsplit(url)
    for sent in (
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf",
        b"GET /event HTTP/1.1\r\nhost: a\r\n\r\n",
    ):
        with socket.create_connection((str(parts.hostname), parts.port or 80)) as connection:
            connection.sendall(sent)
    assert http.get("/event").status_code == 200


def test_a_deadline_can_be_told_from_the_event(http: httpx.Client) -> None:
    event = json.loads(http.get("/event").content)
    assert event["requestContext"]["timeEpoch"] > 1_700_000_000_000
    assert event["requestContext"]["routeKey"] == "$default"


def test_slow_requests_to_one_path_leave_room_for_others(machine: Machine, tmp_path: Path) -> None:
    name = machine.define("lanes", "web.handler", timeout_s=120, max_sandboxes=2)
    release, order = tmp_path / "release", {"return": {"statusCode": 200, "body": "slow"}}
    with (
        httpx.Client(base_url=machine.gateway(name, path_limit=1, timeout_s=120), timeout=120) as http,
        ThreadPoolExecutor(4) as callers,
    ):
        paths = ["/slow", "/slow/", "/slow//", "/slow"]
        slow = [callers.submit(http.post, path, json={**order, "until": str(release)}) for path in paths]
        try:
            assert http.get("/event").status_code == 200
            assert not any(request.done() for request in slow)
        finally:
            release.touch()
        assert [request.result().text for request in slow] == ["slow"] * 4
