"""The AWS emulator as a process: MiniStack, from an environment of its own, with IAM enforcement on.

`requirements/emulator.txt` is what it holds; EMULATOR names another `ministack` than that of `.venv-emulator`.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
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


class Caller:
    """Somebody who calls the emulator, by an access key. `test` is the account's root, whom IAM lets do everything."""

    def __init__(self, url: str, key_id: str = "test", secret: str = "test") -> None:
        self.url = url
        # What tells the AWS SDK who this is.
        self.environment = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": "",
        }
        self._session = boto3.Session(key_id, secret, region_name=REGION)
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """A boto3 client of this caller."""
        with self._lock:
            if service not in self._clients:
                config = Config(read_timeout=150, retries={"max_attempts": 0}, max_pool_connections=50)
                create: Any = self._session.client
                self._clients[service] = create(service, endpoint_url=self.url, config=config)
            return self._clients[service]


class Emulator(Caller):
    """A running emulator, as its account's root sees it. Nothing but its address is known of it."""

    def user(self, name: str, policy: str) -> Caller:
        """A new user of the account who may do what `policy` says."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        arn = iam.create_policy(PolicyName=name, PolicyDocument=policy)["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Caller(self.url, key["AccessKeyId"], key["SecretAccessKey"])

    def api(self, api_id: str) -> str:
        """Where the emulator answers for an HTTP API and its unnamed stage."""
        return f"{self.url}/_aws/execute-api/{api_id}/$default"


@contextlib.contextmanager
def emulator(directory: Path) -> Iterator[Emulator]:
    """Run one, which keeps what it writes in `directory`."""
    port = free_port()
    environ = {
        "PATH": f"{MINISTACK.parent}:{os.environ['PATH']}",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
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
