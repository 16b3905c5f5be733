"""The schedule's event."""

import json
import threading
from itertools import count
from typing import Any

import pytest

from router.handler import handle
from router.warmup import HOLDS_MS
from shared.errors import ModelLoading
from tests.router.world import EMBEDDINGS, FakeContext, World, served

NUMBERS = count()


def sandbox(payload: bytes) -> bytes:
    assert json.loads(payload)["ping"]["hold_ms"] in HOLDS_MS
    return json.dumps({"result": {}, "meta": {"cold": True, "sandbox": f"s{next(NUMBERS)}"}}).encode()


def warm(world: World, wish: object, context: FakeContext | None = None) -> Any:
    return handle(world.app, {"warmup": wish}, context or FakeContext())["warm"]


def test_each_model_is_pinged_as_often_as_its_catalog_entry_says() -> None:
    world = World({"qa": sandbox, "embeddings": sandbox}, served("qa", "question_answering", warm=3), EMBEDDINGS)
    expected = {"qa": {"sandboxes": 3, "cold": 3, "failed": 0}, "embeddings": {"sandboxes": 1, "cold": 1, "failed": 0}}
    assert warm(world, {}) == expected


def test_the_event_may_say_how_often() -> None:
    world = World({"qa": sandbox})
    assert warm(world, {"concurrency": {"qa": 2}}) == {"qa": {"sandboxes": 2, "cold": 2, "failed": 0}}


@pytest.mark.parametrize("wish", [None, [], {"concurrency": 3}])
def test_an_odd_event_means_what_the_catalog_says(wish: object) -> None:
    assert warm(World({"qa": sandbox, "embeddings": sandbox}), wish).keys() == {"qa", "embeddings"}


@pytest.mark.parametrize("wish", [{"unknown": 1}, {"qa": "1"}, {"qa": 51}, {"qa": -1}, {"qa": True}])
def test_what_the_event_may_not_ask_for_is_left_out(wish: object) -> None:
    assert warm(World({"qa": sandbox}), {"concurrency": wish}) == {}


def test_pings_are_in_flight_together() -> None:
    together = threading.Barrier(4, timeout=5)

    def meet(payload: bytes) -> bytes:
        together.wait()
        return sandbox(payload)

    assert warm(World({"qa": meet}), {"concurrency": {"qa": 4}})["qa"]["sandboxes"] == 4


def test_one_sandbox_that_answers_twice_counts_once() -> None:
    world = World({"qa": lambda _: b'{"result": {}, "meta": {"sandbox": "same"}}'})
    assert warm(world, {"concurrency": {"qa": 2}})["qa"] == {"sandboxes": 1, "cold": 0, "failed": 0}


def test_pings_that_landed_on_one_sandbox_are_sent_again_and_hold_it_for_longer() -> None:
    """The second of a pair comes when the first has been answered, until a hold is long enough."""
    holds, other_sandboxes = list[int](), count(1)

    def lambda_(payload: bytes) -> bytes:
        hold_ms = json.loads(payload)["ping"]["hold_ms"]
        holds.append(hold_ms)
        number = next(other_sandboxes) if hold_ms > HOLDS_MS[0] else 0
        return json.dumps({"result": {}, "meta": {"cold": number == 2, "sandbox": f"s{number}"}}).encode()

    world = World({"qa": lambda_})
    assert warm(world, {"concurrency": {"qa": 2}})["qa"] == {"sandboxes": 3, "cold": 1, "failed": 0}
    assert holds == [HOLDS_MS[0]] * 2 + [HOLDS_MS[1]] * 2


def test_a_model_whose_pings_failed_is_not_pinged_again() -> None:
    pings = []

    def fails(payload: bytes) -> bytes:
        pings.append(payload)
        raise ModelLoading("wait")

    assert warm(World({"qa": fails}), {"concurrency": {"qa": 2}})["qa"]["failed"] == 2
    assert len(pings) == 2


def test_a_model_that_is_not_warm_in_time_has_failed() -> None:
    def still_loading(payload: bytes) -> bytes:
        raise ModelLoading("wait")

    release = threading.Event()

    def hangs(payload: bytes) -> bytes:
        release.wait(10)
        return sandbox(payload)

    world = World({"qa": still_loading, "embeddings": hangs})
    summary = warm(world, {}, FakeContext(remaining_ms=600))
    release.set()
    assert {name: found["failed"] for name, found in summary.items()} == {"qa": 1, "embeddings": 1}


def test_a_ping_that_is_answered_with_an_error_has_failed() -> None:
    world = World({"qa": lambda _: b'{"error": {"code": "model_loading"}, "meta": {"cold": true, "sandbox": "s1"}}'})
    assert warm(world, {"concurrency": {"qa": 1}})["qa"] == {"sandboxes": 0, "cold": 0, "failed": 1}


def test_the_result_is_a_metric_of_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    warm(World({"qa": sandbox}), {"concurrency": {"qa": 2}})
    line = json.loads(capsys.readouterr().out)
    assert (line["model"], line["warm_sandboxes"], line["warm_cold"], line["warm_failed"]) == ("qa", 2, 2, 0)
