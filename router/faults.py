"""What Lambda reports when it could not invoke a function, or the function failed, as our errors.

service error (an exception of the SDK)     the function never ran
function error (in an answer of status 200)  the function's code, process or sandbox failed
"""

from typing import Any

from botocore.exceptions import ClientError
from pydantic_core import from_json

from shared.errors import Error, ModelError, ModelUnavailable, Throttled, Timeout, TooLarge

BUSY = "The model is busy. Send the request again after the seconds in retry-after."
REPLY_TOO_LARGE = "The model's answer is over the 6 MB that Lambda carries. Send fewer texts in one request."


class Died(ModelError):
    """The model's process ended, or its connection broke: whatever was asked, another sandbox may answer it."""


class ConnectionLost(Died):
    """The connection ended before the answer did."""


# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
THROTTLES = {"TooManyRequestsException", "EC2ThrottledException", "ThrottlingException"}
TOO_LARGE = {"RequestTooLargeException", "RequestEntityTooLargeException"}
FAILED = {"ServiceException", "InvalidRequestContentException", "RecursiveInvocationException"}
DEATHS = {"Runtime.ExitError", "Runtime.OutOfMemory", "Extension.Crash"}


def service_error(error: ClientError) -> Error:
    """The error for what the SDK raised: throttled, too large, failed; or else the function is not ready."""
    code = error.response["Error"].get("Code", "")
    headers = error.response["ResponseMetadata"].get("HTTPHeaders", {})
    if code in THROTTLES:
        given = headers.get("retry-after", "")
        return Throttled(BUSY, retry_after_s=int(given) if given.isdecimal() else None)
    if code in TOO_LARGE:
        return TooLarge("The request is over the 6 MB that a model takes. Send fewer or shorter texts in one request.")
    if code in FAILED:
        return ModelError("The model could not be invoked. Send the request again.")
    return ModelUnavailable("The model is not deployed, or not ready yet. Send the request again in a few seconds.")


def function_error(payload: bytes) -> Error:
    """The error for the object that Lambda answers in place of a failed function's reply."""
    kind, message = _type_and_message(payload)
    if kind == "Sandbox.Timedout" or "Task timed out" in message:
        return Timeout("The model did not answer in its time. Send a shorter request.")
    if kind == "Function.ResponseSizeTooLarge":
        return TooLarge(REPLY_TOO_LARGE)
    if kind in DEATHS or "Runtime exited" in message:
        return Died("The model's process ended while it worked. Send the request again.")
    return ModelError("The model failed on this request. Send it again, or report it with the x-request-id.")


def _type_and_message(payload: bytes) -> tuple[str, str]:
    try:
        report: Any = from_json(payload)
    except ValueError:
        return "", ""
    if not isinstance(report, dict):
        return "", ""
    return str(report.get("errorType", "")), str(report.get("errorMessage", ""))
