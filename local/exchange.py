"""What one runtime process and the platform tell each other. Knows no HTTP, no process and no log."""

import asyncio
from dataclasses import dataclass
from typing import TypeVar

from local.function import Invocation, Outcome

T = TypeVar("T")


@dataclass(frozen=True)
class Exited:
    """The process ended by itself; `reason` is in the words of Lambda's Runtime.ExitError."""

    reason: str


@dataclass(frozen=True)
class Ready:
    """The runtime asked for its first event."""


class Exchange:
    """The conversation with one runtime: ready, event, answer, ready, ... until it ends.

    The platform's side is `init`, `deliver` and `close`; the runtime's side `next`, `answer` and `fail_init`.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[Invocation | None] | None = None
        self._finished: asyncio.Future[Outcome | Exited] | None = None
        self._request_id: str | None = None
        self._exited: Exited | None = None
        self.init: asyncio.Future[Ready | Outcome | Exited] = self._loop.create_future()
        self.outcome: Outcome | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the runtime waits for an event."""
        return self._waiting is not None and self._exited is None

    def deliver(self, invocation: Invocation) -> "asyncio.Future[Outcome | Exited]":
        """Hand an event to a runtime that is ready.

        The future is done once the runtime asks for another event, or has ended, after this one. Until then `outcome`
        is what it has answered. Waiting for both keeps a caller that sends one event after another on one sandbox.
        """
        self._request_id, self.outcome = invocation.request_id, None
        self._finished = self._loop.create_future()
        waiting, self._waiting = self._waiting, None
        if self._exited is not None or waiting is None:
            self._finished.set_result(self._exited or Exited("Runtime exited without providing a reason"))
        else:
            waiting.set_result(invocation)
        return self._finished

    def close(self, exited: Exited) -> None:
        """The process has ended: whoever waits for it learns so."""
        self._exited = exited
        _settle(self.init, exited)
        _settle(self._waiting, None)
        _settle(self._finished, self.outcome or exited)

    def next(self) -> "asyncio.Future[Invocation | None]":
        """Say that the runtime is ready; the future has its next event, or None once the process has ended."""
        _settle(self._waiting, None)
        self._waiting = self._loop.create_future()
        _settle(self.init, Ready())
        if self.outcome is not None:
            _settle(self._finished, self.outcome)
        return self._waiting

    def answer(self, request_id: str, outcome: Outcome) -> bool:
        """What the runtime made of its event. False if that is not the event it has."""
        if request_id != self._request_id or self.outcome is not None:
            return False
        self.outcome = outcome
        return True

    def fail_init(self, outcome: Outcome) -> None:
        """The runtime could not load its handler."""
        _settle(self.init, outcome)


def _settle(future: "asyncio.Future[T] | None", result: T) -> None:
    """Set a result that somebody may still wait for."""
    if future is not None and not future.done():
        future.set_result(result)
