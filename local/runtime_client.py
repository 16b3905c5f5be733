"""Runs a handler against the Runtime API where awslambdaric has no wheel: `python runtime_client.py module.function`.

Standard library only, and nothing of this package: it is started by its path. It does what a function can notice of
awslambdaric (https://github.com/aws/aws-lambda-python-runtime-interface-client), except JSON logs.
"""

import http.client
import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

PREFIX = "/2018-06-01/runtime"
Handler = Callable[[Any, "Context"], Any]
Hook = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers.get("Lambda-Runtime-Aws-Request-Id", "")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn", "")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = _client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.tenant_id = None
        self._deadline_ms = int(headers.get("Lambda-Runtime-Deadline-Ms", 0))

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - int(time.time() * 1000))


class RuntimeClient:
    """One connection to the Runtime API."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address)

    def next(self) -> tuple[bytes, http.client.HTTPMessage]:
        """Wait for the next event."""
        self._connection.request("GET", f"{PREFIX}/invocation/next")
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"the Runtime API answered {response.status} when asked for an event")
        return body, response.headers

    def restore_next(self) -> None:
        """Wait for the restoration from the snapshot that may be taken now."""
        self._connection.request("GET", f"{PREFIX}/restore/next")
        response = self._connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"the Runtime API answered {response.status} when asked for the restoration")

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Report a result or an error. Raises RuntimeError when it is refused, as an answer of over 6 MB is."""
        self._connection.request("POST", f"{PREFIX}/{path}", body, headers)
        response = self._connection.getresponse()
        reason = response.read()
        if response.status != 202:
            raise RuntimeError(f"failed to post to the Runtime API: {response.status} {reason.decode()}")


def run(client: RuntimeClient, handler: Handler) -> None:
    """Answer events for ever."""
    while True:
        body, headers = client.next()
        context = Context(headers)
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        path = f"invocation/{context.aws_request_id}"
        try:
            result, content_type = _encoded(handler(json.loads(body), context))
        except Exception as error:
            _log(error)
            client.post(f"{path}/error", *_report(error, context.aws_request_id))
        else:
            client.post(f"{path}/response", result, {"Content-Type": content_type})


def load(name: str) -> Handler:
    """Import the function `package.module.function`. Raises what importing it raises."""
    module, _, function = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    return handler


def wait_in_snapshot(client: RuntimeClient) -> None:
    """Run the hooks before the snapshot, the last registered first, wait, and run those after the restoration.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
    """
    before, after = _hooks()
    try:
        for function, arguments, named in reversed(before):
            function(*arguments, **named)
        client.restore_next()
    except Exception as error:
        _log(error)
        client.post("init/error", *_report(error, header="Runtime.BeforeSnapshotError"))
        sys.exit(64)
    try:
        for function, arguments, named in after:
            function(*arguments, **named)
    except Exception as error:
        _log(error)
        client.post("restore/error", *_report(error, header="Runtime.AfterRestoreError"))
        sys.exit(65)


def _hooks() -> tuple[list[Hook], list[Hook]]:
    """What was registered with AWS's library for it, where that is installed."""
    try:
        library = importlib.import_module("snapshot_restore_py")
    except ModuleNotFoundError:
        return [], []
    return list(library.get_before_snapshot()), list(library.get_after_restore())


class MarshalError(Exception):
    """The function's result is not JSON."""


# The names that Lambda has for them; any other exception goes by its own.
ERROR_TYPES: dict[type[Exception], str] = {
    ImportError: "Runtime.ImportModuleError",
    ModuleNotFoundError: "Runtime.ImportModuleError",
    AttributeError: "Runtime.HandlerNotFound",
    ValueError: "Runtime.MalformedHandlerName",
    SyntaxError: "Runtime.UserCodeSyntaxError",
}


def _encoded(result: Any) -> tuple[bytes, str]:
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return json.dumps(result, ensure_ascii=False).encode(), "application/json"
    except (TypeError, ValueError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from error


def _report(
    error: Exception, request_id: str = "", error_type: str | None = None, header: str | None = None
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers with which an error is posted, its type in both unless the `header` has another.

    Frames of this module are left out.
    """
    own_type = "Runtime.MarshalError" if isinstance(error, MarshalError) else type(error).__name__
    error_type = error_type or own_type
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    content = {
        "errorMessage": str(error),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": header or error_type}
    return json.dumps(content, ensure_ascii=False).encode(), headers


def _log(error: Exception) -> None:
    print(f"[ERROR] {type(error).__name__}: {error}\n{''.join(traceback.format_exception(error))}", flush=True)


def _client_context(text: str | None) -> SimpleNamespace | None:
    if not text:
        return None
    fields = json.loads(text)
    return SimpleNamespace(client=fields.get("client"), custom=fields.get("custom"), env=fields.get("env"))


def _leave_with_parent() -> None:
    """End this process when the one that started it is gone, where the kernel does not see to it."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logging.basicConfig(format="[%(levelname)s]\t%(asctime)s\t%(message)s", stream=sys.stdout)
    # The script's own folder would shadow the function's modules.
    sys.path[0] = os.getcwd()
    client = RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load(sys.argv[1])
    except Exception as error:
        _log(error)
        error_type = ERROR_TYPES.get(type(error)) or type(error).__name__
        client.post("init/error", *_report(error, error_type=error_type))
        sys.exit(1)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        wait_in_snapshot(client)
    run(client, handler)


if __name__ == "__main__":
    main()
