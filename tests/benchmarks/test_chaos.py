"""The benchmark of faults counts each broken promise, and a run of it finds none."""

import json

import pytest

from benchmarks.calls import is_documented
from benchmarks.chaos import Asked, Found, run

ASKED = Asked("/v1/qa", b"{}", b"right")
# Each kind comes in its turn; a second and a half is enough for one.
KINDS = {"kill_model", "kill_router", "stop_model", "hang_up", "leave"}


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
    found.add(ASKED, status, answer, seconds)
    assert found.broken == broken


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"error": "text"}', b'{"message": "Not Found"}', b"\xff"])
def test_an_error_of_another_form_is_not_documented(answer: bytes) -> None:
    assert not is_documented(502, answer)


@pytest.mark.slow
def test_two_thousand_requests_under_every_fault_break_no_promise() -> None:
    found = run(2_000)
    # How late an answer may be is the benchmark's to say: the machine of a test may be busy.
    assert (found.wrong, found.malformed, found.lost) == (0, 0, 0)
    assert found.faults.keys() == KINDS
    assert found.statuses[200] > 1_000
