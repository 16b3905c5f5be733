"""A platform that answers at once, and the command itself as a function and as a process."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from model_router.__main__ import main
from tests.cli.fake_router import FakeRouter

ROOT = Path(__file__).parent.parent.parent
PULUMI = """#!/bin/sh
echo "$@" >>"$PULUMI_CALLS"
case "$*" in
  *"stack output versions"*) echo '{"qa": "4", "router": "7"}' ;;
  *"config get pinnedVersions"*) echo "embeddings=2" ;;
  *"--stack new "*--show-name*) exit 255 ;;
esac
"""


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


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "texts.txt"
    file.write_text("one\ntwo\nthree\n")
    return file


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


@pytest.fixture
def world(tmp_path: Path, router: FakeRouter, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name, a platform, a pretended Pulumi, and nothing that takes long."""
    (tmp_path / "texts.txt").write_text("one\ntwo\n")
    (tmp_path / "reviews.csv").write_text("id,review\n7,good\n")
    (tmp_path / "documents.txt").write_text("a bridge\na mill\n")
    (tmp_path / "contract.txt").write_text("Brightwater supplies Acme.\n")
    (tmp_path / "my.toml").write_text("")
    (tmp_path / "pulumi").write_text(PULUMI)
    (tmp_path / "pulumi").chmod(0o755)
    logs = tmp_path / "build" / "local" / "logs"
    logs.mkdir(parents=True)
    (logs / "model-router-local-router.log").write_text("START RequestId: 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_CALLS", str(tmp_path / "calls"))
    monkeypatch.chdir(tmp_path)
    pretend(monkeypatch, tmp_path)
    return tmp_path


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put in place what would take minutes, download or need an account; tests of their own are in other folders."""
    monkeypatch.setattr("models.__main__.run", lambda command, catalog, *_: print(command, catalog.path) or [])
    monkeypatch.setattr("local.__main__.main", lambda argv, environ: None)
    monkeypatch.setattr("benchmarks.__main__.measure", lambda run: print(run))
    monkeypatch.setattr("infra.doctor.main", lambda arguments: 0)
    monkeypatch.setattr("model_router.logs._client", lambda stack: FakeLogs())
    monkeypatch.setattr("model_router.account.ROOT", folder)
    monkeypatch.setattr("model_router.pulumi.ROOT", folder)
    (folder / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-north-1\n")
    (folder / "models" / "embedded").mkdir(parents=True)
    (folder / "models" / "embedded" / "models.toml").write_bytes((ROOT / "models.toml").read_bytes())
    (folder / "models.toml").write_bytes((ROOT / "models.toml").read_bytes())


class FakeLogs:
    """CloudWatch with one event."""

    def get_paginator(self, operation: str) -> "FakeLogs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"events": [{"eventId": "1", "timestamp": 0, "message": "REPORT RequestId: 1\n"}]}]
