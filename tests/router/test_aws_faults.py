"""Every fault that the SDK knows of an invocation, and what a caller gets for it."""

import json
from typing import Any

import botocore.session
import pytest

from router.invoker import LambdaInvoker
from shared.errors import Error, ModelError, ModelUnavailable, Throttled, TooLarge
from tests.router import lambda_endpoint as endpoint
from tests.router.lambda_endpoint import Behaviour, Invocation
from tests.router.remote import answers, ask, breaks_off, leave_no_time_to_wait, router

SERVICE: Any = botocore.session.get_session().get_service_model("lambda")
INVOKE = SERVICE.operation_model("Invoke")
FAULTS = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in INVOKE.error_shapes}
REASONS = SERVICE.shape_for("ThrottleReason").enum
# The rest says that the function cannot run now: it is being made, changed or restored, or its operator has to mend it.
KNOWN: dict[str, type[Error]] = {
    "TooManyRequestsException": Throttled,
    "EC2ThrottledException": Throttled,
    "RequestTooLargeException": TooLarge,
    "SerializedRequestEntityTooLargeException": TooLarge,
    "ServiceException": ModelError,
    "InvalidRequestContentException": ModelError,
    "RecursiveInvocationException": ModelError,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_a_documented_error_with_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KNOWN.get(name, ModelUnavailable)
    leave_no_time_to_wait(monkeypatch)
    with router(endpoint.service_error(FAULTS[name], name)) as (world, lambda_):
        answer = ask(world)
        assert (answer.status, answer.code) == (kind.status, kind.code)
        assert kind.headers.keys() <= answer.headers.keys()
        assert "from Lambda" not in answer.text
        # A blind retry would run a slow request twice.
        assert len(lambda_.paths) == 1


def test_the_faults_that_have_a_meaning_of_their_own_are_known_to_the_sdk() -> None:
    assert KNOWN.keys() <= FAULTS.keys()
    assert {
        "SnapStartNotReadyException",
        "ResourceConflictException",
        "CodeArtifactUserPendingException",
    } <= FAULTS.keys()


def throttled(reason: str, retry_after: str | None = None) -> Behaviour:
    def behave(invocation: Invocation, payload: bytes) -> None:
        body = json.dumps({"Reason": reason, "Type": "User", "message": "Rate Exceeded."}).encode()
        headers = {"retry_after": retry_after} if retry_after else {}
        invocation.answer(body, 429, x_amzn_errortype="TooManyRequestsException", **headers)

    return behave


@pytest.mark.parametrize("reason", REASONS)
def test_a_throttle_is_the_callers_when_there_is_no_time_to_wait_whatever_its_reason(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_no_time_to_wait(monkeypatch)
    with router(throttled(reason, retry_after="25")) as (world, _):
        answer = ask(world)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, "throttled", "25")


@pytest.mark.parametrize("reason", REASONS)
def test_only_the_accounts_limit_is_one_that_waiting_routers_fill_themselves(reason: str) -> None:
    with router(throttled(reason)) as (world, _):
        invoker: Any = world.app.invoker
        assert isinstance(invoker, LambdaInvoker)
        with pytest.raises(Throttled) as caught:
            invoker.invoke("qa", b"{}")
        assert caught.value.is_shared == (reason == "ConcurrentInvocationLimitExceeded")


def nothing(invocation: Invocation, payload: bytes) -> None:
    """Hang up without a word."""
    invocation.close_connection = True


def garbage(invocation: Invocation, payload: bytes) -> None:
    """Send what is no HTTP."""
    invocation.wfile.write(b"\x00\xff garbage\r\n\r\n")
    invocation.close_connection = True


@pytest.mark.parametrize("behaviour", [breaks_off, nothing, garbage])
def test_a_connection_that_breaks_off_is_a_documented_error(behaviour: Behaviour) -> None:
    with router(behaviour) as (world, _):
        answer = ask(world)
        assert (answer.status, answer.code) in [(502, "model_error"), (503, "model_unavailable")]
        assert answer.headers.keys() & {"x-should-retry", "retry-after"}


@pytest.mark.parametrize("behaviour", [breaks_off, nothing])
def test_a_connection_that_breaks_off_once_is_nobodys_trouble(behaviour: Behaviour) -> None:
    with router(endpoint.sequence(behaviour, answers)) as (world, _):
        assert ask(world).status == 200


def test_no_lambda_at_all_is_a_documented_error() -> None:
    with router(nothing) as (world, lambda_):
        lambda_.shutdown()
        lambda_.server_close()
        answer = ask(world)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "model_unavailable", "5")
