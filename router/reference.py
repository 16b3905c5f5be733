"""The table of errors, for the API description: each status, errors that have it, and the headers that come along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.fanout import DIED_TWICE, LATE
from router.faults import BUSY
from shared.errors import (
    Error,
    InvalidApiKey,
    InvalidRequest,
    ModelError,
    ModelLoading,
    ModelNotFound,
    ModelUnavailable,
    Throttled,
    Timeout,
    TooLarge,
    UnsupportedMediaType,
)


@dataclass(frozen=True)
class Status:
    """One status of failure: when it is answered, what errors have it, and its headers besides `x-request-id`."""

    description: str
    errors: tuple[Error, ...]
    headers: tuple[str, ...] = ()


# Where the model itself reports the error; the router reports the same errors without them.
OF_A_MODEL = ("x-model", "x-cold-start", "server-timing")

STATUSES: Mapping[int, Status] = {
    400: Status(
        "The body is not JSON, a field is missing or wrong, a text is empty, or there are too many.",
        (InvalidRequest("'question' is missing; send it.", param="question"),),
        OF_A_MODEL,
    ),
    401: Status(
        "The API key is missing or wrong.",
        (InvalidApiKey("Send a valid API key as 'Authorization: Bearer <key>' or as 'x-api-key: <key>'."),),
        ("www-authenticate",),
    ),
    404: Status(
        "There is no such model.", (ModelNotFound("There is no such model here. Ask for one of: qa.", param="model"),)
    ),
    413: Status(
        "The body is over 4 MiB, or the answer would be over 6 MB.",
        (TooLarge("The body is over 4194304 bytes. Send fewer or shorter texts in one request."),),
        OF_A_MODEL,
    ),
    415: Status(
        "The body is not declared as JSON.",
        (UnsupportedMediaType("Send JSON, with the header 'content-type: application/json'."),),
    ),
    429: Status("The model is throttled.", (Throttled(BUSY),), ("retry-after",)),
    500: Status("The router itself failed.", (Error("The router failed. Report it with the x-request-id."),)),
    502: Status(
        "The model failed, or its process died.",
        (ModelError(DIED_TWICE, retryable=False),),
        ("x-should-retry", *OF_A_MODEL),
    ),
    503: Status(
        "The model is still loading, or not deployed.",
        (
            ModelLoading("The model is still loading. Send the request again in a few seconds."),
            ModelUnavailable("The model is not deployed, or not ready yet. Send the request again in a few seconds."),
        ),
        ("retry-after", *OF_A_MODEL),
    ),
    504: Status("The deadline passed, 29 s after the gateway took the request.", (Timeout(LATE),), OF_A_MODEL),
}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: Mapping[str, Any] = {
    "x-request-id": _header("What to name in a report: it is in the logs of router and model.", "LV7fzho-PHcEJPw="),
    "x-model": _header("The id of the model that was asked.", "qa"),
    "x-cold-start": _header("`true` when a sandbox had to start for this request.", "false"),
    "x-truncated": _header("How many texts were longer than the model reads, and were cut. Absent when none was.", "1"),
    "server-timing": _header("Milliseconds of each phase; `router` is the router's own time.", "invoke;dur=31.2"),
    "retry-after": _header("Seconds to wait before the request is worth sending again.", "3"),
    "x-should-retry": _header("`false` when another try is in vain.", "false"),
    "www-authenticate": _header("How to send a key.", "Bearer"),
}
