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
from router.auth import auth_from_env
from router.http import Request, Response
from router.invoker import LambdaInvoker
from router.models import Models
from router.settings import Settings
from router.trace import Trace
from shared.entrypoint import Context
from shared.errors import Error
from shared.served import SERVED_MODELS


def build(environ: Mapping[str, str], **client: Any) -> App:
    """Return the app that an environment describes; `client` is for the SDK. Raises SettingsError."""
    settings, auth = Settings.from_env(environ), auth_from_env(environ)
    return App(
        Models(SERVED_MODELS.validate_json(settings.catalog.read_bytes())),
        LambdaInvoker.connect(settings.model_function, **client),
        auth,
        settings.concurrency,
    )


@functools.cache
def _app() -> App:
    return build(os.environ)


def handler(event: Any, context: Context) -> dict[str, Any]:
    """Answer what Lambda calls it with: an HTTP API event (payload 2.0), or the schedule's `{"warmup": {...}}`."""
    return handle(_app(), event, context)


def handle(app: App, event: Any, context: Context) -> dict[str, Any]:
    """Answer one event."""
    if isinstance(event, dict) and "warmup" in event:
        return warmup.warm_up(app.models, app.invoker, event["warmup"], context)
    trace = Trace(context.aws_request_id)
    code = "ok"
    facts: dict[str, str] = {}
    try:
        request = Request.from_event(event, context)
        trace.request_id = request.id
        response = app.answer(request, trace)
        response = response.compressed() if request.accepts_gzip else response
    except Error as error:
        response, code, facts = _refusal(error, trace), error.code, _cause(error)
    except Exception as fault:
        response, code, facts = _refusal(Error(), trace), Error.code, _place(fault)
    trace.log(response.status, code, **facts)
    return response.with_headers(trace.headers()).to_event()


def _refusal(error: Error, trace: Trace) -> Response:
    body = trace.error_form.of(error).model_dump_json()
    return Response(status=error.status, body=body, headers=error.headers)


def _cause(error: Error) -> dict[str, str]:
    """Return the SDK's error that caused this one. It is logged for operators; callers see our message only."""
    cause = error.__cause__
    if isinstance(cause, ClientError):
        return {"cause": str(cause.response["Error"].get("Code"))}
    return {"cause": type(cause).__name__} if isinstance(cause, BotoCoreError) else {}


def _place(fault: Exception) -> dict[str, str]:
    """Return where an unexpected exception came from. Its message is left out: it may hold the caller's text."""
    frames = traceback.extract_tb(fault.__traceback__)
    place = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return {"fault": type(fault).__name__, "place": place}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # While Lambda initialises the sandbox, with the processor to itself, rather than in the first request.
    _app()
    gc.freeze()
    gc.enable()
