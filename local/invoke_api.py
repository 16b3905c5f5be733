"""Lambda's Invoke API over `Functions`, for an unmodified `boto3.client("lambda", endpoint_url=...)`.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import binascii
import json
import uuid

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from local.function import (
    ASYNC_REQUEST_LIMIT,
    REQUEST_LIMIT,
    AccessDenied,
    InvalidParameterValue,
    InvalidRequestContent,
    InvokeError,
    RequestTooLarge,
    TooManyRequests,
)
from local.functions import Functions
from local.http_server import read_body

PATH = "/2015-03-31/functions/{reference}/invocations"
CLIENT_CONTEXT_LIMIT = 3583


def invoke_api(functions: Functions) -> ASGIApp:
    """The ASGI application. Whoever reaches it may invoke: it checks no signature."""

    async def invoke(request: Request) -> Response:
        try:
            if "origin" in request.headers:
                raise AccessDenied("A page of a browser may not invoke functions: call the HTTP API.")
            return await _invoke(functions, request)
        except InvokeError as error:
            return _error(error)
        except ClientDisconnect:
            return Response(status_code=400)

    async def unknown(request: Request) -> Response:
        return _json(404, {"Message": "This endpoint answers the Invoke action only."}, "UnknownOperationException")

    return Router([Route(PATH, invoke, methods=["POST"])], redirect_slashes=False, default=Route("/", unknown).app)


async def _invoke(functions: Functions, request: Request) -> Response:
    reference, qualifier = request.path_params["reference"], request.query_params.get("Qualifier")
    client_context = _client_context(request.headers.get("x-amz-client-context"))
    body = await read_body(request, REQUEST_LIMIT)
    match request.headers.get("x-amz-invocation-type", "RequestResponse"):
        case "DryRun":
            functions.find(reference, qualifier)
            return Response(status_code=204, headers={"x-amzn-RequestId": str(uuid.uuid4())})
        case "Event":
            functions.invoke_async(reference, _small(body, ASYNC_REQUEST_LIMIT), qualifier=qualifier)
            return Response(status_code=202, headers={"x-amzn-RequestId": str(uuid.uuid4())})
        case "RequestResponse":
            pass
        case other:
            raise InvalidParameterValue(f"InvocationType {other!r} is not RequestResponse, Event or DryRun.")
    result = await functions.invoke(
        reference,
        _small(body, REQUEST_LIMIT),
        qualifier=qualifier,
        client_context=client_context,
        trace_id=request.headers.get("x-amzn-trace-id", ""),
    )
    headers = {"x-amzn-RequestId": result.request_id, "X-Amz-Executed-Version": result.version}
    if result.outcome.error_type is not None:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if request.headers.get("x-amz-log-type") == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log).decode()
    return Response(result.outcome.payload, 200, headers, media_type="application/json")


def _small(body: bytes | None, limit: int) -> bytes:
    if body is None:
        raise RequestTooLarge(f"Request must be smaller than {limit} bytes for the InvokeFunction operation")
    return body


def _client_context(header: str | None) -> str | None:
    """The client context as JSON text, from base64."""
    if header is None:
        return None
    if len(header) > CLIENT_CONTEXT_LIMIT:
        raise InvalidRequestContent(f"Client context must be no more than {CLIENT_CONTEXT_LIMIT} bytes in base64.")
    try:
        context = json.loads(base64.b64decode(header, validate=True).decode())
        # A header carries it on, so no line breaks and nothing but ASCII.
        text = json.dumps(context)
    except (binascii.Error, ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.")
    return text


def _error(error: InvokeError) -> Response:
    content = {"Type": "User", "Message": str(error)}
    if not isinstance(error, TooManyRequests):
        return _json(error.status, content, error.code)
    response = _json(error.status, {**content, "message": str(error), "Reason": error.reason}, error.code)
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _json(status: int, content: dict[str, str], code: str) -> Response:
    headers = {"x-amzn-ErrorType": code, "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(json.dumps(content), status, headers, media_type="application/json")
