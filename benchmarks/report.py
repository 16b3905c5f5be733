"""Turns result files into what people read: `results/README.md`, the plots, and the README's own regions.

No figure is typed: each comes from a result file, and `is_current` says whether a README still holds what they say.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.command import Run, main
from benchmarks.goals import RATIOS, TITLES, Goal, goals, usual
from benchmarks.plots import PLOTS, draw
from benchmarks.results import FULL, ROOT, Results
from benchmarks.tables import TABLES, duration, rows_table, table
from models.progress import say

README = ROOT / "README.md"
# What a region of a README begins with, by what it holds, and what it ends with.
MARKS = {
    "numbers": "<!-- benchmarks: python -m benchmarks.report -->",
    "at rest": "<!-- at rest: python -m benchmarks.report -->",
}
END = "<!-- end of benchmarks -->"
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
    """Write the plots, the results' own README, and the README's regions."""
    results = run.results
    for path in [*draw(results), write(results)]:
        say(f"wrote {path.relative_to(ROOT)}")
    if not run.quick:
        README.write_text(renewed(README.read_text(encoding="utf-8"), results), encoding="utf-8")


def write(results: Results) -> Path:
    """The page of all tables."""
    path = results.folder / "README.md"
    path.write_text(page(results), encoding="utf-8")
    return path


def renewed(text: str, results: Results) -> str:
    """A README with what stands between its marks written anew. Raises ValueError where a mark is missing."""
    for name, mark in MARKS.items():
        before, begin, rest = text.partition(mark)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"the text has no region from {mark} to {END}")
        text = f"{before}{mark}\n{REGIONS[name](results)}\n{END}{after}"
    return text


def is_current(text: str, results: Results | None = None) -> bool:
    """Whether every figure in a README's regions is what the result files say."""
    return renewed(text, results or Results(FULL)) == text


def region(results: Results) -> str:
    """What the README quotes: the machine, the ratios, and a line for each goal."""
    return "\n\n".join([_machine(results), _ratios(results), _goals(goals(results))])


def at_rest(results: Results) -> str:
    """What a deployment costs while nobody uses it."""
    lines = [[row["what"], f"{row['quantity']:,}", f"{row['usd']:.2f}"] for row in results.rows("at_rest")]
    return table(["a month of 30 days", "how many", "USD"], lines)


REGIONS = {"numbers": region, "at rest": at_rest}


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
