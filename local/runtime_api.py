"""The Runtime API of one sandbox: HTTP on one side, an `Exchange` on the other.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from local.exchange import Exchange
from local.function import RESPONSE_LIMIT, Invocation, Outcome
from local.http_server import read_body

PREFIX = "/2018-06-01/runtime"
CREDENTIALS = "/2021-04-23/credentials"


@dataclass(frozen=True)
class Credentials:
    """Holds what a sandbox with SnapStart fetches: a snapshot would keep what stood in its environment.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-security.html
    """

    token: str
    valid_s: float = 3600

    def document(self) -> dict[str, str]:
        """Return what the AWS SDK's provider of container credentials reads."""
        expires = datetime.now(UTC) + timedelta(seconds=self.valid_s)
        keys = {"AccessKeyId": "local", "SecretAccessKey": "local", "Token": "local"}
        return {**keys, "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def runtime_api(exchange: Exchange, credentials: Credentials | None = None) -> ASGIApp:
    """Return the API of one runtime process as an ASGI application, and its credentials where it is to fetch them."""

    async def next_event(request: Request) -> Response:
        invocation = await exchange.next()
        return Response(status_code=410) if invocation is None else _event(invocation)

    async def response(request: Request) -> Response:
        body = await read_body(request, RESPONSE_LIMIT)
        if body is not None:
            return answer(request, Outcome(payload=body))
        message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
        exchange.answer(request.path_params["request_id"], Outcome.error("Function.ResponseSizeTooLarge", message))
        return _refusal(
            413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
        )

    async def error(request: Request) -> Response:
        return answer(request, await _error(request))

    async def init_error(request: Request) -> Response:
        exchange.fail_init(await _error(request))
        return _accepted()

    async def restore_next(request: Request) -> Response:
        return Response(status_code=200 if await exchange.restore_next() else 410)

    async def restore_error(request: Request) -> Response:
        exchange.fail_restore(await _error(request))
        return _accepted()

    async def credentials_of(request: Request) -> Response:
        if credentials is None or request.headers.get("authorization") != credentials.token:
            return _refusal(403, "Forbidden", "The authorization token is not this sandbox's.")
        return JSONResponse(credentials.document())

    def answer(request: Request, outcome: Outcome) -> Response:
        if exchange.answer(request.path_params["request_id"], outcome):
            return _accepted()
        return _refusal(400, "InvalidRequestID", "Invalid request ID")

    async def unknown(request: Request) -> Response:
        return _refusal(404, "NotFound", "No such path in the Runtime API.")

    routes = [
        Route(f"{PREFIX}/invocation/next", next_event, methods=["GET"]),
        Route(PREFIX + "/invocation/{request_id}/response", response, methods=["POST"]),
        Route(PREFIX + "/invocation/{request_id}/error", error, methods=["POST"]),
        Route(f"{PREFIX}/init/error", init_error, methods=["POST"]),
        Route(f"{PREFIX}/restore/next", restore_next, methods=["GET"]),
        Route(f"{PREFIX}/restore/error", restore_error, methods=["POST"]),
        Route(CREDENTIALS, credentials_of, methods=["GET"]),
    ]
    return Router(routes, redirect_slashes=False, default=Route("/", unknown).app)


def _event(invocation: Invocation) -> Response:
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
        "Lambda-Runtime-Trace-Id": invocation.trace_id,
    }
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    # Without a content type the runtime's C client crashes.
    return Response(invocation.payload, headers=headers, media_type="application/json")


def _accepted() -> Response:
    return JSONResponse({"status": "OK"}, 202)


def _refusal(status: int, error_type: str, message: str) -> Response:
    return JSONResponse({"errorMessage": message, "errorType": error_type}, status)


async def _error(request: Request) -> Outcome:
    """Read an error that the runtime reports, its type from the body, else from the header."""
    header = request.headers.get("lambda-runtime-function-error-type", "Runtime.Unknown")
    body = await read_body(request, RESPONSE_LIMIT)
    if body is None:
        return Outcome.error(header, "The function's error is larger than an answer may be.")
    try:
        error_type = str(json.loads(body)["errorType"])
    except (ValueError, TypeError, KeyError):
        error_type = header
    return Outcome(payload=body, error_type=error_type)
