"""Result files."""

from pathlib import Path

from benchmarks.command import Run
from benchmarks.results import FULL, Results


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    results = Results(tmp_path)
    rows = [{"model": "a", "median": 1.5}, {"model": "b", "median": 2.0}]
    results.write("warm", rows, unit="ms")
    found = results.read("warm")
    assert found is not None
    assert (found["benchmark"], found["unit"], found["rows"]) == ("warm", "ms", rows)
    assert results.rows("warm", model="b") == rows[1:]


def test_a_result_names_the_machine_and_the_versions(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.write("warm", [])
    found = results.read("warm")
    assert found is not None
    assert found["machine"]["cores"] >= 1
    assert "onnxruntime" in found["machine"]["libraries"]


def test_a_benchmark_that_has_not_run_has_no_rows(tmp_path: Path) -> None:
    assert Results(tmp_path).read("cold") is None
    assert Results(tmp_path).rows("cold") == []


def test_a_quick_run_is_kept_apart_from_what_is_quoted() -> None:
    assert Run(quick=False, large=False).results.folder == FULL
    assert Run(quick=True, large=False).results.folder != FULL
    assert Run(quick=False, large=True).name("warm") == "warm-large"
