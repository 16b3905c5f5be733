"""The numbers that the router writes of each request."""

import json
import time
from typing import Any

import pytest

from router.trace import Trace
from tests.router.world import World

QUESTION = {"question": "Who?", "context": "Ada wrote it."}


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(capsys.readouterr().out)
    return written


@pytest.mark.parametrize(
    ("error", "errors"), [("invalid_request", 0), ("too_large", 0), ("model_error", 1), ("timeout", 1)]
)
def test_an_error_is_one_of_the_platforms_own_and_no_callers(
    error: str, errors: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reported = json.dumps({"error": {"code": error, "message": "No."}}).encode()
    World({"qa": lambda _: reported}).post("/v1/qa", QUESTION)
    assert line(capsys)["errors"] == errors


def test_a_caller_without_a_key_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    World(keys={"alice": "0" * 64}).post("/v1/qa", QUESTION)
    written = line(capsys)
    assert (written["status"], written["errors"], written["requests"]) == (401, 0, 1)


def test_the_total_is_the_models_time_and_the_routers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 100.075)
    Trace("id", began=100.0, model_ms=70.0).log(200, "ok")
    written = line(capsys)
    assert (written["model_ms"], written["router_ms"], written["total_ms"]) == (70.0, 5.0, 75.0)
