"""A router whose models are behind Lambda's Invoke API, as they are in a deployment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from router import patience
from router.invoker import LambdaInvoker
from tests.router import lambda_endpoint as endpoint
from tests.router.lambda_endpoint import Behaviour, Invocation, LambdaEndpoint
from tests.router.world import Answered, World, embed, event, first_word

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
THROTTLE = "TooManyRequestsException"
DIED = endpoint.function_error("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: signal: killed")
GIVEN_UP_MS = 29_000


def answers(invocation: Invocation, payload: bytes) -> None:
    is_question = b'"question"' in payload
    invocation.answer(first_word(payload) if is_question else embed(payload))


def resets(invocation: Invocation, payload: bytes) -> None:
    invocation.reset()


def breaks_off(invocation: Invocation, payload: bytes) -> None:
    """Promise more than is sent, and hang up."""
    invocation.send_response(200)
    invocation.send_header("content-length", "1000")
    invocation.end_headers()
    invocation.wfile.write(b'{"result"')
    invocation.close_connection = True


def hangs(invocation: Invocation, payload: bytes) -> None:
    invocation.rfile.read(1)


@contextmanager
def router(behaviour: Behaviour, **options: Any) -> Iterator[tuple[World, LambdaEndpoint]]:
    with endpoint.lambda_endpoint(behaviour) as lambda_:
        read_timeout_s = options.pop("read_timeout_s", 5)
        invoker = LambdaInvoker.connect(
            "arn:aws:lambda:us-east-1:123456789012:function:model-{id}:live",
            read_timeout_s,
            endpoint_url=lambda_.url,
            **CREDENTIALS,
        )
        try:
            yield World(None, *options.pop("models", ()), invoker=invoker, **options), lambda_
        finally:
            invoker.close()


def leave_no_time_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request wait for room, however long it takes on a busy machine."""
    monkeypatch.setattr(patience, "LAST_TRY_S", 2 * GIVEN_UP_MS / 1000)


def ask(world: World, left_ms: int = 20_000) -> Answered:
    sent = event("http_api_post")
    sent["requestContext"]["timeEpoch"] -= GIVEN_UP_MS - left_ms
    return world.send(sent)
