"""Asking several things at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.deadline import Deadline
from router.fanout import RETRY_S, gather
from router.invoker import Died
from router.patience import FIRST_PAUSE_S, LAST_TRY_S
from shared.errors import FailedTwice, ModelError, Throttled, Timeout


def soon(seconds: float = 10) -> Deadline:
    return Deadline((time.time() + seconds) * 1000)


def test_answers_come_in_the_order_of_the_parts() -> None:
    def slow_first(part: int) -> int:
        time.sleep(0.02 if part == 0 else 0)
        return part * 10

    assert gather(slow_first, range(5), concurrency=3, deadline=soon()) == [0, 10, 20, 30, 40]


def test_no_more_are_asked_at_a_time_than_allowed() -> None:
    lock = threading.Lock()
    now, most = 0, 0

    def count(part: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    gather(count, range(12), concurrency=3, deadline=soon())
    assert most <= 3


def test_the_first_error_that_remains_is_raised_and_ends_the_rest() -> None:
    asked = []

    def fails(part: int) -> None:
        asked.append(part)
        raise ModelError("no")

    with pytest.raises(FailedTwice):
        gather(fails, range(100), concurrency=1, deadline=soon())
    assert asked == [0, 0]


def test_a_single_part_that_failed_without_dying_is_not_asked_again() -> None:
    asked = []

    def fails(part: int) -> None:
        asked.append(part)
        raise ModelError("no")

    with pytest.raises(ModelError) as caught:
        gather(fails, [1], concurrency=4, deadline=soon())
    assert type(caught.value) is ModelError
    assert asked == [1]


def test_a_throttled_part_waits_for_those_that_are_answered() -> None:
    """Two at a time are asked, the model takes one: nobody notices."""
    free = threading.Semaphore(1)

    def one_at_a_time(part: int) -> int:
        if not free.acquire(blocking=False):
            raise Throttled("busy")
        time.sleep(0.002)
        free.release()
        return part

    assert gather(one_at_a_time, range(20), concurrency=4, deadline=soon()) == list(range(20))


def test_after_a_throttle_fewer_are_asked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the model had room for, until the pause before a try for more, which here outlasts the request."""
    monkeypatch.setattr("router.patience.FIRST_PAUSE_S", 60.0)
    monkeypatch.setattr("router.patience.LONGEST_PAUSE_S", 60.0)
    lock, refused = threading.Lock(), threading.Event()
    now, throttles = 0, 0

    def two_at_a_time(part: int) -> int:
        nonlocal now, throttles
        with lock:
            if now == 2:
                throttles += 1
                refused.set()
                raise Throttled
            now += 1
        assert refused.wait(10)
        with lock:
            now -= 1
        return part

    assert gather(two_at_a_time, range(24), concurrency=3, deadline=soon(20)) == list(range(24))
    assert throttles == 1


def test_as_many_are_asked_at_a_time_to_the_end() -> None:
    pairs = threading.Barrier(2, timeout=10)
    assert sorted(gather(lambda part: pairs.wait(), range(10), concurrency=2, deadline=soon())) == [0] * 5 + [1] * 5


def test_a_throttle_that_lasts_is_the_callers_with_as_long_a_wait_as_it_lasted() -> None:
    def busy(part: int) -> None:
        raise Throttled("busy")

    for parts in ([1], [1, 2, 3]):
        with pytest.raises(Throttled) as caught:
            gather(busy, parts, concurrency=3, deadline=soon(LAST_TRY_S + 0.3))
        assert caught.value.headers == {"retry-after": "1"}


@pytest.mark.parametrize("parts", [1, 3])
def test_a_throttle_is_waited_out_within_the_deadline(parts: int) -> None:
    tries = iter(range(1000))

    def busy_at_first(part: int) -> int:
        if next(tries) < 6:
            raise Throttled("busy")
        return part

    assert gather(busy_at_first, range(parts), concurrency=3, deadline=soon()) == list(range(parts))


