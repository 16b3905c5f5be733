"""What a function answered as the HTTP response that API Gateway's HTTP APIs make of it, payload format 2.0."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

HEADER_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
HEADER_VALUE = re.compile(r"^[\t\x20-\x7e\x80-\xff]*$")
# The gateway sets them itself.
OWN_HEADERS = frozenset(("content-length", "connection", "transfer-encoding", "date"))


class MalformedResponse(Exception):
    """The function's answer is no HTTP response."""


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A response on its way to the client."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def message(cls, status: int, message: str) -> "HttpResponse":
        """An answer of the gateway's own."""
        body = json.dumps({"message": message}, separators=(",", ":")).encode()
        return cls(status=status, headers=[("content-type", "application/json")], body=body)


INTERNAL_SERVER_ERROR = HttpResponse.message(500, "Internal Server Error")
SERVICE_UNAVAILABLE = HttpResponse.message(503, "Service Unavailable")
REQUEST_ENTITY_TOO_LARGE = HttpResponse.message(413, "Request Entity Too Large")
# The rest of the body may still come: nothing else can be read from that connection.
REQUEST_TIMEOUT = HttpResponse(status=408, headers=[("connection", "close")], body=b"")


def from_result(payload: bytes) -> HttpResponse:
    """The response in a function's result. Raises MalformedResponse.

    A result without `statusCode` is itself the body of a 200.
    """
    try:
        result = json.loads(payload, parse_constant=_refuse)
    except ValueError:
        raise MalformedResponse("not JSON") from None
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        return HttpResponse(status=200, headers=[("content-type", "application/json")], body=body.encode())
    return HttpResponse(status=_status(result["statusCode"]), headers=_headers(result), body=_body(result))


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _status(value: Any) -> int:
    """An integer, or a string of one."""
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or not 200 <= int(text) <= 599:
        raise MalformedResponse("statusCode")
    return int(text)


def _headers(result: dict[str, Any]) -> list[tuple[str, str]]:
    headers, cookies = result.get("headers") or {}, result.get("cookies") or []
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise MalformedResponse("headers or cookies")
    pairs = [(name.lower(), _text(value)) for name, value in headers.items() if name.lower() not in OWN_HEADERS]
    pairs += [("set-cookie", _text(cookie)) for cookie in cookies]
    if not all(HEADER_NAME.match(name) and HEADER_VALUE.match(value) for name, value in pairs):
        raise MalformedResponse("a header that HTTP cannot carry")
    if not any(name == "content-type" for name, _ in pairs):
        pairs.append(("content-type", "text/plain;charset=UTF-8"))
    return pairs


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise MalformedResponse("a header's value")
    return str(value)


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponse("body")
    if not result.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedResponse("body is not base64") from None
