"""A batch in parts, through the real SDK: what is asked again, and what is given up."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.router import lambda_endpoint as endpoint
from tests.router.lambda_endpoint import Invocation
from tests.router.remote import THROTTLE, answers, router
from tests.router.world import FakeContext, World, embed, event, served


def test_a_part_that_failed_is_asked_once_more() -> None:
    with router(endpoint.sequence(endpoint.function_error("ValueError"), answers)) as (world, lambda_):
        answer = world.post("/v1/embeddings", {"input": ["a text of some length"] * 400})
        assert answer.status == 200
        assert len(lambda_.paths) == 5


def test_a_part_that_fails_twice_fails_the_batch_and_says_so() -> None:
    with router(endpoint.function_error("ValueError")) as (world, _):
        answer = world.post("/v1/embeddings", {"input": ["a text of some length"] * 400})
    assert (answer.status, answer.headers["x-should-retry"]) == (502, "false")


def test_a_batch_gets_by_with_the_sandboxes_there_are() -> None:
    only_one = threading.Lock()

    def one_at_a_time(invocation: Invocation, payload: bytes) -> None:
        if not only_one.acquire(blocking=False):
            endpoint.service_error(429, THROTTLE)(invocation, payload)
            return
        reply = embed(payload)
        time.sleep(0.02)
        only_one.release()
        invocation.answer(reply)

    texts = [f"a text of some length, number {i}" for i in range(400)]
    with router(one_at_a_time) as (world, _):
        together = world.post("/v1/embeddings", {"input": texts})
    assert together.status == 200
    assert together.json["data"] == World().post("/v1/embeddings", {"input": texts}).json["data"]


def test_a_batch_for_which_no_sandbox_gets_free_is_throttled() -> None:
    sent = event("http_api_post")
    sent |= {"rawPath": "/v1/embeddings", "body": json.dumps({"input": ["a text of some length"] * 400})}
    with router(endpoint.service_error(429, THROTTLE)) as (world, _):
        answer = world.send(sent, FakeContext(remaining_ms=2_000))
    assert (answer.status, answer.code) == (429, "throttled")


def test_replies_over_lambdas_limit_are_asked_for_in_more_parts() -> None:
    large = served("embeddings", "embeddings", dimensions=4096)
    counts = []

    def count(invocation: Invocation, payload: bytes) -> None:
        counts.append(len(json.loads(payload)["request"]["input"]))
        answers(invocation, payload)

    with router(count, models=(large,), concurrency=1) as (world, _):
        inputs = {"source_sentence": "a", "sentences": ["b"] * 999}
        assert world.post("/similarity", {"inputs": inputs}).status == 200
    assert sum(counts) == 1000
    assert max(counts) * 4096 * 16 / 3 < 6_000_000


def test_eight_short_requests_at_once_over_fewer_sandboxes_are_all_answered() -> None:
    sandboxes = threading.Semaphore(2)

    def two_at_a_time(invocation: Invocation, payload: bytes) -> None:
        if not sandboxes.acquire(blocking=False):
            endpoint.service_error(429, THROTTLE)(invocation, payload)
            return
        reply = embed(payload)
        time.sleep(0.01)
        sandboxes.release()
        invocation.answer(reply)

    with router(two_at_a_time) as (world, _), ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda i: world.post("/v1/embeddings", {"input": f"text {i}"}).status, range(16)))
    assert answers == [200] * 16
