"""The function's entry: event in, response out, and the only place where an error becomes a response."""

import functools
import gc
import os
import traceback
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from router import warmup
from router.app import App
from router.http import Request, Response
from router.invoker import LambdaInvoker
from router.keys import Keys
from router.models import Models
from router.settings import Settings
from router.trace import Trace
from shared.entrypoint import Context
from shared.errors import Error, InvalidApiKey, MethodNotAllowed, ModelError
from shared.served import SERVED_MODELS

INTERNAL = "The router failed. Send the request again, or report it with the x-request-id."


def build(environ: Mapping[str, str], **client: Any) -> App:
    """The app that an environment describes; `client` is for the SDK, beside its own settings. Raises SettingsError."""
    settings = Settings.from_env(environ)
    return App(
        Models(SERVED_MODELS.validate_json(settings.catalog.read_bytes())),
        LambdaInvoker.connect(settings.model_function, **client),
        Keys(settings.keys) if settings.auth == "api-key" else None,
        settings.concurrency,
    )


@functools.cache
def _app() -> App:
    return build(os.environ)


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """What Lambda calls: with an HTTP API event (payload 2.0), or with the schedule's `{"warmup": {...}}`."""
    return handle(_app(), event, context)


def handle(app: App, event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Answer one event."""
    if "warmup" in event:
        return warmup.warm(app.models, app.invoker, event["warmup"], context)
    trace = Trace(context.aws_request_id)
    code = "ok"
    facts: dict[str, str] = {}
    try:
        request = Request.from_event(event, context)
        trace.request_id = request.id
        response = app.answer(request, trace)
    except Error as error:
        response, code, facts = _refusal(error, trace), error.code, _cause(error)
    except Exception as fault:
        internal = Error(INTERNAL)
        response, code, facts = _refusal(internal, trace), internal.code, _place(fault)
    trace.log(response.status, code, **facts)
    return response.with_headers(trace.headers()).to_event()


def _refusal(error: Error, trace: Trace) -> Response:
    body = trace.error_form.of(error).model_dump_json()
    return Response(status=error.status, body=body, headers=_error_headers(error))


def _error_headers(error: Error) -> dict[str, str]:
    headers = {}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allow)
    if isinstance(error, InvalidApiKey):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, ModelError) and not error.retryable:
        headers["x-should-retry"] = "false"
    return headers


def _cause(error: Error) -> dict[str, str]:
    """What of the SDK stood behind an error: a caller learns what to do, an operator what was the matter."""
    cause = error.__cause__
    if isinstance(cause, ClientError):
        return {"cause": str(cause.response["Error"].get("Code"))}
    return {"cause": type(cause).__name__} if isinstance(cause, BotoCoreError) else {}


def _place(fault: Exception) -> dict[str, str]:
    """Where an unexpected exception came from. Its message is left out: it may hold the caller's text."""
    frames = traceback.extract_tb(fault.__traceback__)
    place = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return {"fault": type(fault).__name__, "place": place}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # While Lambda initialises the sandbox, with the processor to itself, rather than in the first request.
    _app()
    gc.freeze()
    gc.enable()
