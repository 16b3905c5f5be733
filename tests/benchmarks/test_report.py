"""From result files to what people read."""

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.__main__ import DERIVED, EMBEDDED, LARGE
from benchmarks.cost import USD_PER_GB_S, USD_PER_MILLION_REQUESTS, usd_per_million
from benchmarks.goals import NO_DOTS, Goal, goals
from benchmarks.plots import PLOTS, draw
from benchmarks.results import FULL, ROOT, Results
from shared.deployment import ROUTER_MEMORY_MB

MODEL = {
    "model": "MiniLM-size QA",
    "weights": "real",
    "quantization": "mixed",
    "artifact_mb": 22.9,
    "quality": {"same_answer": 0.98},
}
RATIO = {"median": 5.0, "least": 4.0, "most": 6.0}
SPREAD = {"count": 9, "least": 1.0, "median": 20.0, "p95": 30.0, "p99": 31.0, "most": 32.0}


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """A folder with one row of everything."""
    found = Results(tmp_path)
    own = {**MODEL, **SPREAD, "side": "service", "fastest_usual": "the usual way", "ratio": RATIO}
    warm = {"threads": 1, "tokens": 384, "usual": True}
    over = {"over_bare": {"median": 1.02}}
    phases = {"phases_ms": {"imports": 100.0, "session": 50.0, "other": 5.0, "first": 30.0}}
    cold = {"condition": "1 vCPU", **phases}
    usual: dict[str, Any] = {**MODEL, **SPREAD, "side": "the usual way"}
    found.write("warm", [{**own, **warm, **over}, {**usual, **warm}, {**usual, **warm, "side": "bare"}])
    found.write("cold", [{**own, **cold}, {**usual, **cold}])
    found.write("memory", [{**own, "peak_mb": 110.0}, {**usual, "peak_mb": 550.0}])
    speeds = {"threads": 1, "cosine_mean": 0.999, "cosine_min": 0.99}
    found.write("products", [{**MODEL, "ratio": {"median": 4.1}}])
    found.write("throughput", [{**own, **speeds}, {**usual, **speeds, "side": "fastembed", "median": 10.0}])
    found.write("at_rest", [{"what": "alarms", "quantity": 14, "usd": 1.4}])
    lengths = [{"threads": n, "characters": 9000, "tokens": 2500, "seconds": 0.3 / n} for n in (1, 2)]
    found.write("long_context", lengths)
    answers = {"questions": 148, "exact_match": 62.2, "f1": 71.5}
    found.write("quality", [{"data": "squad", "runtime": "onnx", "quantization": "int8", **answers}])
    level = {"answered_per_s": 9.0, "latency_s": SPREAD}
    found.write("overload", [{"loop": loop, "times": 2, **level} for loop in ("closed", "open")])
    judged = {"what": "score", "context": "paragraph", "count": 9}
    found.write("calibration", [{**judged, "ece": 0.1, "brier": 0.2}, {**judged, "mean": 0.7, "so": 0.6}])
    stack = {"per_second": SPREAD, "latency_ms": SPREAD, "of_bare": 0.9}
    found.write("stack", [{**MODEL, **stack, "side": "stack", "phases_ms": {"invoke": 40.0, "router": 0.5}}])
    return found


def test_a_goal_that_is_reached_is_met() -> None:
    assert Goal(name="faster", target=4.5, measured=4.5).outcome == "met"
    assert Goal(name="less", target=5.0, measured=4.0, at_most=True).outcome == "met"


def test_a_goal_that_is_missed_says_by_how_much_and_why() -> None:
    assert Goal(name="faster", target=4.0, measured=3.0, why="the weather").outcome == "short by 25%: the weather"
    assert Goal(name="less", target=5.0, measured=6.0, at_most=True).outcome == "over by 20%"


def test_a_goal_whose_benchmark_has_not_run_is_not_met() -> None:
    goal = Goal(name="faster", target=4.0, measured=None)
    assert (goal.met, goal.outcome) == (False, "not measured yet")


