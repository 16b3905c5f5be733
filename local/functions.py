"""Lambda on this machine: functions by name, invoked as its Invoke API does, without the HTTP."""

import asyncio
import json
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from local.function import (
    ASYNC_REQUEST_LIMIT,
    REFERENCE,
    REQUEST_LIMIT,
    Function,
    InvalidParameterValue,
    InvalidRequestContent,
    Invocation,
    InvokeError,
    RequestTooLarge,
    ResourceNotFound,
    Result,
    arn,
)
from local.log import FunctionLog
from local.pool import Pool


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a function reference and a qualifier point to."""

    pool: Pool
    arn: str
    version: str


class Functions:
    """The functions of this machine. Use it in one event loop, and `stop` it there: sandboxes are processes."""

    def __init__(self, log_directory: Path | None = None, report: Callable[[str], None] = lambda _: None) -> None:
        """Each function logs to `<name>.log` in `log_directory`; `report` gets one line per failed invocation."""
        self._log_directory = log_directory
        self._report = report
        self._pools: dict[str, Pool] = {}
        self._logs: list[FunctionLog] = []
        self._async: set[asyncio.Task[None]] = set()

    def define(self, function: Function) -> None:
        """Add a function; no sandbox starts before it is invoked. Raises ValueError if there is one of its name."""
        if function.name in self._pools:
            raise ValueError(f"There is a function {function.name} already.")
        path = self._log_directory / f"{function.name}.log" if self._log_directory else None
        log = FunctionLog(path)
        self._logs.append(log)
        self._pools[function.name] = Pool(function, log)

    async def prepare(self) -> list[str]:
        """Take the snapshots of functions that have them, and start the sandboxes that are to stand ready.

        Returns the names of those that could not start.
        """
        ready = await asyncio.gather(*(pool.prepare() for pool in self._pools.values()))
        return [name for name, is_ready in zip(self._pools, ready, strict=True) if not is_ready]

    def find(self, reference: str, qualifier: str | None = None) -> Target:
        """Look up a name, `name:qualifier` or ARN. Raises ResourceNotFound or InvalidParameterValue."""
        match = REFERENCE.match(reference)
        if match is None:
            raise InvalidParameterValue("The function name is neither a name, 'name:alias', nor a function's ARN.")
        if qualifier and match["qualifier"] and qualifier != match["qualifier"]:
            raise InvalidParameterValue(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        name, qualifier = match["name"], qualifier or match["qualifier"]
        pool = self._pools.get(name)
        version = pool.function.version(qualifier) if pool else None
        if pool is None or version is None:
            raise ResourceNotFound(f"Function not found: {arn(name, qualifier)}")
        return Target(pool=pool, arn=arn(name, qualifier), version=version)

    async def invoke(
        self,
        reference: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        client_context: str | None = None,
        trace_id: str = "",
        wait: bool = False,
    ) -> Result:
        """Invoke synchronously (RequestResponse). Raises InvokeError.

        At the function's limit it raises TooManyRequests, or, with `wait`, waits for a sandbox.
        """
        target = self.find(reference, qualifier)
        check_payload(payload, REQUEST_LIMIT, "RequestResponse")
        invocation = Invocation(
            request_id=str(uuid.uuid4()),
            payload=payload or b"{}",
            arn=target.arn,
            version=target.version,
            client_context=client_context,
            trace_id=trace_id or new_trace_id(),
        )
        outcome, log = await target.pool.invoke(invocation, wait=wait)
        if outcome.error_type is not None:
            self._report(f"{target.pool.function.name}: {outcome.error_type} (request {invocation.request_id})")
        return Result(request_id=invocation.request_id, outcome=outcome, log=log, version=target.version)

    def invoke_async(self, reference: str, payload: bytes, *, qualifier: str | None = None) -> None:
        """Invoke as an event and forget it. Raises InvokeError. Nothing is tried again.

        An event that finds all sandboxes busy waits for one.
        """
        self.find(reference, qualifier)
        check_payload(payload, ASYNC_REQUEST_LIMIT, "Event")
        task = asyncio.create_task(self._run_event(reference, payload, qualifier))
        self._async.add(task)
        task.add_done_callback(self._async.discard)

    def sandboxes(self, name: str) -> int:
        """How many sandboxes a function has."""
        return self._pools[name].size

    async def stop(self) -> None:
        """End every sandbox of every function, whatever it is doing."""
        for task in list(self._async):
            task.cancel()
        await asyncio.gather(*self._async, return_exceptions=True)
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))
        for log in self._logs:
            log.close()

    async def _run_event(self, reference: str, payload: bytes, qualifier: str | None) -> None:
        try:
            await self.invoke(reference, payload, qualifier=qualifier, wait=True)
        except InvokeError as error:
            self._report(f"{reference}: {error.code}")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# NaN and Infinity are not JSON, though Python reads them.
_decoder = json.JSONDecoder(parse_constant=_refuse)


def check_payload(payload: bytes, limit: int, invocation_type: str) -> Any:
    """Raises RequestTooLarge or InvalidRequestContent for an event that Lambda does not take."""
    if len(payload) > limit:
        raise RequestTooLarge(
            f"{len(payload)} byte payload is too large for the {invocation_type} invocation type (limit {limit} bytes)"
        )
    try:
        if payload:
            _decoder.decode(payload.decode())
    except (ValueError, RecursionError) as error:
        reasons = {UnicodeDecodeError: "not UTF-8", RecursionError: "nested too deep"}
        reason = reasons.get(type(error), "not JSON")
        raise InvalidRequestContent(f"Could not parse request body into json: {reason}.") from None


def new_trace_id() -> str:
    """A trace header as X-Ray has them, not sampled."""
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()};Sampled=0"
