"""`python -m local`, with faults between router and models: each line on standard input names the next one, or `none`.

The next invocation of a model after the line meets that fault in place of the model.
"""

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from local.__main__ import main
from local.stack import Stack

# By name: the status, what the Invoke API names the error, and the body.
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
ANSWERS: Mapping[str, tuple[int, str | None, bytes]] = {
    "throttle": (429, "TooManyRequestsException", b'{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}'),
    "fail": (500, "ServiceException", b'{"Message": "Internal failure."}'),
    "update": (409, "ResourceConflictException", b'{"Message": "The function is being updated."}'),
    "garbage": (200, None, bytes(range(256))),
    "other_answer": (200, None, json.dumps({"result": {"embeddings": 1}, "meta": None}).encode()),
}
# An answer that ends in the middle.
CUT = "cut"
# Takes back the faults that no invocation has met yet.
NONE = "none"
KINDS = (*ANSWERS, CUT)


class Faults:
    """The Invoke API behind faults: those that are `waiting` are met one by one, then it answers itself."""

    def __init__(self, app: ASGIApp, waiting: deque[str]) -> None:
        self._app = app
        self._waiting = waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._waiting:
            await self._app(scope, receive, send)
            return
        kind = self._waiting.popleft()
        status, error, body = ANSWERS.get(kind, (200, None, b"{}"))
        while (await receive()).get("more_body"):
            pass
        headers = {"content-type": "application/json", "content-length": str(len(body) + (kind == CUT))}
        if error:
            headers["x-amzn-errortype"] = error
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body, "more_body": kind == CUT})


class FaultyStack(Stack):
    """The local stack, whose models fail when told to."""

    def invoke_api(self) -> ASGIApp:
        self._waiting = deque[str]()
        return Faults(super().invoke_api(), self._waiting)

    async def start(self) -> None:
        await super().start()
        asyncio.get_running_loop().add_reader(sys.stdin, self._read)

    def _read(self) -> None:
        line = os.read(sys.stdin.fileno(), 1_000).decode()
        for word in line.split():
            if word == NONE:
                self._waiting.clear()
            else:
                self._waiting.append(word)
        if not line:
            asyncio.get_running_loop().remove_reader(sys.stdin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, FaultyStack))
