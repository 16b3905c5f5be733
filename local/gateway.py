"""An HTTP API on this machine: every request becomes an event for one function, its result the response."""

import asyncio
import json
import time
from email.utils import formatdate

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from local.cors import Cors
from local.function import InvokeError, RequestTooLarge
from local.functions import Functions, new_trace_id
from local.http_event import HttpRequest, new_request_id, to_event
from local.http_response import (
    INTERNAL_SERVER_ERROR,
    REQUEST_ENTITY_TOO_LARGE,
    REQUEST_TIMEOUT,
    SERVICE_UNAVAILABLE,
    HttpResponse,
    MalformedResponse,
    from_result,
)
from local.http_server import read_body
from local.lanes import Lanes

NO_CORS = Cors()
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
BODY_LIMIT = 10 * 1024 * 1024
INTEGRATION_TIMEOUT_S = 30
# A body that takes longer to arrive than this never will.
BODY_TIMEOUT_S = 60


class Gateway:
    """ASGI application that puts a function behind HTTP.

    Requests past the function's limit wait for a sandbox until the integration's time-out: one machine cannot start as
    many as Lambda does. Of one path only `path_limit` are under way at a time, so that slow ones leave room for others.
    """

    def __init__(
        self,
        functions: Functions,
        function: str,
        *,
        routes: tuple[str, ...] = (),
        cors: Cors = NO_CORS,
        path_limit: int = 1_000,
        timeout_s: float = INTEGRATION_TIMEOUT_S,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        """`function` is a name or ARN; `routes` the route keys beside `$default`, `cors` who may ask from a page."""
        self._functions = functions
        self._function = function
        self._routes = routes
        self._cors = cors
        self._lanes = Lanes(path_limit)
        self._timeout_s = timeout_s
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        time_epoch_ms, request_id = int(time.time() * 1000), new_request_id()
        try:
            async with asyncio.timeout(self._body_timeout_s):
                body = await read_body(Request(scope, receive), BODY_LIMIT)
        except ClientDisconnect:
            return
        except TimeoutError:
            await _send(send, REQUEST_TIMEOUT, request_id)
            return
        request = _http_request(scope, body or b"")
        response = self._cors.preflight(request)
        if response is None and body is None:
            response = REQUEST_ENTITY_TOO_LARGE
        elif response is None:
            response = await self._answer(request, request_id, time_epoch_ms)
        await _send(send, self._cors.mark(request, response), request_id)

    async def _answer(self, request: HttpRequest, request_id: str, time_epoch_ms: int) -> HttpResponse:
        trace_id = new_trace_id()
        event = to_event(
            request, request_id=request_id, time_epoch_ms=time_epoch_ms, trace_id=trace_id, routes=self._routes
        )
        payload = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with asyncio.timeout(self._timeout_s), self._lanes.enter(request.path):
                result = await self._functions.invoke(self._function, payload, trace_id=trace_id, wait=True)
        except TimeoutError:
            return SERVICE_UNAVAILABLE
        except RequestTooLarge:
            return REQUEST_ENTITY_TOO_LARGE
        except InvokeError:
            return INTERNAL_SERVER_ERROR
        if result.outcome.error_type is not None:
            return INTERNAL_SERVER_ERROR
        try:
            return from_result(result.outcome.payload)
        except MalformedResponse:
            return INTERNAL_SERVER_ERROR


def _http_request(scope: Scope, body: bytes) -> HttpRequest:
    """An ASGI scope's facts."""
    return HttpRequest(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        body=body,
        source_ip=scope["client"][0],
        protocol=f"HTTP/{scope['http_version']}",
        port=scope["server"][1],
        scheme=scope["scheme"],
    )


async def _send(send: Send, response: HttpResponse, request_id: str) -> None:
    bodiless = response.status in (204, 304)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers]
    headers += [(b"date", formatdate(usegmt=True).encode()), (b"apigw-requestid", request_id.encode())]
    if not bodiless:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if bodiless else response.body})
