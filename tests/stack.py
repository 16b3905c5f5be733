"""The whole platform on one machine, as `make serve` starts it, on a free port.

Standard library only: environments that hold nothing of the project drive it, too.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import sandboxes

ROOT = Path(__file__).parent.parent
LOGS = ROOT / "build" / "local" / "logs"
PROJECT_PYTHON = str(ROOT / ".venv" / "bin" / "python")
EMBEDDED = ROOT / "models" / "embedded" / "models.toml"
START_S = 120


@dataclass(frozen=True)
class Stack:
    """A running platform: the addresses of its HTTP API and Invoke API, and the process that started all others."""

    url: str
    invoke_url: str
    process: "subprocess.Popen[bytes]"

    def sandboxes(self, handler: str) -> list[int]:
        """The process ids of the sandboxes that run `handler`."""
        return sandboxes(self.process.pid, handler)

    def function(self, name: str) -> str:
        """Return where a function is invoked: a model's by its id, or `router`."""
        return f"{self.invoke_url}/2015-03-31/functions/model-router-local-{name}/invocations"


def invocations(model_id: str) -> int:
    """Return how many invocations of a model have begun, as its log says."""
    log = (LOGS / f"model-router-local-{model_id}.log").read_bytes()
    return log.count(b"START RequestId: ")


def build_tiny(module: str, folder: Path) -> Path:
    """Have a test's module write a catalog of tiny models into `folder`, build its artifacts, and return its path."""
    command = [PROJECT_PYTHON, "-W", "ignore", "-m", module, str(folder)]
    written = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    catalog = Path(written.stdout.splitlines()[-1])
    subprocess.run([PROJECT_PYTHON, "-m", "models", "build", "--catalog", str(catalog)], cwd=ROOT, check=True)
    return catalog


@contextmanager
def running(
    python: str = PROJECT_PYTHON,
    api_keys: str = "",
    cors_origins: str = "",
    catalog: Path = EMBEDDED,
    options: Sequence[str] = (),
) -> Iterator[Stack]:
    """Run a platform that serves a catalog whose artifacts are built.

    It asks for a key where there are any, and lets pages of `cors_origins` ask.
    """
    port, invoke_port = _free_neighbours()
    command = [python, "-m", "local", "--catalog", str(catalog), "--port", str(port), "--lambda-port", str(invoke_port)]
    command += options
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "API_KEYS": api_keys, "CORS_ORIGINS": cors_origins}
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        yield Stack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{invoke_port}", process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _free_neighbours() -> tuple[int, int]:
    """Return a free port and the next one, free too: README's commands find the Invoke API there."""
    while True:
        port = free_port()
        with socket.socket() as next_one, suppress(OSError, OverflowError):
            next_one.bind(("127.0.0.1", port + 1))
            return port, port + 1


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a platform answers. Raises RuntimeError where its process ends or it takes too long."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the local stack ended with status {process.returncode} before it was ready")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the local stack was not ready within {START_S} s")
