"""What a caller sees when a model fails, through the real SDK: the lower half of the table of errors."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from router.invoker import LambdaInvoker
from shared.entrypoint import serve
from shared.errors import Throttled
from tests.router import lambda_endpoint as endpoint
from tests.router import slow_model
from tests.router.lambda_endpoint import Behaviour, Invocation
from tests.router.remote import (
    CREDENTIALS,
    DIED,
    GIVEN_UP_MS,
    THROTTLE,
    answers,
    ask,
    breaks_off,
    hangs,
    leave_no_time_to_wait,
    resets,
    router,
)
from tests.router.world import FakeContext, World, served
from tests.shared.manifests import UNBUILT

MANIFEST = replace(UNBUILT, id="qa", license="Apache-2.0", max_tokens=384, example={"request": {}, "result": {}})


def test_the_models_alias_is_invoked_once() -> None:
    with router(answers) as (world, lambda_):
        assert ask(world).json["answer"] == "Ada"
        (path,) = lambda_.paths
    assert "model-qa" in path
    assert path.endswith("live/invocations")


@pytest.mark.parametrize(
    ("behaviour", "status", "code", "headers"),
    [
        (endpoint.service_error(429, THROTTLE, retry_after="25"), 429, "throttled", {"retry-after": "25"}),
        (endpoint.service_error(404, "ResourceNotFoundException"), 503, "model_unavailable", {"retry-after": "5"}),
        (endpoint.service_error(409, "ResourceConflictException"), 503, "model_unavailable", {"retry-after": "5"}),
        (endpoint.service_error(403, "AccessDeniedException"), 503, "model_unavailable", {"retry-after": "5"}),
        (endpoint.service_error(413, "RequestEntityTooLargeException"), 413, "too_large", {}),
        (endpoint.service_error(500, "ServiceException"), 502, "model_error", {}),
        (endpoint.function_error("ValueError", "boom"), 502, "model_error", {}),
        (endpoint.function_error("Sandbox.Timedout", "Task timed out after 3.00 seconds"), 504, "timeout", {}),
        (endpoint.function_error("Function.ResponseSizeTooLarge"), 413, "too_large", {}),
        (endpoint.replies(b"not json"), 502, "model_error", {}),
        (endpoint.replies(b"[]"), 502, "model_error", {}),
        (endpoint.replies(b"{}"), 502, "model_error", {}),
        (endpoint.replies(b'{"result": {"results": []}}'), 502, "model_error", {}),
        (endpoint.replies(b'{"result": {"results": [{"answers": 1}]}}'), 502, "model_error", {}),
        (endpoint.replies(b'{"error": {"code": "model_loading"}}'), 503, "model_loading", {"retry-after": "3"}),
        (endpoint.replies(b'{"error": {"code": "no_such_code"}}'), 502, "model_error", {}),
        (endpoint.replies(b'{"error": {}}'), 502, "model_error", {}),
    ],
)  # fmt: skip
def test_a_failure_has_its_place_in_the_table(
    behaviour: Behaviour, status: int, code: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_no_time_to_wait(monkeypatch)
    with router(behaviour) as (world, lambda_):
        answer = ask(world)
        assert (answer.status, answer.code) == (status, code)
        assert headers.items() <= answer.headers.items()
        assert "x-should-retry" not in answer.headers
        assert "boom" not in answer.text
        assert len(lambda_.paths) == 1


def test_a_throttle_without_a_time_says_how_long_there_was_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_no_time_to_wait(monkeypatch)
    with router(endpoint.service_error(429, THROTTLE)) as (world, _):
        answer = ask(world)
        assert (answer.status, answer.code) == (429, "throttled")
        assert 1 <= int(answer.headers["retry-after"]) < GIVEN_UP_MS / 1000


@pytest.mark.parametrize("body", [b"\xff", b'"text"', b"1"])
def test_a_function_error_without_an_object_is_a_model_error(body: bytes) -> None:
    def fails(invocation: Invocation, payload: bytes) -> None:
        invocation.answer(body, x_amz_function_error="Unhandled")

    with router(fails) as (world, _):
        assert ask(world).code == "model_error"


@pytest.mark.parametrize("first", [DIED, resets])
def test_a_sandbox_that_died_or_a_lost_connection_is_tried_once_more(first: Behaviour) -> None:
    with router(endpoint.sequence(first, answers)) as (world, lambda_):
        answer = ask(world)
        assert answer.status == 200
        assert "x-should-retry" not in answer.headers
        assert len(lambda_.paths) == 2


@pytest.mark.parametrize("behaviour", [DIED, resets])
def test_what_dies_twice_is_given_up_and_says_so(behaviour: Behaviour) -> None:
    with router(behaviour) as (world, lambda_):
        answer = ask(world)
        assert (answer.status, answer.code, answer.headers["x-should-retry"]) == (502, "model_error", "false")
        assert len(lambda_.paths) == 2


def test_a_model_that_sleeps_is_given_up_at_the_deadline_and_not_asked_again() -> None:
    with router(hangs) as (world, lambda_):
        answer = ask(world, left_ms=300)
        assert (answer.status, answer.code) == (504, "timeout")
        assert len(lambda_.paths) <= 1


def test_a_model_that_loads_for_40_seconds_says_so_before_the_deadline(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    handler = serve({"MODEL_DIR": str(tmp_path)}, init_wait_s=0, load_model=slow_model.load)
    world = World({"qa": lambda payload: json.dumps(handler(json.loads(payload), FakeContext())).encode()})
    answer = ask(world, left_ms=2_000)
    slow_model.LOADED.set()
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "model_loading", "3")


def test_the_log_says_what_stood_behind_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with router(endpoint.service_error(403, "AccessDeniedException")) as (world, _):
        ask(world)
    with router(hangs, read_timeout_s=0.2) as (world, _):
        ask(world)
    denied, late = map(json.loads, capsys.readouterr().out.splitlines())
    assert (denied["outcome"], denied["cause"]) == ("model_unavailable", "AccessDeniedException")
    assert (late["outcome"], late["cause"]) == ("timeout", "ReadTimeoutError")


def test_a_model_that_is_not_deployed_is_unavailable() -> None:
    answer = World(None, served("other", "question_answering")).post("/v1/other", {"question": "q", "context": "c"})
    assert (answer.status, answer.code) == (503, "model_unavailable")


def test_a_read_time_out_of_the_sdk_is_504_and_not_tried_again() -> None:
    with router(hangs, read_timeout_s=0.2) as (world, lambda_):
        assert ask(world).code == "timeout"
        assert len(lambda_.paths) == 1


def test_an_answer_that_breaks_off_is_a_lost_connection() -> None:
    with router(endpoint.sequence(breaks_off, answers)) as (world, _):
        assert ask(world).status == 200


def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    with endpoint.lambda_endpoint(answers) as lambda_:
        url = lambda_.url
    invoker = LambdaInvoker.connect("model-{id}", 1, endpoint_url=url, **CREDENTIALS)
    assert ask(World(invoker=invoker)).code == "model_unavailable"
    invoker.close()


def test_a_reply_of_7_mb_is_too_large_and_names_the_remedy() -> None:
    many = [{"answer": "a" * 700_000, "score": 0.1, "start": 0, "end": 0}] * 10
    body = json.dumps({"result": {"results": [{"answers": many, "no_answer_score": 0}]}}).encode()
    with router(endpoint.replies(body)) as (world, _):
        answer = world.post("/v1/qa", {"question": "q", "context": "c", "top_k": 10})
    assert (answer.status, answer.code) == (413, "too_large")
    assert "top_k" in answer.text


@pytest.mark.parametrize(
    ("reason", "is_shared"),
    [("ConcurrentInvocationLimitExceeded", True), ("ReservedFunctionConcurrentInvocationLimitExceeded", False)],
)
def test_the_accounts_own_limit_is_told_from_a_functions(reason: str, is_shared: bool) -> None:
    def throttles(invocation: Invocation, payload: bytes) -> None:
        body = json.dumps({"Type": "User", "Reason": reason, "message": "Rate exceeded"}).encode()
        invocation.answer(body, 429, x_amzn_errortype=THROTTLE)

    with endpoint.lambda_endpoint(throttles) as lambda_:
        invoker = LambdaInvoker.connect("model-{id}", 5, endpoint_url=lambda_.url, **CREDENTIALS)
        with pytest.raises(Throttled) as caught:
            invoker.invoke("qa", b"{}")
        invoker.close()
    assert caught.value.is_shared is is_shared
