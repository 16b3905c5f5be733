"""The platform on this machine: what a deployment is compared with, and where its real models run."""

import contextlib
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rehearsal.emulator import ROOT
from tests.stack import free_port

CATALOG = "models/embedded/models.toml"
START_S = 120


@dataclass(frozen=True)
class LocalStack:
    """Its HTTP API, and its Invoke API."""

    url: str
    invoke_url: str

    def function(self, model: str) -> str:
        """Where the function of a model is invoked."""
        return f"{self.invoke_url}/2015-03-31/functions/model-router-local-{model}/invocations"


@contextlib.contextmanager
def local_stack() -> Iterator[LocalStack]:
    """Run one that serves the embedded models, and asks for no key."""
    port, invoke_port = free_port(), free_port()
    options = ["--catalog", CATALOG, "--port", str(port), "--lambda-port", str(invoke_port), "--warm-up-every", "0"]
    process = subprocess.Popen([sys.executable, "-m", "local", *options], cwd=ROOT)
    try:
        stack = LocalStack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{invoke_port}")
        _wait(f"{stack.url}/healthz", process)
        yield stack
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the local stack ended with status {process.returncode} before it was ready")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the local stack was not ready within {START_S} s")
