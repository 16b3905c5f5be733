"""Invokes a model's function once: Lambda through boto3, or a function of this process. Knows nothing of requests.

What Lambda reports becomes one of our errors. A service error (an exception of the SDK) says that the function never
ran; a function error (in an answer of status 200) that the function's code, process or sandbox failed.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from pydantic_core import from_json

from shared.errors import Error, ModelError, ModelUnavailable, Throttled, Timeout, TooLarge

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

CONNECT_TIMEOUT_S = 1
# Below the 29 s of a deadline. Whoever waits for an invocation leaves it earlier when less is left.
READ_TIMEOUT_S = 28.5
CONNECTIONS = 64
USER_AGENT = f"model-router Botocore/{botocore.__version__}"
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
THROTTLES = {"TooManyRequestsException", "EC2ThrottledException", "ThrottlingException"}
ACCOUNT_LIMIT = "ConcurrentInvocationLimitExceeded"
TOO_LARGE = {
    "RequestTooLargeException",
    "RequestEntityTooLargeException",
    "SerializedRequestEntityTooLargeException",
}
FAILED = {"ServiceException", "InvalidRequestContentException", "RecursiveInvocationException"}
DEATHS = {"Runtime.ExitError", "Runtime.OutOfMemory", "Extension.Crash"}


class Died(ModelError):
    """The model's process ended, or its connection broke: whatever was asked, another sandbox may answer it."""

    default_message = "The model's process ended while it worked. Send the request again."


class Invoker(Protocol):
    """Asks one model one thing, and waits for it."""

    def invoke(self, model: str, payload: bytes) -> bytes:
        """Return what the model of this id replies. Raises `shared.errors.Error`; may outlast a deadline."""


class LambdaInvoker:
    """Invokes `function` with the model's id in place of `{id}`, once: a blind retry would run a slow request twice."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    @classmethod
    def connect(cls, function: str, read_timeout_s: float = READ_TIMEOUT_S, **client: Any) -> "LambdaInvoker":
        """Connect with this process's own credentials, region and endpoint, or with those given."""
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s,
            max_pool_connections=CONNECTIONS,
            tcp_keepalive=True,
            # botocore's own is put together twice for each call: a fifth of the processor time that the call takes.
            user_agent=USER_AGENT,
        )
        return cls(boto3.client("lambda", config=config, **client), function)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def invoke(self, model: str, payload: bytes) -> bytes:
        try:
            response = self._client.invoke(FunctionName=self._function.replace("{id}", model), Payload=payload)
            reply = response["Payload"].read()
        except ClientError as error:
            raise _service_error(error) from error
        except ReadTimeoutError as error:
            raise Timeout from error
        except (ConnectionClosedError, IncompleteReadError, ResponseStreamingError) as error:
            raise Died("The connection to the model was lost. Send the request again.") from error
        except BotoCoreError as error:
            raise ModelUnavailable from error
        # A failed function comes with status 200 too.
        if "FunctionError" in response:
            raise _function_error(reply)
        return reply


def _service_error(error: ClientError) -> Error:
    """Return the error for what the SDK raised: throttled, too large, failed; else the function is not ready."""
    code = error.response["Error"].get("Code", "")
    if code in THROTTLES:
        given = error.response["ResponseMetadata"].get("HTTPHeaders", {}).get("retry-after", "")
        is_shared = error.response.get("Reason") == ACCOUNT_LIMIT
        return Throttled(retry_after_s=int(given) if given.isdecimal() else None, is_shared=is_shared)
    if code in TOO_LARGE:
        return TooLarge()
    return (
        ModelError("The model could not be invoked. Send the request again.") if code in FAILED else ModelUnavailable()
    )


def _function_error(payload: bytes) -> Error:
    """Return the error for the object that Lambda answers in place of a failed function's reply."""
    try:
        report: Any = from_json(payload)
    except ValueError:
        report = None
    report = report if isinstance(report, dict) else {}
    kind, message = str(report.get("errorType", "")), str(report.get("errorMessage", ""))
    if kind == "Sandbox.Timedout" or "Task timed out" in message:
        return Timeout()
    if kind == "Function.ResponseSizeTooLarge":
        return TooLarge("The model's answer is over the 6 MB that Lambda carries. Send fewer texts in one request.")
    return Died() if kind in DEATHS or "Runtime exited" in message else ModelError()


class InProcess:
    """Functions of this process in the place of models: what the tests and the benchmark ask."""

    def __init__(self, functions: Mapping[str, Callable[[bytes], bytes]]) -> None:
        self._functions = functions

    def invoke(self, model: str, payload: bytes) -> bytes:
        if model not in self._functions:
            raise ModelUnavailable
        return self._functions[model](payload)
