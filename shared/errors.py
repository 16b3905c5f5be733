"""Every expected failure, once: its status, its code and what it lets a client do next.

    Error
      x InvalidRequest          400 invalid_request
      x InvalidApiKey           401 invalid_api_key
      x NotFound                404 not_found
        x ModelNotFound         404 model_not_found
      x MethodNotAllowed        405 method_not_allowed
      x TooLarge                413 too_large
      x UnsupportedMediaType    415 unsupported_media_type
      x Throttled               429 throttled
      x ModelError              502 model_error
      x ModelUnavailable        503 model_unavailable
        x ModelLoading          503 model_loading
      x Timeout                 504 timeout

A message is a sentence that tells the caller what to do. It never holds the caller's text, a path or a stack trace.
"""

import traceback
from pathlib import Path
from typing import Any


class Error(Exception):
    """An expected failure. `param` names the request field at fault, `retry_after_s` when another try makes sense."""

    status = 500
    code = "internal_error"
    type = "server_error"
    default_retry_after_s: int | None = None

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = self.default_retry_after_s if retry_after_s is None else retry_after_s

    def to_payload(self) -> dict[str, Any]:
        """The form in which a model container reports it."""
        return {"code": self.code, "message": self.message, "param": self.param}


class InvalidRequest(Error):
    """The caller's request is at fault. `param` names the field, and `item` the index of the text within it.

    A message about an item begins with `'<param>[<item>]'`.
    """

    status, code, type = 400, "invalid_request", "invalid_request_error"

    def __init__(self, message: str, *, param: str | None = None, item: int | None = None) -> None:
        super().__init__(message, param=param)
        self.item = item

    def to_payload(self) -> dict[str, Any]:
        return {**super().to_payload(), "item": self.item}

    def counted_from(self, first: int) -> "InvalidRequest":
        """Return the same error for a whole request, of which the part at fault begins with item `first`."""
        if self.item is None:
            return self
        item = self.item + first
        message = self.message.replace(f"'{self.param}[{self.item}]'", f"'{self.param}[{item}]'", 1)
        return InvalidRequest(message, param=self.param, item=item)


class InvalidApiKey(Error):
    status, code, type = 401, "invalid_api_key", "authentication_error"


class NotFound(Error):
    status, code, type = 404, "not_found", "invalid_request_error"


class ModelNotFound(NotFound):
    code = "model_not_found"


class MethodNotAllowed(Error):
    """`allow` lists the methods that the path answers."""

    status, code, type = 405, "method_not_allowed", "invalid_request_error"

    def __init__(self, message: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allow = allow


class TooLarge(Error):
    status, code, type = 413, "too_large", "invalid_request_error"


class UnsupportedMediaType(Error):
    status, code, type = 415, "unsupported_media_type", "invalid_request_error"


class Throttled(Error):
    status, code, type = 429, "throttled", "rate_limit_error"
    default_retry_after_s = 1


class ModelError(Error):
    """The model failed. `retryable` is False once a second try has failed too."""

    status, code = 502, "model_error"

    def __init__(self, message: str, *, param: str | None = None, retryable: bool = True) -> None:
        super().__init__(message, param=param)
        self.retryable = retryable


class ModelUnavailable(Error):
    status, code = 503, "model_unavailable"
    default_retry_after_s = 5


class ModelLoading(ModelUnavailable):
    code = "model_loading"
    default_retry_after_s = 3


class Timeout(Error):
    status, code = 504, "timeout"


# What a model container may answer; anything else it says is a ModelError.
FROM_MODEL: dict[str, type[Error]] = {e.code: e for e in (InvalidRequest, TooLarge, ModelError, ModelLoading, Timeout)}


def from_payload(payload: dict[str, Any]) -> Error:
    """The error that a model container reported with `Error.to_payload`."""
    code, param = payload.get("code"), payload.get("param")
    kind = FROM_MODEL.get(code, ModelError) if isinstance(code, str) else ModelError
    message = str(payload.get("message") or "The model failed.")
    param = param if isinstance(param, str) else None
    if kind is InvalidRequest:
        item = payload.get("item")
        return InvalidRequest(message, param=param, item=item if isinstance(item, int) else None)
    return kind(message, param=param)


class Crash(Exception):
    """An unexpected failure, told by its kind and place: its own message might quote the caller's text."""

    def __init__(self, failure: Exception) -> None:
        *_, last = traceback.extract_tb(failure.__traceback__)
        super().__init__(f"{type(failure).__name__} in {Path(last.filename).name}, line {last.lineno}")
