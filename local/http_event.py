"""An HTTP request as API Gateway's HTTP APIs hand it to a function: an event of payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.function import ACCOUNT

DEFAULT_ROUTE = "$default"
API_ID = "local"
# They concern one connection, and end at the gateway.
HOP_BY_HOP = frozenset(
    ("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection")
    + ("te", "trailer", "transfer-encoding", "upgrade")
)
TEXT_TYPES = frozenset(("application/json", "application/javascript", "application/xml"))


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request as it reached the gateway, its body complete. Header names may have any case, and repeat."""

    method: str
    path: str  # percent-decoded, as HTTP APIs pass it on
    query: str  # as sent
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str  # such as HTTP/1.1
    port: int
    scheme: str = "http"


def new_request_id() -> str:
    """A request id of the form that HTTP APIs have."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


def to_event(
    request: HttpRequest, *, request_id: str, time_epoch_ms: int, trace_id: str, routes: Iterable[str] = ()
) -> dict[str, Any]:
    """The event of a request that the gateway took at `time_epoch_ms`. Keys that do not apply are absent.

    `routes` are the API's route keys (`GET /healthz`) beside `$default`.
    """
    headers, cookies = _headers(request, trace_id)
    # API Gateway itself cuts a decoded path at its question mark.
    path = request.path.partition("?")[0]
    route = f"{request.method} {path}"
    route = route if route in routes else DEFAULT_ROUTE
    body, is_base64 = _body(request.body, headers)
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": request.query,
        "cookies": cookies,
        "headers": headers,
        "queryStringParameters": _joined(parse_qsl(request.query, keep_blank_values=True)),
        "requestContext": _context(request, headers, path, route, request_id, time_epoch_ms),
        "body": body,
        "isBase64Encoded": is_base64,
    }
    return {key: value for key, value in event.items() if value or key not in _OPTIONAL}


_OPTIONAL = frozenset(("cookies", "queryStringParameters", "body"))


def _context(
    request: HttpRequest, headers: Mapping[str, str], path: str, route: str, request_id: str, time_epoch_ms: int
) -> dict[str, Any]:
    domain = headers.get("host", "localhost").partition(":")[0]
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route,
        "stage": "$default",
        "time": f"{datetime.fromtimestamp(time_epoch_ms / 1000, UTC):%d/%b/%Y:%H:%M:%S +0000}",
        "timeEpoch": time_epoch_ms,
    }


def _headers(request: HttpRequest, trace_id: str) -> tuple[dict[str, str], list[str]]:
    """Header fields by lower-case name, with what the gateway adds; and the cookies, which leave them."""
    sent = [(name.lower(), value) for name, value in request.headers]
    cookies = [c.strip() for name, value in sent if name == "cookie" for c in value.split(";") if c.strip()]
    headers = _joined((name, value) for name, value in sent if name not in HOP_BY_HOP and name != "cookie")
    forwarded = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    headers |= {
        "content-length": str(len(request.body)),
        "x-amzn-trace-id": trace_id,
        "x-forwarded-for": ", ".join([*forwarded, request.source_ip]),
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": request.scheme,
    }
    return dict(sorted(headers.items())), cookies


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one, their values joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    """The body as text where its type says that it is text, else base64."""
    if not body:
        return "", False
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if (media_type.startswith("text/") or media_type in TEXT_TYPES) and "content-encoding" not in headers:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True
