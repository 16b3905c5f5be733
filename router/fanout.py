"""Asks several things at once, as far as the deadline allows, and answers in order. Knows no model and no Lambda."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from heapq import heappop, heappush
from typing import TypeVar

from router.deadline import Deadline
from router.invoker import Died
from router.patience import Patience
from shared.errors import FailedTwice, ModelError, Throttled, Timeout

P = TypeVar("P")
T = TypeVar("T")

# What a second try needs at least: less would end in a time-out, and cost the caller the true reason.
RETRY_S = 1.0
# More than are ever busy: a thread is started only when no other is idle.
THREADS = 10_000

_pool = ThreadPoolExecutor(THREADS)


def gather(ask: Callable[[P], T], parts: Sequence[P], *, concurrency: int, deadline: Deadline) -> list[T]:
    """Return what `ask` makes of each part, in order, with at most `concurrency` of them asked at a time.

    A part whose model died is asked once more; in a batch also one whose model failed. A part that is throttled is
    asked again for as long as the deadline allows (see `router.patience`). Raises the first error that remains, or
    Timeout: what is still being asked then is left to itself.
    """
    again = Died if len(parts) == 1 else ModelError
    waiting, answers = list(range(len(parts))), dict[int, T]()
    running: dict[Future[T], int] = {}
    patience = Patience(concurrency, deadline)
    while len(answers) < len(parts):
        while waiting and deadline.remaining_s() and patience.allows(len(running)):
            index = heappop(waiting)
            running[_pool.submit(_ask_twice, ask, parts[index], again, deadline)] = index
        done = _wait(running, patience.pause_s() if waiting and len(running) < concurrency else None, deadline)
        throttled = {f: error for f in done if isinstance(error := f.exception(), Throttled)}
        for future in done - throttled.keys():
            answers[running.pop(future)] = future.result()
        for future in throttled:
            heappush(waiting, running.pop(future))
        if throttled:
            patience.learn(next(iter(throttled.values())), accepted=len(running) + len(done) - len(throttled))
    return [answers[index] for index in range(len(parts))]


def _wait(running: Iterable[Future[T]], pause_s: float | None, deadline: Deadline) -> set[Future[T]]:
    """Return what ends first, nothing when there has been a pause. Raises Timeout at the deadline."""
    remaining_s = deadline.remaining_s()
    timeout_s = remaining_s if pause_s is None else min(pause_s, remaining_s)
    if running:
        done, _ = wait(running, timeout_s, FIRST_COMPLETED)
    else:
        done = set[Future[T]]()
        time.sleep(timeout_s)
    if not done and timeout_s == remaining_s:
        raise Timeout
    return done


def _ask_twice(ask: Callable[[P], T], part: P, again: type[ModelError], deadline: Deadline) -> T:
    try:
        return ask(part)
    except again:
        if deadline.remaining_s() < RETRY_S:
            raise
    try:
        return ask(part)
    except again as error:
        raise FailedTwice from error
