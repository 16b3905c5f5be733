"""A user's terminal: commands of Pulumi on one stack of one checkout, and what they called in the cloud."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from tests.rehearsal.checkout import Checkout
from tests.rehearsal.drive import Order
from tests.rehearsal.emulator import ROOT
from tests.rehearsal.provider.kind import Target
from tests.rehearsal.provider.server import Call, Tap, ignore, serving

COMMAND_S = 300
PACKAGES = ("aws", "docker-build", "random")


@dataclass
class Outcome:
    """How a command ended: its text for people, the outputs, and what it changed in the cloud."""

    ok: bool
    text: str
    outputs: dict[str, Any]
    calls: list[Call]

    @property
    def changes(self) -> list[str]:
        """Every call that was no look, as `update Alias qa`."""
        return [str(call) for call in self.calls if call.operation != "read"]


@dataclass
class Running:
    """A command at work. `end` waits for it."""

    process: "subprocess.Popen[str]"
    tap: Tap
    outputs: Path
    log: Path

    def end(self, timeout_s: float = COMMAND_S) -> Outcome:
        self.process.wait(timeout=timeout_s)
        ok = self.process.returncode == 0
        outputs = json.loads(self.outputs.read_text()) if ok and self.outputs.exists() else {}
        return Outcome(ok=ok, text=self.log.read_text(), outputs=outputs, calls=list(self.tap.calls))

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.kill(self._engine(), signal.SIGINT)

    def kill(self) -> None:
        """End everything at once, as a machine that is switched off does."""
        os.kill(self._engine(), signal.SIGKILL)
        self.process.kill()

    def _engine(self) -> int:
        """The process id of `pulumi up` and the like."""
        listing = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
        (engine,) = [int(pid) for pid, parent, _ in rows if int(parent) == self.process.pid]
        return engine


@dataclass
class Stack:
    """One stack. `home` is Pulumi's own folder and `backend` where the state lies: colleagues share the latter."""

    name: str
    checkout: Checkout
    cloud: Target
    home: Path
    backend: Path
    python: str = sys.executable
    umask: int = -1
    url: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    def elsewhere(self, checkout: Checkout, home: Path, **more: Any) -> "Stack":
        """The same stack as a colleague has it: the state is shared, nothing else is."""
        return replace(self, checkout=checkout, cloud=replace(self.cloud, root=checkout.root), home=home, **more)

    def configure(self, **settings: str | None) -> None:
        self.checkout.configure(self.name, **settings)

    def up(
        self, before: Callable[[Call], None] = ignore, after: Callable[[Call], None] = ignore, **options: Any
    ) -> Outcome:
        """Deploy. `before` and `after` see every call as it passes."""
        with self.begin("up", Tap(before=before, after=after), **options) as running:
            return self.remember(running.end())

    def preview(self, **options: Any) -> Outcome:
        with self.begin("preview", **options) as running:
            return running.end()

    def refresh(self, **options: Any) -> Outcome:
        with self.begin("refresh", **options) as running:
            return running.end()

    def destroy(self, **options: Any) -> Outcome:
        with self.begin("destroy", **options) as running:
            return running.end()

    def remember(self, outcome: Outcome) -> Outcome:
        """Keep what callers need to know of a deployment."""
        self.url = outcome.outputs.get("url", self.url)
        self.keys = outcome.outputs.get("keys", self.keys)
        return outcome

    @contextlib.contextmanager
    def begin(self, command: str, tap: Tap | None = None, **options: Any) -> Iterator[Running]:
        """Start a command; it may be held or interrupted."""
        tap = tap or Tap()
        with serving(self.cloud, tap) as port, tempfile.TemporaryDirectory() as folder:
            outputs, log = Path(folder, "outputs.json"), Path(folder, "log")
            order = Order(
                command=command,
                root=str(self.checkout.root),
                stack=self.name,
                environ=self.variables(port),
                outputs=str(outputs),
                options=options,
            )
            with log.open("w") as output:
                process = subprocess.Popen(
                    [self.python, "-m", "tests.rehearsal.drive", json.dumps(asdict(order))],
                    cwd=ROOT,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    text=True,
                    umask=self.umask,
                )
            running = Running(process, tap, outputs, log)
            try:
                yield running
            finally:
                if process.poll() is None:
                    running.kill()

    def pulumi(self, *arguments: str) -> Outcome:
        """A command that runs no program, typed in the checkout."""
        tap = Tap()
        with serving(self.cloud, tap) as port:
            ended = subprocess.run(
                ["pulumi", *arguments, "--stack", self.name],
                cwd=self.checkout.root,
                env={**os.environ, **self.variables(port)},
                capture_output=True,
                text=True,
                timeout=COMMAND_S,
                check=False,
            )
        return Outcome(ended.returncode == 0, ended.stdout + ended.stderr, {}, list(tap.calls))

    def variables(self, port: int) -> dict[str, str]:
        """What makes `pulumi` use this state and these providers, and ask nobody outside this machine."""
        return {
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package in PACKAGES),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {key or next(iter(self.keys.values()), '')}"}
        return httpx.post(self.url + path, json=body, headers=headers, timeout=90)


def missing() -> str | None:
    """What the machine lacks for a rehearsal."""
    if shutil.which("pulumi") is None:
        return "there is no `pulumi` on PATH: install it (https://www.pulumi.com/docs/install/)"
    return None


def wait_for(happened: Any, timeout_s: float = 60) -> None:
    """Wait until `happened()` is true."""
    deadline = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen within {timeout_s} s"
        time.sleep(0.05)