def test_every_goal_reads_its_own_figure(results: Results) -> None:
    measured = {goal.name: goal.measured for goal in goals(results) if goal.measured is not None}
    assert measured == {
        "MiniLM-size QA: cold start, the usual way / ours": 5.0,
        "MiniLM-size QA: warm p50, the usual way / ours": 5.0,
        "MiniLM-size QA: peak memory, the usual way / ours": 5.0,
        "Embeddings, 1 thread: tokens/s, ours / fastembed": 2.0,
        "Embeddings, 1 thread: mean cosine to the float model, at least fastembed's": 0.999,
        "MiniLM-size QA: service over bare model": 2.0,
        "MiniLM-size QA: the stack's requests/s of the bare model's": 90.0,
    }


def test_every_ratio_that_is_missed_has_its_reason(results: Results) -> None:
    for benchmark in ("warm", "memory", "cold"):
        rows = results.rows(benchmark)
        results.write(benchmark, [{**row, "ratio": {"median": 2.0}} for row in rows])
    reasons = {goal.name.removeprefix("MiniLM-size QA: "): goal.outcome for goal in goals(results)}
    assert reasons["peak memory, the usual way / ours"] == "short by 50%: its weights alone are 23 MB"
    assert reasons["cold start, the usual way / ours"].startswith("short by 90%: of our 20 ms: imports 100, ")
    warm = reasons["warm p50, the usual way / ours"]
    has_dots = "the matrix products alone are 4.1 times as fast; attention, GELU and normalisation stay in float"
    assert warm.removeprefix("short by 56%: ") in (has_dots, NO_DOTS)


def empty(*names: str) -> str:
    """Return a page with regions that hold something old."""
    return "\n".join(f"{report.BEGIN.format(name=name)}\nold figures\n{report.END}" for name in names)


@pytest.mark.parametrize(
    ("page", "figures"),
    [
        ("README.md", ["110 MB, **5.0** times less", "| squad | 148 | 62 | 72 |"]),
        ("docs/numbers.md", ["110 MB, **5.0** times less", "met"]),
        ("docs/deploying.md", ["| alarms | 14 | 1.40 |"]),
    ],
)
def test_the_regions_of_a_page_are_written_anew_and_nothing_else(
    results: Results, page: str, figures: list[str]
) -> None:
    new = report.renewed(page, f"before\n{empty(*report.PAGES[page])}\nafter\n", results)
    assert new.startswith("before\n")
    assert new.endswith("\nafter\n")
    assert "old figures" not in new
    assert report.is_current(page, new, results)
    for figure in figures:
        assert figure in new
        assert not report.is_current(page, new.replace(figure, "another"), results)


@pytest.mark.parametrize(("page", "missing"), [(page, name) for page, names in report.PAGES.items() for name in names])
def test_a_page_without_a_region_is_an_error(results: Results, page: str, missing: str) -> None:
    text = empty(*(name for name in report.PAGES[page] if name != missing))
    with pytest.raises(ValueError, match="no region"):
        report.renewed(page, text, results)


def test_a_million_requests_cost_the_model_the_router_and_the_api(tmp_path: Path) -> None:
    results = Results(tmp_path)
    row = {"what": "MiniLM embeddings, model-router", "model": "MiniLM embeddings", "ms": 10.0, "usd_per_million": 0.5}
    results.write("cost", [row])
    # The router waits: 0.5 GB for 10 ms are 0.08 dollars a million, and each of its requests costs, too.
    assert "| MiniLM embeddings | 0.50 | 0.28 | 1.00 | 1.78 | 20.2 million |" in report.prices(results)


def test_the_page_holds_every_table_and_quality_beside_speed(results: Results) -> None:
    page = report.page(results)
    assert "## Warm latency, ms" in page
    assert "the same answer to 98.0%" in page
    assert "5 (4 to 6)" in page


