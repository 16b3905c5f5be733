"""A Lambda of this machine for the tests, in an event loop of its own, and the toy functions it runs."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import pytest
from botocore.config import Config

from local.function import Function
from local.functions import Functions
from local.gateway import Gateway
from local.http_server import SILENT_S, HttpServer, address, bind
from local.invoke_api import invoke_api
from local.launcher import RUNTIME_CLIENT, Launcher, LocalLauncher

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

TOYS = Path(__file__).with_name("functions")
T = TypeVar("T")


def gone(pid: int) -> bool:
    """Whether a process ends within a few seconds; one that waits for a slow parent to take note of it has ended."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if listing.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.02)
    return False


class Machine:
    """Functions, their Invoke API and, on demand, an HTTP API in front of one of them."""

    def __init__(self, log_directory: Path) -> None:
        self.log_directory = log_directory
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._servers: list[HttpServer] = []
        self.reports: list[str] = []
        self.functions = Functions(log_directory, self.reports.append)
        self.url = self._serve(invoke_api(self.functions))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the functions live."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def define(self, name: str, handler: str | None = None, *, launcher: Launcher | None = None, **facts: Any) -> str:
        """Define one of the toy functions; `handler` is `toys.<name>` unless given. Returns its name."""
        launcher = launcher or LocalLauncher(TOYS)
        self.functions.define(Function(name=name, handler=handler or f"toys.{name}", launcher=launcher, **facts))
        return name

    def client(self) -> "LambdaClient":
        """boto3's own client, with nothing about it changed but the address and that it does not try again."""
        return boto3.client(
            "lambda",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def gateway(self, function: str, *, silent_s: int = SILENT_S, **facts: Any) -> str:
        """Put an HTTP API in front of a function. Returns its URL."""
        return self._serve(Gateway(self.functions, function, **facts), silent_s=silent_s)

    def _serve(self, app: Any, **facts: Any) -> str:
        bound = bind("127.0.0.1", 0)

        async def start() -> HttpServer:
            started = HttpServer(app, bound, **facts)
            await started.start()
            return started

        self._servers.append(self.run(start()))
        return "http://{}:{}".format(*address(bound))

    def close(self) -> None:
        async def stop() -> None:
            await self.functions.stop()
            await asyncio.gather(*(server.stop() for server in self._servers))

        self.run(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("logs"))
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def client(machine: Machine) -> Iterator["LambdaClient"]:
    client = machine.client()
    yield client
    client.close()


@pytest.fixture(params=["awslambdaric", "fallback"])
def launcher(request: pytest.FixtureRequest) -> Launcher:
    """Both runtime clients: awslambdaric, and the one that stands in for it."""
    if request.param == "awslambdaric":
        pytest.importorskip("awslambdaric", reason="awslambdaric exists for Linux only")
        return LocalLauncher(TOYS)
    return LocalLauncher(TOYS, client=RUNTIME_CLIENT)
