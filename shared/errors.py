"""Every expected failure, once: its status, code, headers and message, and in its docstring when it happens.

The API description is made from these classes. A message is a sentence that tells the caller what to do. It never holds
the caller's text, a path or a stack trace.
"""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar


class Error(Exception):
    """The router itself failed."""

    status: ClassVar = 500
    code: ClassVar = "internal_error"
    type: ClassVar = "server_error"
    default_message: ClassVar = "The router failed. Send the request again, or report it with the x-request-id."
    headers: Mapping[str, str] = {}
    """The headers that its response has besides those of every response."""

    def __init__(self, message: str | None = None, *, param: str | None = None) -> None:
        """`param` names the request's field at fault."""
        self.message = message or self.default_message
        self.param = param
        super().__init__(self.message)

    def to_payload(self) -> dict[str, Any]:
        """Return the form in which a model container reports the error."""
        return {"code": self.code, "message": self.message, "param": self.param}


class InvalidRequest(Error):
    """The body is not JSON, a field is missing or wrong, a text is empty, or there are too many."""

    status, code, type = 400, "invalid_request", "invalid_request_error"
    default_message = "The body must be a JSON object."

    def __init__(self, message: str | None = None, *, param: str | None = None, item: int | None = None) -> None:
        """`item` is the index of the text at fault within `param`; the message then begins with `'<param>[<item>]'`."""
        super().__init__(message, param=param)
        self.item = item

    def to_payload(self) -> dict[str, Any]:
        return super().to_payload() if self.item is None else {**super().to_payload(), "item": self.item}

    def counted_from(self, first: int) -> "InvalidRequest":
        """Return the same error for a whole request, of which the part at fault begins with item `first`."""
        if self.item is None:
            return self
        item = self.item + first
        message = self.message.replace(f"'{self.param}[{self.item}]'", f"'{self.param}[{item}]'", 1)
        return InvalidRequest(message, param=self.param, item=item)


class InvalidApiKey(Error):
    """The API key is missing or wrong."""

    status, code, type = 401, "invalid_api_key", "authentication_error"
    default_message = "Send a valid API key as 'Authorization: Bearer <key>' or as 'x-api-key: <key>'."
    headers = {"www-authenticate": "Bearer"}


class Forbidden(Error):
    """The gateway did not check who is calling."""

    status, code, type = 403, "forbidden", "authentication_error"
    default_message = "The request does not say who is calling. Sign it for IAM and send it to the HTTP API."


class NotFound(Error):
    """There is nothing at this path."""

    status, code, type = 404, "not_found", "invalid_request_error"
    default_message = "There is nothing at this path. GET /openapi.json describes what there is."


class ModelNotFound(NotFound):
    """There is no such model."""

    code = "model_not_found"
    default_message = "There is no such model here. GET /v1/models lists those there are."


class MethodNotAllowed(Error):
    """The path answers other methods only."""

    status, code, type = 405, "method_not_allowed", "invalid_request_error"

    def __init__(self, allow: Sequence[str]) -> None:
        """`allow` lists the methods that the path answers."""
        super().__init__(f"This path answers {' and '.join(allow)} only.")
        self.headers = {"allow": ", ".join(allow)}


class TooLarge(Error):
    """The body, what a model would be sent or the answer is over its limit."""

    status, code, type = 413, "too_large", "invalid_request_error"
    default_message = "The request is over the 6 MB that a model takes. Send fewer or shorter texts in one request."


class UnsupportedMediaType(Error):
    """The body is not declared as JSON."""

    status, code, type = 415, "unsupported_media_type", "invalid_request_error"
    default_message = "Send JSON, with the header 'content-type: application/json'."


class Throttled(Error):
    """The model is throttled."""

    status, code, type = 429, "throttled", "rate_limit_error"
    default_message = "The model is busy. Send the request again after the seconds in retry-after."
    headers = {"retry-after": "1"}

    def __init__(
        self, message: str | None = None, *, retry_after_s: int | None = None, is_shared: bool = False
    ) -> None:
        """`is_shared` says that all functions of the account have reached their common limit, the router's included."""
        super().__init__(message)
        self.retry_after_s, self.is_shared = retry_after_s, is_shared
        if retry_after_s is not None:
            self.headers = {"retry-after": str(retry_after_s)}


class ModelError(Error):
    """The model failed, or its process ended."""

    status, code = 502, "model_error"
    default_message = "The model failed on this request. Send it again, or report it with the x-request-id."


class FailedTwice(ModelError):
    """The same happened at a second try."""

    default_message = "The model failed twice on this request. Report it with the x-request-id."
    headers = {"x-should-retry": "false"}


class ModelUnavailable(Error):
    """The model is not deployed, or cannot be reached."""

    status, code = 503, "model_unavailable"
    default_message = "The model is not deployed, or not ready yet. Send the request again in a few seconds."
    headers = {"retry-after": "5"}


class ModelLoading(ModelUnavailable):
    """The model is still loading."""

    code = "model_loading"
    default_message = "The model is still loading. Send the request again in a few seconds."
    headers = {"retry-after": "3"}


class Timeout(Error):
    """The deadline passed, 29 s after the gateway took the request."""

    status, code = 504, "timeout"
    default_message = "The deadline passed before the model answered. Send a shorter request, or send it again."


# What a model container may answer; anything else it says is a ModelError.
FROM_MODEL: dict[str, type[Error]] = {e.code: e for e in (InvalidRequest, TooLarge, ModelError, ModelLoading, Timeout)}


def from_payload(payload: dict[str, Any]) -> Error:
    """Return the error that a model container reported with `Error.to_payload`."""
    code, param, item = payload.get("code"), payload.get("param"), payload.get("item")
    kind = FROM_MODEL.get(code, ModelError) if isinstance(code, str) else ModelError
    message = str(payload.get("message") or kind.default_message)
    param = param if isinstance(param, str) else None
    if kind is InvalidRequest:
        return InvalidRequest(message, param=param, item=item if isinstance(item, int) else None)
    return kind(message, param=param)


class Crash(Exception):
    """An unexpected failure, told by its kind and place: its own message might quote the caller's text."""

    def __init__(self, failure: Exception) -> None:
        *_, last = traceback.extract_tb(failure.__traceback__)
        super().__init__(f"{type(failure).__name__} in {Path(last.filename).name}, line {last.lineno}")