def test_what_died_says_how_in_its_row(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.write(
        "cold", [{"model": "m", "condition": "1 vCPU, 512 MB", "side": "the usual way", "died": "killed by signal 9"}]
    )
    assert "killed by signal 9" in report.page(results)


def test_nothing_measured_is_said_so(tmp_path: Path) -> None:
    assert "Nothing was measured yet." in report.region(Results(tmp_path))
    assert draw(Results(tmp_path)) == []


def test_the_same_results_give_the_same_plots(results: Results) -> None:
    first = {path.name: path.read_bytes() for path in draw(results)}
    assert set(first) == {f"{name}.svg" for name in PLOTS}
    assert {path.name: path.read_bytes() for path in draw(results)} == first


def test_a_million_requests_cost_what_lambda_bills() -> None:
    assert usd_per_million(1024, 1000) == pytest.approx(16.6667 + 0.20)
    assert usd_per_million(5120, 220) == pytest.approx(18.53, abs=0.01)


@pytest.mark.parametrize("page", report.PAGES)
def test_a_page_holds_the_figures_of_the_result_files_and_no_others(page: str) -> None:
    assert report.is_current(page, (ROOT / page).read_text(encoding="utf-8"), Results(FULL))


@pytest.mark.parametrize("page", ["README.md", "docs/numbers.md"])
def test_every_picture_that_a_page_shows_is_there(page: str) -> None:
    shown = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert shown
    assert [path for path in shown if not (ROOT / page).parent.joinpath(path).is_file()] == []


def test_every_benchmark_is_listed_and_part_of_make_bench_as_the_list_says() -> None:
    folder = ROOT / "benchmarks"
    line = re.compile(r"^\| `python -m benchmarks\.(\w+).*\| (yes|no)[^|]*\|$", re.MULTILINE)
    listed = dict(line.findall((folder / "README.md").read_text(encoding="utf-8")))
    modules = [path for path in folder.glob("*.py") if path.name != "__main__.py"]
    assert set(listed) == {path.stem for path in modules if "\ndef measure(" in path.read_text(encoding="utf-8")}
    run = {module.__name__.rpartition(".")[2] for module in (*EMBEDDED, *LARGE, *DERIVED)}
    assert {name for name, part in listed.items() if part == "yes"} == run


def test_the_page_counts_with_the_same_prices() -> None:
    page = (ROOT / "router" / "html" / "playground.html").read_text(encoding="utf-8")
    named = dict(re.findall(r"^const (USD_PER_GB_S|USD_PER_REQUEST|ROUTER_MB) = ([\d.]+);$", page, re.MULTILINE))
    per_request = (2 * USD_PER_MILLION_REQUESTS + report.USD_PER_MILLION_CALLS) / 1e6
    assert {name: float(value) for name, value in named.items()} == pytest.approx(
        {"USD_PER_GB_S": USD_PER_GB_S, "USD_PER_REQUEST": per_request, "ROUTER_MB": ROUTER_MEMORY_MB}
    )


def test_the_pages_quote_starts_and_processors_as_they_were_measured() -> None:
    starts = {(row["model"], row["way"]): row["ms"]["median"] for row in Results(FULL).rows("starts")}
    local = (ROOT / "docs" / "local.md").read_text(encoding="utf-8")
    for way, said in {
        "on demand": "on demand",
        "snapshot": "\nfrom the snapshot",
        "provisioned": "standing ready",
    }.items():
        assert f"{starts['qa', way]:.0f} ms {said}".replace(" \n", "\n") in local
    alike = {row["model"]: row for row in Results(FULL).rows("architectures")}
    deploying = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    assert f"{alike['qa']['same_answer'] * 50:.0f} of 50" in deploying
    assert f"scores {alike['qa']['mean_score_drift']:.3f} apart" in deploying
    assert f"a cosine of {alike['embeddings']['cosine_min']:.4f} or more" in deploying
