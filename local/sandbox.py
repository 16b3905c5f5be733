"""One execution environment: it initialises a runtime, runs one event at a time, and starts over when that ends badly.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import math
import time
from dataclasses import replace
from datetime import UTC, datetime

from local.exchange import Exited
from local.function import Function, Invocation, Outcome
from local.log import SandboxLog
from local.runtime import Runtime
from shared.deployment import InitType

TIMED_OUT = "Sandbox.Timedout"
# Lambda's limits on an init ahead of all events, where the function's time-out is shorter, and on a restoration.
AHEAD_LIMIT_S, RESTORE_LIMIT_S = 130, 10


class Sandbox:
    """A place where one function runs.

    Its first init has a time limit of its own. One that fails there is tried once more inside the invocation, under the
    function's time-out; so is the init after a runtime has ended. `prepare` does the first init ahead of all events,
    as far as the snapshot with SnapStart; the first event restores it.
    """

    def __init__(self, function: Function, log: SandboxLog, init_type: InitType = InitType.ON_DEMAND) -> None:
        self._function = function
        self._log = log
        self._init_type = init_type
        self._runtime: Runtime | None = None
        self._fresh = True

    @property
    def stands_ready(self) -> bool:
        """Whether it is kept, however long it idles."""
        return self._init_type == InitType.PROVISIONED

    @property
    def warm(self) -> bool:
        """Whether a runtime is there that can take an event at once."""
        return self._runtime is not None and self._runtime.ready

    @property
    def is_snapshot(self) -> bool:
        """Whether a runtime is there that waits to be restored."""
        return self._runtime is not None and self._runtime.is_snapshot

    async def prepare(self) -> bool:
        """Initialise the runtime ahead of all events. False where it failed: it is tried again with the first event."""
        return await self._first_init("") is not None

    async def invoke(self, invocation: Invocation) -> tuple[Outcome, bytes]:
        """Run one event. Returns its outcome and the end of the log."""
        init_ms = await self._first_init(invocation.request_id) if self._fresh else None
        restore_ms = await self._restore(invocation.request_id) if self.is_snapshot else None
        began = time.perf_counter()
        deadline_ms = int((time.time() + self._function.timeout_s) * 1000)
        self._log.line(f"START RequestId: {invocation.request_id} Version: {invocation.version}")
        outcome = await self._run(replace(invocation, deadline_ms=deadline_ms))
        self._report(invocation.request_id, outcome, _ms_since(began), init_ms, restore_ms)
        if not self.warm:
            await self.stop()
        return outcome, self._log.take_tail()

    async def stop(self) -> None:
        """End the runtime; the next event starts another."""
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            await runtime.stop()

    async def _first_init(self, request_id: str) -> float | None:
        """The init with a time limit of its own. Its milliseconds, or None when it failed."""
        self._fresh = False
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._init_limit_s):
                failure = await self._init(request_id, ahead=True)
        except TimeoutError:
            failure = Outcome.error(TIMED_OUT, "")
        ms = _ms_since(began)
        if failure is None:
            return ms
        self._log.line(f"INIT_REPORT Init Duration: {ms:.2f} ms\tPhase: init\t{_status(failure)}")
        await self.stop()
        return None

    @property
    def _init_limit_s(self) -> float:
        if self._init_type == InitType.ON_DEMAND:
            return self._function.init_timeout_s
        return max(AHEAD_LIMIT_S, self._function.timeout_s)

    async def _restore(self, request_id: str) -> float | None:
        """Go on from the snapshot. Its milliseconds, or None when it failed: then a new runtime is initialised."""
        assert self._runtime is not None
        began = time.perf_counter()
        try:
            async with asyncio.timeout(RESTORE_LIMIT_S):
                failure = await self._runtime.restore()
        except TimeoutError:
            failure = Outcome.error(TIMED_OUT, "")
        ms = _ms_since(began)
        ended = _exit_error(request_id, failure) if isinstance(failure, Exited) else failure
        status = f"\t{_status(ended)}" if ended else ""
        self._log.line(f"RESTORE_REPORT Restore Duration: {ms:.2f} ms{status}")
        if ended is None:
            return ms
        await self.stop()
        return None

    async def _run(self, invocation: Invocation) -> Outcome:
        """The outcome of an event, within the function's time-out."""
        until = asyncio.get_running_loop().time() + self._function.timeout_s
        try:
            if not self.warm:
                await self.stop()
                async with asyncio.timeout_at(until):
                    failure = await self._init(invocation.request_id)
                if failure is not None:
                    return failure
            assert self._runtime is not None
            outcome = await self._runtime.handle(invocation, until)
        except TimeoutError:
            message = f"Task timed out after {self._function.timeout_s:.2f} seconds"
            self._log.line(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + f"Z {invocation.request_id} {message}\n")
            return _error(TIMED_OUT, invocation.request_id, message)
        return _exit_error(invocation.request_id, outcome) if isinstance(outcome, Exited) else outcome

    async def _init(self, request_id: str, *, ahead: bool = False) -> Outcome | None:
        """Start a runtime and wait until it is ready, or `ahead` until it may be restored. None, or what failed."""
        try:
            # What stood ready and is gone starts again as any other: its caller waits.
            starts_late = self.stands_ready and not ahead
            init_type = InitType.ON_DEMAND if starts_late else self._init_type
            self._runtime = await Runtime.start(self._function, self._log.write, init_type)
        except OSError as error:
            return _error("Runtime.InvalidEntrypoint", request_id, error.strerror or str(error))
        failure = await self._runtime.initialised()
        if failure is None and self.is_snapshot and not ahead:
            failure = await self._runtime.restore()
        return _exit_error(request_id, failure) if isinstance(failure, Exited) else failure

    def _report(
        self, request_id: str, outcome: Outcome, ms: float, init_ms: float | None, restore_ms: float | None
    ) -> None:
        """The two lines that end an invocation in Lambda's log. Init is billed."""
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {ms:.2f} ms",
            f"Billed Duration: {math.ceil(ms + (init_ms or 0))} ms",
            f"Memory Size: {self._function.memory_mb} MB",
        ]
        peak_mb = self._runtime.peak_memory_mb if self._runtime else None
        parts += [f"Max Memory Used: {peak_mb} MB"] if peak_mb is not None else []
        parts += [f"Init Duration: {init_ms:.2f} ms"] if init_ms is not None else []
        parts += [f"Restore Duration: {restore_ms:.2f} ms"] if restore_ms is not None else []
        parts += [_status(outcome)] if not self.warm else []
        self._log.line(f"END RequestId: {request_id}\n" + "\t".join(parts) + "\t")


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _status(failure: Outcome) -> str:
    if failure.error_type == TIMED_OUT:
        return "Status: timeout"
    return f"Status: error\tError Type: {failure.error_type}"


def _error(error_type: str, request_id: str, reason: str) -> Outcome:
    return Outcome.error(error_type, f"RequestId: {request_id} Error: {reason}")


def _exit_error(request_id: str, exited: Exited) -> Outcome:
    return _error("Runtime.ExitError", request_id, exited.reason)
