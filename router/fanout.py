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
    others are asked or answered is asked again, and from then on fewer are asked at a time. Raises the first error that
    remains, or Timeout: what is still being asked then is left to itself.
    """
    again = Died if len(parts) == 1 else ModelError
    waiting, answers = deque(range(len(parts))), dict[int, T]()
    # What is asked now: the part's index, and how many answers there were when it was sent.
    running: dict[Future[T], tuple[int, int]] = {}
    while len(answers) < len(parts):
        remaining_s = deadline.remaining_s()
        while waiting and len(running) < concurrency and remaining_s:
            index = waiting.popleft()
            running[_pool.submit(_ask_twice, ask, parts[index], again, deadline)] = index, len(answers)
        done, _ = wait(running, remaining_s, FIRST_COMPLETED)
        if not done:
            raise Timeout
        throttled = [future for future in done if isinstance(future.exception(), Throttled)]
        accepted = len(running) - len(throttled)
        has_room = accepted or any(len(answers) > running[future][1] for future in throttled)
        concurrency = max(1, accepted) if throttled else concurrency
        for future in done:
            index, _ = running.pop(future)
            if has_room and future in throttled:
                waiting.appendleft(index)
            else:
                answers[index] = future.result()
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
