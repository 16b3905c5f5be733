"""Asks several things at once, as far as the deadline allows, and answers in order. Knows no model and no Lambda."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from router.deadline import Deadline
from router.invoker import Died
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

    A part whose model died is asked once more; in a batch also one whose model failed. A part that is throttled while
    others are answered waits for them, and from then on fewer are asked at a time. Raises the first error that remains,
    or Timeout: what is still being asked then is left to itself.
    """
    again = Died if len(parts) == 1 else ModelError
    waiting, running, answers = deque(range(len(parts))), dict[Future[T], int](), dict[int, T]()
    while len(answers) < len(parts):
        remaining_s = deadline.remaining_s()
        while waiting and len(running) < concurrency and remaining_s:
            index = waiting.popleft()
            running[_pool.submit(_ask_twice, ask, parts[index], again, deadline)] = index
        done, _ = wait(running, remaining_s, FIRST_COMPLETED)
        if not done:
            raise Timeout
        throttled = [future for future in done if isinstance(future.exception(), Throttled)]
        for future in done.difference(throttled if len(throttled) < len(running) else ()):
            answers[running.pop(future)] = future.result()
        waiting.extendleft(running.pop(future) for future in throttled)
        concurrency = max(1, len(running)) if throttled else concurrency
    return [answers[index] for index in range(len(parts))]


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
