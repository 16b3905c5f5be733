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


@dataclass(frozen=True)
class Snapshotted:
    """The runtime has loaded its handler and waits to be restored from a snapshot."""


class Exchange:
    """The conversation with one runtime: ready, event, answer, ready, ... until it ends.

    With SnapStart it waits for its restoration before it is ready. The platform's side is `init`, `restore`, `deliver`
    and `close`; the runtime's side `next`, `restore_next`, `answer`, `fail_init` and `fail_restore`.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[Invocation | None] | None = None
        self._finished: asyncio.Future[Outcome | Exited] | None = None
        self._request_id: str | None = None
        self._exited: Exited | None = None
        self._restoring: asyncio.Future[bool] | None = None
        self.init: asyncio.Future[Ready | Snapshotted | Outcome | Exited] = self._loop.create_future()
        self.restored: asyncio.Future[Ready | Outcome | Exited] = self._loop.create_future()
        self.outcome: Outcome | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the runtime waits for an event."""
        return self._waiting is not None and self._exited is None

    @property
    def is_snapshot(self) -> bool:
        """Say whether the runtime waits to be restored."""
        return self._restoring is not None and not self._restoring.done() and self._exited is None

    def restore(self) -> "asyncio.Future[Ready | Outcome | Exited]":
        """Let the runtime go on from its snapshot. The future is done once it is ready, or how that failed."""
        _settle(self._restoring, True)
        return self.restored

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
        _settle(self._restoring, False)
        _settle(self.restored, exited)
        _settle(self._waiting, None)
        _settle(self._finished, self.outcome or exited)

    def next(self) -> "asyncio.Future[Invocation | None]":
        """Say that the runtime is ready; the future has its next event, or None once the process has ended."""
        _settle(self._waiting, None)
        self._waiting = self._loop.create_future()
        _settle(self.init, Ready())
        _settle(self.restored, Ready())
        if self.outcome is not None:
            _settle(self._finished, self.outcome)
        return self._waiting

    def restore_next(self) -> "asyncio.Future[bool]":
        """Say that the snapshot may be taken; the future is true once it is restored, false if the process ended."""
        self._restoring = self._loop.create_future()
        _settle(self.init, Snapshotted())
        return self._restoring

    def answer(self, request_id: str, outcome: Outcome) -> bool:
        """What the runtime made of its event. False if that is not the event it has."""
        if request_id != self._request_id or self.outcome is not None:
            return False
        self.outcome = outcome
        return True

    def fail_init(self, outcome: Outcome) -> None:
        """The runtime could not load its handler."""
        _settle(self.init, outcome)

    def fail_restore(self, outcome: Outcome) -> None:
        """A hook that the handler runs after a restoration has failed."""
        _settle(self.restored, outcome)


def _settle(future: "asyncio.Future[T] | None", result: T) -> None:
    """Set a result that somebody may still wait for."""
    if future is not None and not future.done():
        future.set_result(result)
