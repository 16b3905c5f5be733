"""Logs that are followed, Ctrl-C, and what `--help` imports."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from model_router.logs import _events
from tests.cli.conftest import start
from tests.cli.fake_router import FakeRouter


class Events:
    """CloudWatch, page after page; the events of one millisecond come again."""

    def __init__(self, *pages: list[tuple[str, int]]) -> None:
        self.pages = iter(pages)
        self.asked: list[int] = []

    def get_paginator(self, _: str) -> "Events":
        return self

    def paginate(self, *, logGroupName: str, startTime: int) -> list[dict[str, Any]]:
        self.asked.append(startTime)
        return [{"events": [{"eventId": e, "timestamp": ms, "message": e} for e, ms in next(self.pages)]}]


def test_a_log_that_is_followed_tells_each_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_router.logs.PAUSE_S", 0)
    events = Events([("a", 5), ("b", 7)], [("b", 7), ("c", 7)], [("b", 7), ("c", 7)], [("b", 7), ("c", 7), ("d", 9)])
    said = _events(events, "group", 0, True)
    assert [next(said) for _ in range(4)] == ["a", "b", "c", "d"]
    assert events.asked == [0, 7, 7, 7]


def test_ctrl_c_ends_an_embedding_with_how_to_go_on(router: FakeRouter, tmp_path: Path) -> None:
    router.fail_every, router.retry_after = 3, "100"
    (tmp_path / "in.txt").write_text("one\n" * 1000)
    out = tmp_path / "out.npy"
    process = start(["embed", str(tmp_path / "in.txt"), "-o", str(out), "--parallel", "1"])
    while router.requests < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "Stopped; 128 texts are done, and the same command goes on from there.\n")


def test_ctrl_c_ends_any_other_command_with_a_sentence(router: FakeRouter) -> None:
    router.fail_every, router.retry_after = 1, "15"
    process = start(["ask", "Who?", "-c", "Ruth"])
    while router.requests < 1:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert (process.communicate()[1], process.returncode) == ("Stopped.\n", 130)


def test_the_command_parses_without_what_takes_time_to_import() -> None:
    process = start(["--help"], PYTHONPROFILEIMPORTTIME="1")
    _, err = process.communicate()
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in err.splitlines()}
    assert loaded & {"httpx", "numpy", "boto3", "local", "models", "infra", "shared", "starlette", "pulumi"} == set()
    assert "typer" in loaded
