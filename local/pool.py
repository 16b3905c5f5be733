"""The sandboxes of one function: more of them while all are busy, up to its limit; fewer when they idle."""

import asyncio
import contextlib
from collections import deque

from local.function import Function, Invocation, Outcome, Stopping, TooManyRequests
from local.log import FunctionLog, SandboxLog
from local.sandbox import Sandbox
from shared.deployment import InitType


class Pool:
    """Gives each event a sandbox of its own for as long as it runs."""

    def __init__(self, function: Function, log: FunctionLog) -> None:
        self.function = function
        self._log = log
        self._sandboxes: set[Sandbox] = set()
        self._idle: dict[Sandbox, asyncio.TimerHandle] = {}  # the last released last
        self._waiting: deque[asyncio.Future[Sandbox]] = deque()
        self._stopped = False
        # Initialised ahead of all events: it stands for the snapshot from which the next sandbox is restored.
        self._snapshot: asyncio.Task[Sandbox] | None = None
        self._tasks: set[asyncio.Task[tuple[Outcome, bytes]] | asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """How many sandboxes there are."""
        return len(self._sandboxes)

    async def prepare(self) -> bool:
        """Take the function's snapshot, or have its provisioned sandboxes ready, where that is still to be done.

        False where a process could not start.
        """
        if self.function.snap_start and self._snapshot is None:
            return (await self._take_snapshot()).is_snapshot
        missing = self.function.provisioned - sum(sandbox.stands_ready for sandbox in self._sandboxes)
        sandboxes = [self._sandbox(InitType.PROVISIONED) for _ in range(missing)]
        # At once, so that `stop` finds those that are still starting.
        self._sandboxes.update(sandboxes)
        ready = await asyncio.gather(*(sandbox.prepare() for sandbox in sandboxes))
        for sandbox in sandboxes:
            self._release(sandbox)
        return all(ready)

    async def invoke(self, invocation: Invocation, *, wait: bool) -> tuple[Outcome, bytes]:
        """Run an event to its end, even if the caller leaves. Returns its outcome and the end of the log.

        At the limit it raises TooManyRequests, or, with `wait`, waits for a sandbox.
        """
        sandbox = await self._acquire(wait)
        task = asyncio.create_task(self._run(sandbox, invocation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise Stopping("The function is being stopped.") from None
            raise

    async def stop(self) -> None:
        """End every sandbox, whatever it is doing."""
        self._stopped = True
        for waiting in self._waiting:
            waiting.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        if self._snapshot is not None:
            self._snapshot.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                self._sandboxes.add(await self._snapshot)
        await asyncio.gather(*(sandbox.stop() for sandbox in self._sandboxes))
        self._sandboxes.clear()

    async def _acquire(self, wait: bool) -> Sandbox:
        if self._stopped:
            raise Stopping("The function is being stopped.")
        if self._idle:
            # The one used last is the likeliest to have its memory at hand, and lets the others grow old.
            sandbox = next((s for s in reversed(self._idle) if s.warm), next(reversed(self._idle)))
            self._idle.pop(sandbox).cancel()
            return sandbox
        if self.size < self.function.max_sandboxes:
            return self._add()
        if not wait:
            raise TooManyRequests("Rate Exceeded.")
        return await self._wait()

    def _add(self) -> Sandbox:
        """A further sandbox: restored from the snapshot if there is one."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None and snapshot.done():
            sandbox = snapshot.result()
        else:
            self._snapshot = snapshot
            init_type = InitType.SNAP_START if self.function.snap_start else InitType.ON_DEMAND
            sandbox = self._sandbox(init_type)
        self._sandboxes.add(sandbox)
        return sandbox

    def _sandbox(self, init_type: InitType) -> Sandbox:
        return Sandbox(self.function, SandboxLog(self._log), init_type)

    def _take_snapshot(self) -> "asyncio.Task[Sandbox]":
        self._snapshot = asyncio.create_task(self._prepared())
        return self._snapshot

    async def _prepared(self) -> Sandbox:
        sandbox = self._sandbox(InitType.SNAP_START)
        try:
            await sandbox.prepare()
        except asyncio.CancelledError:
            await sandbox.stop()
            raise
        return sandbox

    async def _wait(self) -> Sandbox:
        given: asyncio.Future[Sandbox] = asyncio.get_running_loop().create_future()
        self._waiting.append(given)
        try:
            return await given
        except asyncio.CancelledError:
            if self._stopped:
                raise Stopping("The function is being stopped.") from None
            if given.done() and not given.cancelled():
                self._release(given.result())
            raise

    async def _run(self, sandbox: Sandbox, invocation: Invocation) -> tuple[Outcome, bytes]:
        try:
            return await sandbox.invoke(invocation)
        finally:
            self._release(sandbox)
            # Only now: the process that stands for the next snapshot starts on the processors that just answered.
            if self.function.snap_start and self._snapshot is None and not self._stopped:
                self._take_snapshot()

    def _release(self, sandbox: Sandbox) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(sandbox)
                return
        loop = asyncio.get_running_loop()
        self._idle[sandbox] = loop.call_later(self.function.idle_s, self._reclaim, sandbox)

    def _reclaim(self, sandbox: Sandbox) -> None:
        del self._idle[sandbox]
        if sandbox.stands_ready:
            self._release(sandbox)
            return
        self._sandboxes.discard(sandbox)
        task = asyncio.create_task(sandbox.stop())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
