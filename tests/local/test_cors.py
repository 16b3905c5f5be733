"""Pages of other origins at the local gateway, as a deployed HTTP API treats them."""

import pytest

from local.cors import Cors
from local.http_event import HttpRequest
from local.http_response import INTERNAL_SERVER_ERROR, HttpResponse
from shared.deployment import CORS_ALLOWED_HEADERS

PAGE = "https://app.example.com"
STAINLESS = "arch async lang os package-version read-timeout retry-count runtime runtime-version timeout helper-method"


def request(method: str = "POST", **headers: str) -> HttpRequest:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return HttpRequest(
        method=method, path="/embed", query="", headers=sent, body=b"", source_ip="", protocol="HTTP/1.1", port=80
    )


def preflight(origin: str = PAGE) -> HttpRequest:
    return request("OPTIONS", Origin=origin, Access_Control_Request_Method="POST")


def marks(response: HttpResponse | None) -> dict[str, str]:
    assert response is not None
    return {name: value for name, value in response.headers if name.startswith("access-control-")}


@pytest.mark.parametrize(("origins", "allowed"), [([PAGE], PAGE), (["http://a.example", PAGE], PAGE), (["*"], "*")])
def test_a_preflight_is_answered_without_a_function_and_so_without_a_key(origins: list[str], allowed: str) -> None:
    answer = Cors(origins).preflight(preflight())
    assert answer is not None
    assert answer.status == 204
    assert marks(answer)["access-control-allow-origin"] == allowed
    assert "POST" in marks(answer)["access-control-allow-methods"]
    assert "authorization" in marks(answer)["access-control-allow-headers"].split(",")


def test_a_page_of_another_origin_is_not_let_in() -> None:
    assert marks(Cors([PAGE]).preflight(preflight("https://evil.example"))) == {}
    assert marks(Cors([PAGE]).mark(request(Origin="https://evil.example"), INTERNAL_SERVER_ERROR)) == {}


def test_an_answer_is_marked_errors_included() -> None:
    for status in (200, 401, 429, 500):
        marked = Cors([PAGE]).mark(request(Origin=PAGE), HttpResponse(status=status, headers=[], body=b""))
        assert marks(marked)["access-control-allow-origin"] == PAGE
        assert "x-should-retry" in marks(marked)["access-control-expose-headers"]


def test_what_is_no_cross_origin_request_is_as_before() -> None:
    assert Cors([PAGE]).preflight(request("OPTIONS")) is None
    assert Cors().preflight(preflight()) is None
    assert Cors().mark(request(Origin=PAGE), INTERNAL_SERVER_ERROR) == INTERNAL_SERVER_ERROR
    assert marks(Cors([PAGE]).mark(request(), INTERNAL_SERVER_ERROR)) == {}


def test_what_a_function_says_of_origins_gives_way_to_the_gateways_own() -> None:
    said = HttpResponse(status=200, headers=[("access-control-allow-origin", "*"), ("x-a", "b")], body=b"")
    marked = Cors([PAGE]).mark(request(Origin=PAGE), said)
    assert marked.headers.count(("access-control-allow-origin", PAGE)) == len(
        [name for name, _ in marked.headers if name == "access-control-allow-origin"]
    )
    assert ("x-a", "b") in marked.headers


def test_all_headers_of_the_promised_clients_may_be_sent() -> None:
    sent = {f"x-stainless-{name}" for name in STAINLESS.split()}
    sent |= {"authorization", "api-key", "x-api-key", "openai-organization", "openai-project", "traceparent"}
    assert sent | {"idempotency-key", "content-type"} <= set(CORS_ALLOWED_HEADERS)
