"""Turns result files into what people read: `results/README.md`, the plots, and regions of the README and of `docs`.

No figure is typed: each comes from a result file, and `is_current` says whether a page still holds what they say.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.command import Run, main
from benchmarks.cost import ROUTER_MB, usd_per_million
from benchmarks.goals import RATIOS, TITLES, Goal, goals, usual
from benchmarks.plots import PLOTS, draw
from benchmarks.results import FULL, ROOT, Results
from benchmarks.tables import TABLES, duration, rows_table, table
from models.progress import say

# A region of a page lies between these; the first names what it holds.
BEGIN = "<!-- {name}: python -m benchmarks.report -->"
END = "<!-- end of benchmarks -->"
# A container of one vCPU and 2 GB that is always on, us-east-1: https://aws.amazon.com/fargate/pricing
USD_PER_VCPU_H, USD_PER_GB_H, CONTAINER_GB, HOURS = 0.04048, 0.004445, 2, 730
# The HTTP API: https://aws.amazon.com/api-gateway/pricing
USD_PER_MILLION_CALLS = 1.00
# What the gate measured of an artifact, in the order in which it is said.
QUALITY = {
    "cosine_mean": "cosine {:.4f} on average",
    "cosine_min": "{:.4f} at least",
    "nearest_same": "the same nearest text for {:.1%}",
    "texts": "of {:.0f}",
    "same_answer": "the same answer to {:.1%}",
    "pairs": "of {:.0f} questions",
    "mean_score_drift": "its score off by {:.3f} on average",
}
Row = dict[str, Any]


def measure(run: Run) -> None:
    """Write the plots, the results' own README, and the regions of the pages."""
    results = run.results
    for path in [*draw(results), write(results)]:
        say(f"wrote {path.relative_to(ROOT)}")
    for page in PAGES if not run.quick else ():
        path = ROOT / page
        path.write_text(renewed(page, path.read_text(encoding="utf-8"), results), encoding="utf-8")


def write(results: Results) -> Path:
    """The page of all tables."""
    path = results.folder / "README.md"
    path.write_text(page(results), encoding="utf-8")
    return path


def renewed(page: str, text: str, results: Results) -> str:
    """Return a page's text with what stands between its marks written anew. Raises ValueError where one is missing."""
    for name in PAGES[page]:
        mark = BEGIN.format(name=name)
        before, begin, rest = text.partition(mark)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"{page} has no region from {mark} to {END}")
        text = f"{before}{mark}\n{REGIONS[name](results)}\n{END}{after}"
    return text


def is_current(page: str, text: str, results: Results | None = None) -> bool:
    """Say whether every figure in a page's regions is what the result files say."""
    return renewed(page, text, results or Results(FULL)) == text


def region(results: Results) -> str:
    """Return the machine, the ratios, and a line for each goal."""
    return "\n\n".join([_machine(results), _ratios(results), _goals(goals(results))])


def at_rest(results: Results) -> str:
    """What a deployment costs while nobody uses it."""
    lines = [[row["what"], f"{row['quantity']:,}", f"{row['usd']:.2f}"] for row in results.rows("at_rest")]
    return table(["a month of 30 days", "how many", "USD"], lines)


def ratios(results: Results) -> str:
    """Return one line for each model, and when that was measured."""
    return f"{_ratios(results)}\n\n{_machine(results).partition(';')[0]}."


def prices(results: Results) -> str:
    """Return what a million requests cost in all, and how many a month cost what a container that is always on does."""
    container_usd = HOURS * (USD_PER_VCPU_H + CONTAINER_GB * USD_PER_GB_H)
    lines = []
    for row in results.rows("cost"):
        if row["model"] in RATIOS and row["what"].endswith("model-router"):
            model, router = row["usd_per_million"], usd_per_million(ROUTER_MB, row["ms"])
            all_usd = model + router + USD_PER_MILLION_CALLS
            parts = [f"{usd:.2f}" for usd in (model, router, USD_PER_MILLION_CALLS, all_usd)]
            lines.append([row["model"], *parts, f"{container_usd / all_usd:.1f} million"])
    head = [
        "USD per million requests",
        "model",
        "router",
        "HTTP API",
        "in all",
        f"as dear as ${container_usd:.0f} a month",
    ]
    return table(head, lines)


def quality(results: Results) -> str:
    """Return how well the int8 reader answers questions about articles that it never saw, by data file."""
    rows = [r for r in results.rows("quality") if (r["runtime"], r["quantization"]) == ("onnx", "int8")]
    lines = [[r["data"], str(r["questions"]), f"{r['exact_match']:.0f}", f"{r['f1']:.0f}"] for r in rows]
    return table(["data", "questions", "exact match, %", "F1, %"], lines)


REGIONS = {"benchmarks": region, "at rest": at_rest, "ratios": ratios, "prices": prices, "quality": quality}
PAGES = {
    "README.md": ("ratios", "quality", "prices"),
    "docs/numbers.md": ("benchmarks",),
    "docs/deploying.md": ("at rest",),
}


def page(results: Results) -> str:
    """Everything that was measured, as Markdown."""
    parts = [
        "# Results",
        "Written by `python -m benchmarks.report` from the JSON files beside it. Do not edit.",
        region(results),
        *(f"![{name}]({name}.svg)" for name in PLOTS if (results.folder / f"{name}.svg").exists()),
        *(f"## {TABLES[name]}\n\n{rows_table(results, name)}" for name in TABLES if rows_table(results, name)),
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


def _quality(row: Row | None) -> str:
    if row is None:
        return ""
    if row["weights"] == "random":
        return "none: random weights know nothing"
    said = [words.format(row["quality"][name]) for name, words in QUALITY.items() if name in row["quality"]]
    return ", ".join(said) or "gate off"


def _goals(found: Iterable[Goal]) -> str:
    lines = [[goal.name, _target(goal), _amount(goal.measured, goal.unit), goal.outcome] for goal in found]
    return table(["goal", "target", "measured", ""], lines)


def _target(goal: Goal) -> str:
    return f"at {'most' if goal.at_most else 'least'} {_amount(goal.target, goal.unit)}"


def _amount(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}".strip()


if __name__ == "__main__":
    main(measure, __doc__)
