"""One command of Pulumi: while it works, and how it ended."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rehearsal.provider.tap import Call, Tap

COMMAND_S = 240


@dataclass
class Outcome:
    """How a command ended: its text for people, and what it did in the cloud."""

    ok: bool
    text: str
    calls: list[Call]

    @property
    def changes(self) -> list[str]:
        """Every call that was no look and no trial, as `update Alias qa`."""
        return [str(call) for call in self.calls if call.operation not in ("read", "invoke")]


@dataclass
class Running:
    """A command at work. `end` waits for it."""

    engine: "subprocess.Popen[bytes]"
    tap: Tap
    log: Path

    def end(self) -> Outcome:
        self.engine.wait(timeout=COMMAND_S)
        return Outcome(ok=self.engine.returncode == 0, text=self.text, calls=list(self.tap.calls))

    @property
    def text(self) -> str:
        return self.log.read_text()

    @property
    def ended(self) -> bool:
        return self.engine.poll() is not None

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.engine.send_signal(signal.SIGINT)


def wait_for(happened: Callable[[], Any], timeout_s: float = 60) -> None:
    """Wait until `happened()` is true."""
    deadline = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen within {timeout_s} s"
        time.sleep(0.05)
