"""The Lambda handler of a loaded model: payloads and pings, its replies, its log. Driven by toy models."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Crash
from tests.shared import toys
from tests.shared.toys import SECRET, FakeContext, ask, sandbox


def test_a_request_is_answered_with_its_result_and_what_it_took(artifact: Path) -> None:
    reply = sandbox(artifact)(ask("four"), FakeContext())
    meta = reply.pop("meta")
    assert reply == {"result": {"lengths": [4], "directory": str(artifact), "threads": 1}}
    assert (meta["model"], meta["tokens"], meta["truncated"], meta["cold"]) == ("toy", 4, 1, True)
    assert meta["ms"].keys() == {"infer", "load", "total"}
    assert meta["ms"]["infer"] == 1.5


def test_only_the_first_answer_of_a_sandbox_is_cold(artifact: Path) -> None:
    handler = sandbox(artifact)
    first, second = (handler(ask("a"), FakeContext())["meta"] for _ in range(2))
    assert (first["cold"], second["cold"]) == (True, False)
    assert "load" not in second["ms"]
    assert first["sandbox"] == second["sandbox"]


def test_a_refused_request_leaves_the_sandbox_cold(artifact: Path) -> None:
    handler = sandbox(artifact)
    handler({}, FakeContext())
    assert handler(ask("a"), FakeContext())["meta"]["cold"] is True


def test_two_sandboxes_have_two_names(artifact: Path) -> None:
    names = {sandbox(artifact)(ask("a"), FakeContext())["meta"]["sandbox"] for _ in range(2)}
    assert len(names) == 2


def test_the_example_runs_once_at_the_start_and_in_no_ping(artifact: Path) -> None:
    handler = sandbox(artifact)
    cold, warm = (handler({"ping": {"hold_ms": 0}}, FakeContext()) for _ in range(2))
    assert (cold["meta"]["cold"], warm["meta"]["cold"]) == (True, False)
    assert cold["result"] == warm["result"] == {}
    assert (len(toys.Echo.examples), toys.Echo.asked) == (1, [])


def test_a_sandbox_that_was_pinged_is_warm_for_requests(artifact: Path) -> None:
    handler = sandbox(artifact)
    handler({"ping": {}}, FakeContext())
    assert handler(ask("a"), FakeContext())["meta"]["cold"] is False


def test_a_ping_keeps_its_sandbox_busy_as_long_as_asked(artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler, slept_s = sandbox(artifact), list[float]()
    monkeypatch.setattr("shared.entrypoint.time.sleep", slept_s.append)
    for ping in ({"hold_ms": 30}, {"hold_ms": 1000}, {}):
        handler({"ping": ping}, FakeContext())
    assert slept_s == [0.03, 1, 0]


@pytest.mark.parametrize("hold_ms", [-1, 1001, "10", None, float("nan")])
def test_a_ping_that_would_hold_too_long_is_refused(artifact: Path, hold_ms: Any) -> None:
    error = sandbox(artifact)({"ping": {"hold_ms": hold_ms}}, FakeContext())["error"]
    assert (error["code"], error["param"]) == ("invalid_request", "ping.hold_ms")


@pytest.mark.parametrize(
    ("event", "param"),
    [
        ({}, "request"),
        (None, "request"),
        ([], "request"),
        ("request", "request"),
        ({"request": []}, "request"),
        ({"request": {}, "deadline_ms": "soon"}, "deadline_ms"),
        ({"request": {}, "deadline_ms": True}, "deadline_ms"),
        ({"request": {}, "deadline_ms": -1}, "deadline_ms"),
        ({"request": {}, "deadline_ms": float("nan")}, "deadline_ms"),
        ({"request": {}, "deadline_ms": float("inf")}, "deadline_ms"),
        ({"request": {}, "deadline_ms": 10**400}, "deadline_ms"),
    ],
)
def test_a_malformed_payload_is_refused_by_field(artifact: Path, event: Any, param: str) -> None:
    error = sandbox(artifact)(event, FakeContext())["error"]
    assert (error["code"], error["param"]) == ("invalid_request", param)


def test_a_models_refusal_is_a_reply(artifact: Path) -> None:
    reply = sandbox(artifact)(ask("refuse"), FakeContext())
    assert reply["error"] == {
        "code": "invalid_request",
        "message": "'input[0]' is not wanted.",
        "param": "input",
        "item": 0,
    }
    assert reply["meta"]["ms"].keys() == {"total"}


def test_a_crash_is_a_function_error_that_says_where_and_not_what(
    artifact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = sandbox(artifact)
    with pytest.raises(Crash, match=r"^ValueError in toys\.py, line \d+$") as crash:
        handler(ask("crash", SECRET), FakeContext())
    assert crash.value.__suppress_context__
    assert json.loads(capsys.readouterr().out)["outcome"] == "crash"
    assert "result" in handler(ask("a"), FakeContext())


def test_every_reply_is_json(artifact: Path) -> None:
    handler = sandbox(artifact)
    events = [ask("a"), ask("refuse"), {}, {"ping": {}}]
    assert all(json.loads(json.dumps(handler(event, FakeContext()), allow_nan=False)) for event in events)


@pytest.mark.parametrize("texts", [[SECRET], ["refuse", SECRET]])
def test_the_log_holds_one_line_of_numbers_and_names_and_no_text(
    artifact: Path, texts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = sandbox(artifact)
    capsys.readouterr()
    handler(ask(*texts, request_id="r-1"), FakeContext())
    output = capsys.readouterr()
    (line,) = output.out.splitlines()
    logged = json.loads(line)
    assert SECRET not in output.out + output.err
    assert (logged["request_id"], logged["model"], logged["cold"]) == ("r-1", "toy", 1)
    assert logged["outcome"] == ("invalid_request" if "refuse" in texts else "ok")
    assert logged["errors"] == int("refuse" in texts)


@pytest.mark.parametrize("event", [ask("a"), ask("refuse"), {}])
def test_a_request_becomes_metrics(artifact: Path, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox(artifact)(event, FakeContext())
    assert "_aws" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("hold_ms", "outcome"), [(0, "ok"), (-1, "invalid_request")])
def test_a_ping_is_logged_and_becomes_no_metric(
    artifact: Path, hold_ms: int, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox(artifact)({"ping": {"hold_ms": hold_ms}}, FakeContext())
    logged = json.loads(capsys.readouterr().out)
    assert "_aws" not in logged
    assert (logged["model"], logged["outcome"], logged["request_id"]) == ("toy", outcome, "aws-id")
    assert logged.keys() >= {"total_ms", "errors", "tokens", "cold", "truncated", "sandbox"}


@pytest.mark.parametrize(("request_id", "logged"), [(None, "aws-id"), (7, "aws-id"), ("x" * 1000, "x" * 128)])
def test_the_log_names_the_request(
    artifact: Path, request_id: Any, logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox(artifact)(ask("a", request_id=request_id), FakeContext())
    assert json.loads(capsys.readouterr().out)["request_id"] == logged
