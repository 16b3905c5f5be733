"""Result files as Markdown tables: which columns of which benchmark, and how a value reads."""

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.results import Results

TABLES = {
    "cold": "Cold start, ms",
    "starts": "First answers by the way to start, ms",
    "architectures": "Answers on arm64 beside those on x86_64",
    "warm": "Warm latency, ms",
    "products": "The products alone, one thread",
    "memory": "Memory, MB",
    "throughput": "Throughput of embeddings, tokens/s",
    "stack": "The whole stack",
    "patience": "Many clients over four sandboxes",
    "overload": "Load to five times the capacity",
    "cost": "Cost of a million requests, USD",
    "at_rest": "Cost of a deployment that nobody uses, USD a month",
    "quality": "Answers to questions about articles that the reader never saw, %",
    "long_context": "Long contexts, seconds",
    "calibration": "How often what has a score is so",
}
COLUMNS = {
    "cold": "model quantization weights condition side limit count least median most cpu_median disk_mb ratio",
    "starts": "model way ms of_on_demand",
    "architectures": "model items same_answer mean_score_drift mean_null_drift cosine_mean cosine_min passes_gate",
    "warm": "model quantization weights threads tokens side count median p95 p99 cpu_median ratio",
    "products": "model tokens layers usual_ms int8_ms usual_gops int8_gops ratio",
    "memory": "model quantization weights side loaded_mb first_mb peak_mb files_mb ratio",
    "throughput": "threads side count median cosine_mean cosine_min",
    "stack": "model clients side per_second latency_ms of_bare phases_ms",
    "patience": "clients answered refused lost other wrong late tokens_per_s of_plateau small_s large_s",
    "overload": "loop times offered_per_s answered_per_s latency_s refused lost malformed slowest_s",
    "cost": "what memory_mb ms usd_per_million",
    "at_rest": "what quantity usd",
    "quality": "data runtime quantization questions exact_match f1 f1_answerable f1_unanswerable",
    "calibration": "what context count mean so ece brier",
    "long_context": "threads characters tokens seconds right model_share",
}
Row = dict[str, Any]


def duration(ms: float) -> str:
    """Milliseconds as people read them."""
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.1f} ms" if ms < 100 else f"{ms:.0f} ms"


def rows_table(results: Results, benchmark: str) -> str:
    """The rows of a benchmark, large models included. One that died says how in its last cell."""
    rows = results.rows(benchmark) + results.rows(f"{benchmark}-large")
    columns = COLUMNS[benchmark].split()
    lines = [[_cell(column, row) for column in columns] for row in rows]
    return table([column.replace("_", " ") for column in columns], lines) if lines else ""


def _cell(column: str, row: Row) -> str:
    value: Any = row.get(column, "")
    if column in ("ratio", "per_second") and value:
        spread = " ({least:.3g} to {most:.3g})".format(**value) if "least" in value else ""
        return f"{value['median']:.3g}{spread}"
    if isinstance(value, dict):
        kept = [key for key in ("median", "p99") if key in value] or list(value)
        return ", ".join(f"{key} {value[key]:g}" for key in kept)
    if value == "" and "died" in row:
        return str(row["died"])
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
