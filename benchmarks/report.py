"""Turns result files into what people read: `results/README.md`, the plots, and the README's own region.

No figure is typed: each comes from a result file, and `is_current` says whether a README still holds what they say.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import Run, main
from benchmarks.goals import RATIOS, TITLES, Goal, goals, usual
from benchmarks.plots import draw
from benchmarks.results import FULL, ROOT, Results
from models.progress import say

README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks: python -m benchmarks.report -->", "<!-- end of benchmarks -->"
TABLES = {
    "cold": "Cold start, ms",
    "warm": "Warm latency, ms",
    "products": "The products alone, one thread",
    "memory": "Memory, MB",
    "throughput": "Throughput of embeddings, tokens/s",
    "stack": "The whole stack",
    "cost": "Cost of a million requests, USD",
    "quality": "Answers to questions about articles that the reader never saw, %",
    "long_context": "Long contexts, seconds",
}
COLUMNS = {
    "cold": "model condition side limit count least median most cpu_median disk_mb",
    "warm": "model threads tokens side count median p95 p99 cpu_median",
    "products": "model tokens layers usual_ms int8_ms usual_gops int8_gops ratio",
    "memory": "model side loaded_mb first_mb peak_mb files_mb",
    "throughput": "threads side count median cosine_mean cosine_min",
    "stack": "model clients side per_second latency_ms of_bare phases_ms",
    "cost": "what memory_mb ms usd_per_million",
    "quality": "data runtime quantization questions exact_match f1 f1_answerable f1_unanswerable",
    "long_context": "characters tokens seconds right model_share",
}
PLOTS = ("cold.svg", "warm.svg", "memory.svg", "throughput.svg", "quality.png", "long_context.png")
Row = dict[str, Any]


def measure(run: Run) -> None:
    """Write the plots, the results' own README, and the README's region where it has one."""
    results = run.results
    for path in [*draw(results), write(results)]:
        say(f"wrote {path.relative_to(ROOT)}")
    if not run.quick and BEGIN in README.read_text(encoding="utf-8"):
        README.write_text(renewed(README.read_text(encoding="utf-8"), results), encoding="utf-8")


def write(results: Results) -> Path:
    """The page of all tables."""
    path = results.folder / "README.md"
    path.write_text(page(results), encoding="utf-8")
    return path


def renewed(text: str, results: Results) -> str:
    """A README with the region between its two marks written anew. Raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the text has no region from {BEGIN} to {END}")
    return f"{before}{BEGIN}\n{region(results)}\n{END}{after}"


def is_current(text: str, results: Results | None = None) -> bool:
    """Whether every figure in a README's region is what the result files say."""
    return renewed(text, results or Results(FULL)) == text


def region(results: Results) -> str:
    """What the README quotes: the machine, the ratios, and a line for each goal."""
    return "\n\n".join([_machine(results), _ratios(results), _goals(goals(results))])


def page(results: Results) -> str:
    """Everything that was measured, as Markdown."""
    parts = [
        "# Results",
        "Written by `python -m benchmarks.report` from the JSON files beside it. Do not edit.",
        region(results),
        *(f"![{name}]({name})" for name in PLOTS if (results.folder / name).exists()),
        *(f"## {TABLES[name]}\n\n{_table(results, name)}" for name in TABLES if _table(results, name)),
    ]
    return "\n\n".join(parts) + "\n"


def _machine(results: Results) -> str:
    found = results.read("warm") or results.read("cold")
    if found is None:
        return "Nothing was measured yet."
    machine = found["machine"]
    instructions = ", ".join(machine["instructions"]) or "none of those that matter"
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    return (
        f"Measured on {found['date']}: {machine['processor']}, {machine['cores']} cores ({instructions}), "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; {libraries}."
    )


def _ratios(results: Results) -> str:
    """One line for each model: ours, and how many times as much the fastest of the usual way's three variants takes."""
    lines = []
    for model in RATIOS:
        cells = [_ratio(usual(results, benchmark, model), benchmark) for benchmark in TITLES]
        lines.append([_named(results, model), *cells, _quality(usual(results, "warm", model))])
    return table(["model", *TITLES.values(), "quality against the float model"], lines)


def _named(results: Results, model: str) -> str:
    row = usual(results, "warm", model)
    if row is None:
        return model
    weights = ", random weights" if row["weights"] == "random" else ""
    return f"{model}, {row['tokens']} tokens, {row['quantization']}{weights}"


def _ratio(row: Row | None, benchmark: str) -> str:
    if row is None or "ratio" not in row:
        return "not measured"
    value = f"{row['peak_mb']:.0f} MB" if benchmark == "memory" else duration(row["median"])
    return f"{value}, **{row['ratio']['median']:.1f}** times less"


def duration(ms: float) -> str:
    """Milliseconds as people read them."""
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.1f} ms" if ms < 100 else f"{ms:.0f} ms"


def _quality(row: Row | None) -> str:
    if row is None:
        return ""
    if row["weights"] == "random":
        return "none: random weights know nothing"
    return ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in row["quality"].items()) or "gate off"


def _goals(found: Iterable[Goal]) -> str:
    lines = [[goal.name, _target(goal), _amount(goal.measured, goal.unit), goal.outcome] for goal in found]
    return table(["goal", "target", "measured", ""], lines)


def _target(goal: Goal) -> str:
    return f"at {'most' if goal.at_most else 'least'} {_amount(goal.target, goal.unit)}"


def _amount(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}".strip()


def _table(results: Results, benchmark: str) -> str:
    """The rows of a benchmark, large models included. One that died says how in its last cell."""
    rows = results.rows(benchmark) + results.rows(f"{benchmark}-large")
    columns = COLUMNS[benchmark].split()
    lines = [[_cell(row.get(column, ""), row) for column in columns] for row in rows]
    return table([column.replace("_", " ") for column in columns], lines) if lines else ""


def _cell(value: Any, row: Row) -> str:
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


if __name__ == "__main__":
    main(measure, __doc__)