def test_the_rest_of_a_request_is_not_sent_into_the_wall_that_its_first_parts_hit() -> None:
    asked: list[int] = []

    def busy(part: int) -> None:
        asked.append(part)
        raise Throttled("busy")

    with pytest.raises(Throttled):
        gather(busy, range(100), concurrency=4, deadline=soon(LAST_TRY_S + 0.4))
    # The first four at once, then one try after each pause, always of the part that comes first.
    assert sorted(filter(None, asked)) == [1, 2, 3]
    assert len(asked) < 4 + 0.4 / (FIRST_PAUSE_S / 2)


def test_many_callers_of_mixed_size_all_get_through_fewer_sandboxes() -> None:
    sandboxes = threading.Semaphore(4)

    def work(part: int) -> int:
        if not sandboxes.acquire(blocking=False):
            raise Throttled("busy")
        time.sleep(0.002)
        sandboxes.release()
        return part

    def call(size: int) -> list[int]:
        return gather(work, range(size), concurrency=4, deadline=soon(60))

    sizes = [1, 1, 1, 4, 1, 12, 1, 2] * 4
    with ThreadPoolExecutor(len(sizes)) as callers:
        assert list(callers.map(call, sizes)) == [list(range(size)) for size in sizes]


def test_waiting_for_a_limit_that_waiting_itself_fills_ends_at_another_moment_for_each() -> None:
    def full(part: int) -> None:
        raise Throttled("busy", is_shared=True)

    def seconds() -> float:
        began = time.monotonic()
        with pytest.raises(Throttled):
            gather(full, [1], concurrency=1, deadline=soon(LAST_TRY_S * 3))
        return time.monotonic() - began

    with ThreadPoolExecutor(8) as callers:
        waited = list(callers.map(lambda _: seconds(), range(8)))
    assert len({round(one, 2) for one in waited}) > 1


def test_what_is_not_answered_at_the_deadline_is_left() -> None:
    release = threading.Event()
    with pytest.raises(Timeout):
        gather(lambda part: release.wait(10), [1, 2], concurrency=2, deadline=soon(0.05))
    release.set()


def test_one_death_is_forgiven_for_each_part() -> None:
    died: set[int] = set()

    def dies_once(part: int) -> int:
        if part not in died:
            died.add(part)
            raise Died("gone")
        return part

    assert gather(dies_once, range(3), concurrency=3, deadline=soon()) == [0, 1, 2]


def test_a_deadline_that_has_passed_asks_nothing() -> None:
    with pytest.raises(Timeout):
        gather(lambda part: pytest.fail("asked"), [1], concurrency=1, deadline=soon(-1))


def test_a_death_shortly_before_the_deadline_is_not_forgiven() -> None:
    asked = []

    def dies(part: int) -> None:
        asked.append(part)
        raise Died("gone")

    with pytest.raises(Died):
        gather(dies, [1], concurrency=1, deadline=soon(RETRY_S - 0.1))
    assert asked == [1]


def test_several_requests_never_wait_for_each_others_threads() -> None:
    together = threading.Barrier(12, timeout=10)

    def meet(part: int) -> int:
        return together.wait()

    def request() -> None:
        gather(meet, range(6), concurrency=6, deadline=soon())

    requests = [threading.Thread(target=request) for _ in range(2)]
    for thread in requests:
        thread.start()
    for thread in requests:
        thread.join(10)
    assert not together.broken


def test_a_part_that_is_throttled_beside_an_answer_is_asked_again() -> None:
    """Whichever of the two is looked at first: the answer shows that there is a sandbox."""
    refused: set[int] = set()
    both = threading.Barrier(2, timeout=10)

    def first_only(part: int) -> int:
        if part == 1 and part not in refused:
            refused.add(part)
            both.wait()
            raise Throttled
        if part == 0:
            both.wait()
        return part

    assert gather(first_only, [0, 1], concurrency=2, deadline=soon()) == [0, 1]
