"""The table of failures: what each means for a client, and how it travels from a model container to the router."""

import json
from pathlib import Path

import pytest

from shared import errors
from shared.errors import (
    Crash,
    Error,
    FailedTwice,
    InvalidApiKey,
    MethodNotAllowed,
    ModelError,
    ModelLoading,
    ModelUnavailable,
    Throttled,
    from_payload,
)

ROOT = Path(__file__).parents[2]
# What the router's callers rely on: status, code and type of each failure.
TABLE = {
    "InvalidRequest": (400, "invalid_request", "invalid_request_error"),
    "InvalidApiKey": (401, "invalid_api_key", "authentication_error"),
    "Forbidden": (403, "forbidden", "authentication_error"),
    "NotFound": (404, "not_found", "invalid_request_error"),
    "ModelNotFound": (404, "model_not_found", "invalid_request_error"),
    "MethodNotAllowed": (405, "method_not_allowed", "invalid_request_error"),
    "TooLarge": (413, "too_large", "invalid_request_error"),
    "UnsupportedMediaType": (415, "unsupported_media_type", "invalid_request_error"),
    "Throttled": (429, "throttled", "rate_limit_error"),
    "ModelError": (502, "model_error", "server_error"),
    "FailedTwice": (502, "model_error", "server_error"),
    "ModelUnavailable": (503, "model_unavailable", "server_error"),
    "ModelLoading": (503, "model_loading", "server_error"),
    "Timeout": (504, "timeout", "server_error"),
}


def kinds() -> dict[str, type[Error]]:
    named = vars(errors).items()
    return {
        name: kind for name, kind in named if isinstance(kind, type) and issubclass(kind, Error) and kind is not Error
    }


def test_every_failure_has_the_status_code_and_type_of_the_table() -> None:
    assert {name: (kind.status, kind.code, kind.type) for name, kind in kinds().items()} == TABLE


@pytest.mark.parametrize("kind", kinds().values())
def test_every_failure_says_when_it_happens_and_what_to_do(kind: type[Error]) -> None:
    assert (kind.__doc__ or "").endswith(".")
    error = kind(["GET"]) if kind is MethodNotAllowed else kind()
    assert error.message.endswith(".")
    assert str(error) == error.message


def test_the_documentation_lists_every_status_and_code() -> None:
    table = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("## Errors")[1].split("\n## ")[0]
    rows = [row for row in table.splitlines() if row.startswith("| ")]
    for kind in kinds().values():
        assert any(str(kind.status) in row and f"`{kind.code}`" in row for row in rows), kind


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (Throttled(), {"retry-after": "1"}),
        (Throttled(retry_after_s=7), {"retry-after": "7"}),
        (ModelLoading("No."), {"retry-after": "3"}),
        (ModelUnavailable(), {"retry-after": "5"}),
        (MethodNotAllowed(("GET", "HEAD")), {"allow": "GET, HEAD"}),
        (InvalidApiKey(), {"www-authenticate": "Bearer"}),
        (FailedTwice(), {"x-should-retry": "false"}),
        (ModelError(), {}),
    ],
)
def test_a_failure_carries_its_headers(error: Error, headers: dict[str, str]) -> None:
    assert error.headers == headers


def test_the_headers_of_one_error_are_not_those_of_the_next() -> None:
    Throttled(retry_after_s=7)
    assert Throttled().headers == {"retry-after": "1"}


@pytest.mark.parametrize("error", [kind("No.", param="input") for kind in errors.FROM_MODEL.values()])
def test_what_a_model_reports_arrives_as_it_was_raised(error: Error) -> None:
    arrived = from_payload(json.loads(json.dumps(error.to_payload())))
    assert type(arrived) is type(error)
    assert (arrived.message, arrived.param, str(arrived)) == ("No.", "input", "No.")


@pytest.mark.parametrize(
    "payload", [{}, {"code": "not_found"}, {"code": ["x"]}, {"code": None, "message": "", "param": 7}, {"code": {}}]
)
def test_what_a_model_may_not_report_is_a_model_error(payload: dict[str, object]) -> None:
    arrived = from_payload(payload)
    assert type(arrived) is ModelError
    assert (arrived.message, arrived.param) == (ModelError.default_message, None)


def test_a_crash_names_kind_and_place_and_keeps_the_message_to_itself() -> None:
    empty: dict[str, int] = {}
    with pytest.raises(KeyError) as failure:
        empty["my-secret-text"]
    message = str(Crash(failure.value))
    assert message.startswith("KeyError in test_errors.py, line ")
    assert "secret" not in message
