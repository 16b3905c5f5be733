"""One runtime process and the Runtime API it talks to, from its start to its end. Knows no retries and no pool."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

from local.exchange import Exchange, Exited, Ready, Snapshotted
from local.function import REGION, Function, Invocation, Outcome
from local.http_server import HttpServer, address, bind
from local.launcher import Process
from local.log import OutputPipe
from local.runtime_api import CREDENTIALS, Credentials, runtime_api
from shared.deployment import InitType


class Runtime:
    """A process that was started for one function. `start` makes one; `stop` ends it, whatever it is doing."""

    def __init__(self, process: Process, exchange: Exchange, api: HttpServer, output: OutputPipe) -> None:
        self._process = process
        self._exchange = exchange
        self._api = api
        self._output = output
        self._watch = asyncio.create_task(self._watch_exit())

    @classmethod
    async def start(
        cls, function: Function, write_log: Callable[[bytes], None], init_type: InitType = InitType.ON_DEMAND
    ) -> "Runtime":
        """Start a process and its Runtime API. Raises OSError."""
        exchange = Exchange()
        bound = bind(function.launcher.host, 0)
        credentials = Credentials(os.urandom(16).hex()) if init_type == InitType.SNAP_START else None
        api = HttpServer(runtime_api(exchange, credentials), bound)
        await api.start()
        host, port = address(bound)
        output = OutputPipe(write_log)
        try:
            with output:
                environ = environment(function, f"{host}:{port}", init_type, credentials)
                process = await function.launcher.launch(function.handler, environ, output.write_fd)
        except BaseException:
            output.close()
            await api.stop()
            raise
        return cls(process, exchange, api, output)

    @property
    def ready(self) -> bool:
        """Whether it can take an event at once."""
        return self._exchange.is_ready

    @property
    def peak_memory_mb(self) -> int | None:
        return self._process.peak_memory_mb()

    @property
    def is_snapshot(self) -> bool:
        """Say whether the process waits to be restored."""
        return self._exchange.is_snapshot

    async def initialised(self) -> Outcome | Exited | None:
        """Wait until the handler is loaded. None when it is, else how init failed."""
        ended = await self._exchange.init
        self._output.drain()
        return None if isinstance(ended, Ready | Snapshotted) else ended

    async def restore(self) -> Outcome | Exited | None:
        """Let it go on from its snapshot, and wait until it can take an event. None when it can, else what failed."""
        ended = await self._exchange.restore()
        self._output.drain()
        return None if isinstance(ended, Ready) else ended

    async def handle(self, invocation: Invocation, until: float) -> Outcome | Exited:
        """The answer to an event, by loop time `until`. Raises TimeoutError."""
        outcome: Outcome | Exited
        try:
            async with asyncio.timeout_at(until):
                outcome = await self._exchange.deliver(invocation)
        except TimeoutError:
            if self._exchange.outcome is None:
                raise
            outcome = self._exchange.outcome
        self._output.drain()
        return outcome

    async def stop(self) -> None:
        """Kill the process and release what it had."""
        self._process.kill()
        await self._watch
        self._output.close()
        await self._api.stop()

    async def _watch_exit(self) -> None:
        status = await self._process.wait()
        self._output.drain()
        self._exchange.close(Exited(_reason(status)))


def _reason(status: int) -> str:
    """Why a runtime ended, in the words of Lambda's log."""
    if status == 0:
        return "Runtime exited without providing a reason"
    if status > 0:
        return f"Runtime exited with error: exit status {status}"
    return f"Runtime exited with error: signal: {(signal.strsignal(-status) or str(-status)).lower()}"


def environment(
    function: Function,
    runtime_api: str,
    init_type: InitType = InitType.ON_DEMAND,
    credentials: Credentials | None = None,
) -> dict[str, str]:
    """The environment variables of a sandbox: what Lambda sets, then the function's own.

    `credentials` are fetched from the Runtime API; without them, they are in the environment.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{os.urandom(16).hex()}"
    lambdas_own = {
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": init_type.value,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "_HANDLER": function.handler,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }
    if credentials is None:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        lambdas_own |= dict.fromkeys(names, "local")
    else:
        lambdas_own["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"http://{runtime_api}{CREDENTIALS}"
        lambdas_own["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = credentials.token
    return {**lambdas_own, **function.environment}
