"""The AWS emulator as a process: MiniStack, from an environment of its own, with IAM enforcement on.

`requirements/emulator.txt` is what it holds; EMULATOR names another `ministack` than that of `.venv-emulator`.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tests.stack import free_port

ROOT = Path(__file__).parents[2]
MINISTACK = Path(os.environ.get("EMULATOR", ROOT / ".venv-emulator" / "bin" / "ministack"))
ACCOUNT, REGION = "000000000000", "us-east-1"
START_S = 60


@dataclass(frozen=True)
class Emulator:
    """A running emulator. Nothing but its address is known of it."""

    url: str

    def client(self, service: Any) -> Any:
        """A boto3 client of the account's root, which IAM lets do everything."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(read_timeout=150, retries={"max_attempts": 1}),
        )

    def api(self, api_id: str) -> str:
        """Where the emulator answers for an HTTP API and its unnamed stage."""
        return f"{self.url}/_aws/execute-api/{api_id}/$default"


@contextlib.contextmanager
def emulator(proxies: Mapping[str, str], directory: Path) -> Iterator[Emulator]:
    """Run one. A function named in `proxies` is served by that URL; the others have to be zips, and run as such."""
    port = free_port()
    environ = {
        "PATH": f"{MINISTACK.parent}:{os.environ['PATH']}",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        **{f"MINISTACK_LAMBDA_PROXY_{name}": url for name, url in proxies.items()},
    }
    log = directory / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen([MINISTACK], env=environ, cwd=directory, stdout=output, stderr=output)
        try:
            _wait(f"http://127.0.0.1:{port}/_ministack/health", process, log)
            yield Emulator(f"http://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended with status {process.returncode}: {log.read_text()[-2000:]}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the emulator was not ready within {START_S} s")
