"""The benchmark of faults counts each broken promise, and a run of it finds none."""

import json
from pathlib import Path

import pytest

from benchmarks.attacker import Fault
from benchmarks.chaos import Asked, Found, run
from benchmarks.memory_watch import last_quarters
from tests.stack import build_tiny

ASKED = Asked("/v1/qa", b"{}", b"right")


def error(code: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": "Wait."}}).encode()


@pytest.mark.parametrize(
    ("status", "answer", "seconds", "broken"),
    [
        (200, b"right", 1.0, []),
        (200, b"wrong", 1.0, ["1 wrong"]),
        (429, error("throttled"), 1.0, []),
        (429, error("model_error"), 1.0, ["1 malformed"]),
        (413, error("too_large"), 1.0, []),
        (400, error("invalid_request"), 1.0, ["1 malformed"]),
        (500, b"<html>", 1.0, ["1 malformed"]),
        (504, error("timeout"), 40.0, ["1 late"]),
        (0, b"", 1.0, ["1 lost"]),
    ],
)
def test_a_broken_promise_is_counted(status: int, answer: bytes, seconds: float, broken: list[str]) -> None:
    found = Found()
    found.add(ASKED, status, answer, 100.0, 100.0 + seconds)
    assert found.broken == broken


@pytest.mark.parametrize(
    ("began_s", "ended_s", "unexplained"), [(0, 99, 1), (99, 100, 0), (111.9, 120, 0), (113, 114, 1)]
)
def test_a_request_that_failed_far_from_any_fault_is_unexplained(
    began_s: float, ended_s: float, unexplained: int
) -> None:
    found = Found()
    found.add(ASKED, 503, error("model_loading"), began_s, ended_s)
    found.add(ASKED, 200, b"right", 500.0, 501.0)
    found.explain([Fault(kind="stop_model", began_s=100.0, ended_s=111.0)])
    assert found.unexplained == unexplained


def test_memory_that_grows_is_seen_in_the_last_quarter() -> None:
    assert last_quarters([100.0] * 10 + [40.0] * 5 + [45.0] * 5) == "40 and 45"
    assert last_quarters([]) == "? and ?"


@pytest.mark.slow
@pytest.mark.torch
def test_two_thousand_requests_to_every_task_under_every_fault_break_no_promise(tmp_path: Path) -> None:
    report = run(2_000, build_tiny("tests.benchmarks.served", tmp_path))
    # How late an answer may be, and whether a long text is read in time, is the benchmark's to say: this machine may be
    # busy.
    broken = [(one.wrong, one.malformed, one.lost) for one in report.loads.values()]
    assert set(broken) == {(0, 0, 0)}
    after = report.loads["after the last fault"].statuses
    assert after[200] > 0.9 * after.total()
    assert sum(one.statuses[200] for one in report.loads.values()) > 1_800
