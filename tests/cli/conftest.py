"""A platform that answers at once, and the command itself as a function and as a process."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from model_router.__main__ import main
from tests.cli.fake_router import FakeRouter

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str


class Command:
    """The command `model-router`, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        status = main(list(arguments))
        out, err = self._capsys.readouterr()
        return Said(status, out, err)


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRouter]:
    """A running platform, to which the commands of this test go."""
    with FakeRouter() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("MODEL_ROUTER_URL", server.url)
        monkeypatch.delenv("MODEL_ROUTER_KEY", raising=False)
        yield server
        server.shutdown()


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def start(arguments: Sequence[str], **environment: str) -> "subprocess.Popen[str]":
    """Start the command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "model_router", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
