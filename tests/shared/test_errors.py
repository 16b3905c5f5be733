"""The table of failures: what each means for a client, and how it travels from a model container to the router."""

import json

import pytest

from shared import errors
from shared.errors import (
    Crash,
    Error,
    InvalidRequest,
    MethodNotAllowed,
    ModelError,
    ModelLoading,
    Throttled,
    from_payload,
)

# What the router's callers rely on: status, code and type of each failure.
TABLE = {
    "InvalidRequest": (400, "invalid_request", "invalid_request_error"),
    "InvalidApiKey": (401, "invalid_api_key", "authentication_error"),
    "NotFound": (404, "not_found", "invalid_request_error"),
    "ModelNotFound": (404, "model_not_found", "invalid_request_error"),
    "MethodNotAllowed": (405, "method_not_allowed", "invalid_request_error"),
    "TooLarge": (413, "too_large", "invalid_request_error"),
    "UnsupportedMediaType": (415, "unsupported_media_type", "invalid_request_error"),
    "Throttled": (429, "throttled", "rate_limit_error"),
    "ModelError": (502, "model_error", "server_error"),
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


@pytest.mark.parametrize("name", TABLE)
def test_every_failure_stands_in_the_modules_tree(name: str) -> None:
    assert f"x {name} " in (errors.__doc__ or "")


@pytest.mark.parametrize(("kind", "seconds"), [(Throttled, 1), (ModelLoading, 3), (InvalidRequest, None)])
def test_a_failure_that_passes_says_when_to_try_again(kind: type[Error], seconds: int | None) -> None:
    assert kind("No.").retry_after_s == seconds


def test_another_delay_can_be_given() -> None:
    assert Throttled("No.", retry_after_s=7).retry_after_s == 7


def test_a_wrong_method_names_the_right_ones() -> None:
    assert MethodNotAllowed("No.", allow=("GET", "HEAD")).allow == ("GET", "HEAD")


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
    assert (arrived.message, arrived.param, arrived.retryable) == ("The model failed.", None, True)


def test_a_crash_names_kind_and_place_and_keeps_the_message_to_itself() -> None:
    empty: dict[str, int] = {}
    with pytest.raises(KeyError) as failure:
        empty["my-secret-text"]
    message = str(Crash(failure.value))
    assert message.startswith("KeyError in test_errors.py, line ")
    assert "secret" not in message
