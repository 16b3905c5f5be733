"""The Runtime API of one sandbox: HTTP on one side, an `Exchange` on the other.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Every event passes it twice, so it answers inside the
callback that has read a request, with one write: neither a task nor a turn of the loop goes into it.
"""

import asyncio
import json
from http import HTTPStatus
from socket import socket

import httptools

from local.exchange import Exchange
from local.function import RESPONSE_LIMIT, Invocation, Outcome

PREFIX = "/2018-06-01/runtime/"
OK = b'{"status":"OK"}'
TOO_LARGE = {
    "errorMessage": f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
    "errorType": "RequestEntityTooLarge",
}


class RuntimeApi:
    """The API of one runtime process, on a socket, from `start` to `stop`."""

    def __init__(self, exchange: Exchange, bound: socket) -> None:
        self._exchange = exchange
        self._bound = bound
        self._connections: set[asyncio.Transport] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._exchange, self._connections), sock=self._bound)

    def stop(self) -> None:
        self._server.close()
        for transport in list(self._connections):
            transport.abort()


class Connection(asyncio.Protocol):
    """One connection of the runtime process. The methods named `on_...` are what httptools' parser calls."""

    def __init__(self, exchange: Exchange, connections: set[asyncio.Transport]) -> None:
        self._exchange = exchange
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self.on_message_begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, exception: Exception | None) -> None:
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_message_begin(self) -> None:
        self._url = b""
        self._error_type = "Runtime.Unknown"
        self._chunks: list[bytes] = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"lambda-runtime-function-error-type":
            self._error_type = value.decode("latin-1")
        elif name.lower() == b"expect":
            # curl asks first when it has more than 1 MB to send, and waits for a second.
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= RESPONSE_LIMIT:
            self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        path = self._url.decode("latin-1").removeprefix(PREFIX).split("/")
        body = b"".join(self._chunks) if self._size <= RESPONSE_LIMIT else None
        match self._parser.get_method(), path:
            case b"GET", ["invocation", "next"]:
                self._exchange.next(self._send_event)
            case b"POST", ["invocation", request_id, "response"]:
                self._on_response(request_id, body)
            case b"POST", ["invocation", request_id, "error"]:
                self._answer(request_id, _error(body, self._error_type))
            case b"POST", ["init", "error"]:
                self._exchange.fail_init(_error(body, self._error_type))
                self._send(202, OK)
            case _:
                self._refuse(404, {"errorMessage": "No such path in the Runtime API.", "errorType": "NotFound"})

    def _send_event(self, invocation: Invocation) -> None:
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        if invocation.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        self._send(200, invocation.payload, headers)

    def _on_response(self, request_id: str, body: bytes | None) -> None:
        if body is not None:
            self._answer(request_id, Outcome(payload=body))
            return
        message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
        self._exchange.answer(request_id, Outcome.error("Function.ResponseSizeTooLarge", message))
        self._refuse(413, TOO_LARGE)

    def _answer(self, request_id: str, outcome: Outcome) -> None:
        if self._exchange.answer(request_id, outcome):
            self._send(202, OK)
        else:
            self._refuse(400, {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"})

    def _refuse(self, status: int, content: dict[str, str]) -> None:
        self._send(status, json.dumps(content).encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        # Without a content type the runtime's C client crashes.
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._transport.write(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{head}\r\n".encode("latin-1") + body)


def _error(body: bytes | None, header: str) -> Outcome:
    """An error that the runtime reports, its type from the body, else from the header."""
    if body is None:
        return Outcome.error(header, "The function's error is larger than an answer may be.")
    try:
        error_type = str(json.loads(body)["errorType"])
    except (ValueError, TypeError, KeyError):
        error_type = header
    return Outcome(payload=body, error_type=error_type)
