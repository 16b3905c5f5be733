"""Lambda's Invoke API as a small HTTP server, for what can go wrong between the router and a model.

Protocol: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Invocation", bytes], None]


class Invocation(BaseHTTPRequestHandler):
    """One call of the Invoke API, answered by the behaviour under test."""

    protocol_version = "HTTP/1.1"
    server: "LambdaEndpoint"

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            self.server.paths.append(self.path)
        self.server.behaviour(self, payload)

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reset(self) -> None:
        """Close the connection with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The handler's own files keep the socket open until they are closed as well.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests look at what the router logs."""


class LambdaEndpoint(ThreadingHTTPServer):
    """Answers every invocation as `behaviour` does, and remembers the paths that were called."""

    daemon_threads = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Invocation)
        self.behaviour = behaviour
        self.paths: list[str] = []
        self.lock = threading.Lock()

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            super().finish_request(request, client_address)
        except (OSError, ValueError):
            return  # the router, or the test, has hung up

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def lambda_endpoint(behaviour: Behaviour) -> Iterator[LambdaEndpoint]:
    endpoint = LambdaEndpoint(behaviour)
    thread = threading.Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()


def service_error(status: int, code: str, **headers: str) -> Behaviour:
    """What Lambda answers when it does not invoke the function."""

    def behave(invocation: Invocation, payload: bytes) -> None:
        body = json.dumps({"Type": "User", "message": "from Lambda"}).encode()
        invocation.answer(body, status, x_amzn_errortype=code, **headers)

    return behave


def function_error(kind: str, message: str = "") -> Behaviour:
    """What Lambda answers when the function failed: status 200, and an error object."""

    def behave(invocation: Invocation, payload: bytes) -> None:
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        invocation.answer(body, x_amz_function_error="Unhandled")

    return behave


def replies(body: bytes) -> Behaviour:
    return lambda invocation, payload: invocation.answer(body)


def sequence(*behaviours: Behaviour) -> Behaviour:
    """The first invocation meets the first behaviour, and so on; the last one stays."""
    waiting = list(behaviours)
    lock = threading.Lock()

    def behave(invocation: Invocation, payload: bytes) -> None:
        with lock:
            behaviour = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        behaviour(invocation, payload)

    return behave
