"""Asks several things at once, as far as the deadline allows, and answers in order. Knows no model and no Lambda."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from router.deadline import Deadline
from router.faults import Died
from router.workers import Workers
from shared.errors import ModelError, Throttled, Timeout

P = TypeVar("P")
T = TypeVar("T")

# What a second try needs at least: less would end in a time-out, and cost the caller the true reason.
RETRY_S = 1.0
LATE = "The deadline passed before the model answered. Send a shorter request, or send it again."
DIED_TWICE = "The model's process ended twice on this request. Report it with the x-request-id."
FAILED_TWICE = "The model failed twice on a part of this request. Report it with the x-request-id."


def gather(ask: Callable[[P], T], parts: Sequence[P], *, concurrency: int, deadline: Deadline) -> list[T]:
    """What `ask` makes of each part, in order, with at most `concurrency` of them asked at a time.

    A part whose model died is asked once more; in a batch also one whose model failed. A part that is throttled while
    others are answered waits for them, and from then on fewer are asked at a time. Raises the first error that remains,
    or Timeout: what is still being asked then is left to itself.
    """
    run = _Run(ask, parts, deadline)
    try:
        run.start(min(concurrency, len(parts)))
        return run.outcomes()
    finally:
        run.stop()


_workers = Workers()


class _Run(Generic[P, T]):
    """Workers that take parts from one queue until it is empty."""

    def __init__(self, ask: Callable[[P], T], parts: Sequence[P], deadline: Deadline) -> None:
        self._ask = ask
        self._deadline = deadline
        self._again: type[ModelError] = Died if len(parts) == 1 else ModelError
        self._waiting = deque(enumerate(parts))
        self._answered: SimpleQueue[tuple[int, T | None, Exception | None]] = SimpleQueue()
        self._count = len(parts)
        self._working = 0
        self._lock = threading.Lock()

    def start(self, threads: int) -> None:
        self._working = threads
        for _ in range(threads):
            _workers.do(self._work)

    def stop(self) -> None:
        with self._lock:
            self._waiting.clear()

    def outcomes(self) -> list[T]:
        answers: dict[int, T] = {}
        while len(answers) < self._count:
            try:
                index, answer, error = self._answered.get(timeout=self._deadline.remaining_s())
            except Empty:
                raise Timeout(LATE) from None
            if error is not None:
                raise error
            answers[index] = answer  # type: ignore[assignment]  # None only beside an error
        return [answers[index] for index in range(self._count)]

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                self._answered.put((job[0], self._ask_twice(job[1]), None))
            except Throttled as error:
                if self._leave(job):
                    return
                self._answered.put((job[0], None, error))
            except Exception as error:  # raised again in the thread that waits
                self._answered.put((job[0], None, error))
                self.stop()

    def _take(self) -> tuple[int, P] | None:
        with self._lock:
            if self._waiting and self._deadline.remaining_s() > 0:
                return self._waiting.popleft()
            self._working -= 1
            return None

    def _leave(self, job: tuple[int, P]) -> bool:
        """Put a part back and stop working, as long as somebody else still works."""
        with self._lock:
            if self._working == 1:
                return False
            self._waiting.appendleft(job)
            self._working -= 1
            return True

    def _ask_twice(self, part: P) -> T:
        try:
            return self._ask(part)
        except self._again:
            if self._deadline.remaining_s() < RETRY_S:
                raise
        try:
            return self._ask(part)
        except Died as error:
            raise ModelError(DIED_TWICE, retryable=False) from error
        except self._again as error:
            raise ModelError(FAILED_TWICE, retryable=False) from error
