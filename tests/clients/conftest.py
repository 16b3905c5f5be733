"""A running router for the client libraries: the one at MODEL_ROUTER_URL, or a local stack of its own, with a key.

These tests run in `.venv-clients`, which holds the client libraries and nothing of the project. Where those libraries
are not, there are no tests to collect.
"""

import importlib.util
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("openai") else ["test_*.py"]
ROOT = Path(__file__).parent.parent.parent
START_S = 120


@dataclass(frozen=True)
class Router:
    """Where a router answers, and the key it asks for."""

    url: str
    key: str


@pytest.fixture(scope="session")
def router() -> Iterator[Router]:
    if "MODEL_ROUTER_URL" in os.environ:
        yield Router(os.environ["MODEL_ROUTER_URL"].rstrip("/"), os.environ.get("MODEL_ROUTER_KEY", "none"))
        return
    router = Router(f"http://127.0.0.1:{_free_port()}", "a key for the client libraries")
    command = [str(ROOT / ".venv/bin/python"), "-m", "local", "--port", router.url.rsplit(":")[-1]]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "API_KEYS": f"clients={router.key}"})
    try:
        _wait(router, process)
        yield router
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(router: Router, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{router.url}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the local stack was not ready within {START_S} s")
