"""Measured processes, with a toy in them."""

import time
from pathlib import Path

import pytest

from benchmarks.process import Died, Process, Side, forget
from benchmarks.side import Clock

TOY = Side(name="toy", module="tests.benchmarks.toy", options={"threads": 1})


def test_a_process_answers_once_and_says_what_each_phase_took() -> None:
    with Process(TOY, {"text": "hello"}) as process:
        start = process.start
    assert start["answer"] == "HELLO"
    assert set(start["ms"]) == {"interpreter", "imports", "other", "first"}
    assert start["total_ms"] == pytest.approx(sum(start["ms"].values()))
    assert start["loaded"]["peak_mb"] > 0


def test_a_process_times_every_call() -> None:
    with Process(TOY, {"text": "hello"}) as process:
        reply = process.ask({"text": "again"}, 3)
    assert (len(reply["ms"]), len(reply["cpu_ms"]), reply["answer"]) == (3, 3, "AGAIN")


def test_a_process_that_dies_says_how() -> None:
    with pytest.raises(Died, match="the toy is dead"):
        Process(TOY, {"text": "die"})


def test_what_happens_inside_a_lap_is_taken_off_it() -> None:
    clock = Clock(started=0.0)
    clock.lap("imports", at=0.25)
    with clock.inside("session"):
        pass
    clock.lap("other")
    assert clock.ms["imports"] == 250
    assert clock.total_ms == pytest.approx(sum(clock.ms.values()))


def test_a_phase_inside_a_phase_is_taken_off_it() -> None:
    clock = Clock(started=0.0)
    clock.lap("imports", at=0.25)
    with clock.inside("tokenizer"), clock.inside("session"):
        time.sleep(0.05)
    clock.lap("other")
    assert clock.ms["session"] >= 50
    assert clock.ms["tokenizer"] < clock.ms["session"]
    assert clock.total_ms == pytest.approx(sum(clock.ms.values()))


def test_files_can_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"0" * 8192)
    forget([str(path)])
    assert path.read_bytes() == b"0" * 8192
