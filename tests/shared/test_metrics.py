"""The metrics line, as CloudWatch reads it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.deployment import METRICS_NAMESPACE
from shared.metrics import emit

ROOT = Path(__file__).parents[2]


def line(stream: io.StringIO) -> dict[str, object]:
    (text,) = stream.getvalue().splitlines()
    parsed: dict[str, object] = json.loads(text)
    return parsed


def test_metrics_are_declared_with_their_units_and_facts_are_not() -> None:
    stream = io.StringIO()
    emit({"model": "qa"}, {"total_ms": 1.5, "tokens": 7}, {"outcome": "ok"}, stream)
    written = line(stream)
    directive = written.pop("_aws")
    assert isinstance(directive, dict)
    assert directive["CloudWatchMetrics"] == [
        {
            "Namespace": "model-router",
            "Dimensions": [["model"]],
            "Metrics": [{"Name": "total_ms", "Unit": "Milliseconds"}, {"Name": "tokens", "Unit": "Count"}],
        }
    ]
    assert isinstance(directive["Timestamp"], int)
    assert written == {"model": "qa", "total_ms": 1.5, "tokens": 7, "outcome": "ok"}


def test_a_line_without_metrics_is_only_searchable() -> None:
    stream = io.StringIO()
    emit({"model": "qa"}, {}, {"total_ms": 1.5, "outcome": "ok"}, stream)
    assert line(stream) == {"model": "qa", "total_ms": 1.5, "outcome": "ok"}


def test_a_line_stays_one_line_of_ascii_whatever_a_fact_holds() -> None:
    stream = io.StringIO()
    emit({}, {}, {"request_id": "a\nb\u2028\ud800é"}, stream)
    assert stream.getvalue().isascii()
    assert line(stream)["request_id"] == "a\nb\u2028\ud800é"


def test_a_line_is_written_in_one_piece() -> None:
    pieces = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    emit({}, {"requests": 1}, {}, Stream())
    assert len(pieces) == 1


def test_lines_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    emit({}, {"requests": 1}, {})
    assert json.loads(capsys.readouterr().out)["requests"] == 1


def test_the_namespace_is_the_one_that_the_deployment_sets() -> None:
    emitting = "from shared.metrics import emit; emit({}, {'requests': 1}, {})"
    environ = {**os.environ, METRICS_NAMESPACE: "model-router/prod"}
    done = subprocess.run([sys.executable, "-c", emitting], cwd=ROOT, env=environ, capture_output=True, check=True)
    assert json.loads(done.stdout)["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "model-router/prod"
