"""The whole platform on one machine, as `make serve` starts it, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent.parent
START_S = 60


@dataclass(frozen=True)
class Stack:
    """A running platform: its address and the process that started all others."""

    url: str
    process: "subprocess.Popen[bytes]"

    def sandboxes(self, handler: str) -> list[int]:
        """The process ids of the sandboxes that run `handler`."""
        listing = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
        return [int(pid) for pid, ppid, args in rows if int(ppid) == self.process.pid and handler in args]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the local stack ended with status {process.returncode} before it was ready")
        try:
            if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the local stack was not ready within {START_S} s")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    port = free_port()
    command = [sys.executable, "-m", "local", "--catalog", "models/embedded/models.toml", "--port", str(port)]
    environ = {k: v for k, v in os.environ.items() if k != "API_KEYS"}
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        yield Stack(f"http://127.0.0.1:{port}", process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=60) as client:
        yield client
