"""The plots of docs/numbers.md, from result files. Draws, and decides nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.results import Results

matplotlib.use("svg")
# The same results give the same bytes.
matplotlib.rcParams.update({"svg.hashsalt": "model-router", "svg.fonttype": "none", "font.size": 9})
PHASES = {
    "interpreter": "#8d99ae",
    "imports": "#457b9d",
    "session": "#1d3557",
    "tokenizer": "#a8dadc",
    "first": "#e76f51",
}
NAMES = {"interpreter": "interpreter", "imports": "imports", "session": "model", "tokenizer": "tokenizer"}
OURS, THEIRS, BARE = "#e76f51", "#457b9d", "#8d99ae"
Row = dict[str, Any]


def draw(results: Results) -> list[Path]:
    """Write every plot whose results are there, as SVG into the results' folder."""
    written = []
    for name, plot in PLOTS.items():
        figure = plot(results)
        if figure is not None:
            path = results.folder / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
            plt.close(figure)
            written.append(path)
    return written


def cold(results: Results) -> Figure | None:
    """Bars of a cold start by phase, ours and the usual way, a panel for each model."""
    rows = [row for row in _both(results, "cold") if row["condition"] == "1 vCPU" and "phases_ms" in row]
    models = list(dict.fromkeys(row["model"] for row in rows))
    if not models:
        return None
    figure, panels = _panels(len(models), height=1.7)
    for panel, model in zip(panels, models, strict=True):
        ours = next(row for row in rows if row["model"] == model and row["side"] == "service")
        theirs = next(row for row in rows if row["model"] == model and row["side"] == ours["fastest_usual"])
        _phases(panel, [theirs, ours])
        panel.set_title(f"{model}: {ours['ratio']['median']:.1f} times", loc="left")
    panels[0].legend(ncols=3, fontsize=7, loc="upper right", frameon=False)
    panels[-1].set_xlabel("seconds from starting the process to the first answer, 1 vCPU")
    return figure


def _phases(panel: Axes, bars: list[Row]) -> None:
    labels = ["the usual way", "model-router"]
    left = [0.0, 0.0]
    for phase, colour in PHASES.items():
        extra = "other" if phase == "imports" else None
        widths = [(bar["phases_ms"].get(phase, 0) + bar["phases_ms"].get(extra, 0)) / 1000 for bar in bars]
        panel.barh(labels, widths, left=left, color=colour, label=NAMES.get(phase, "first answer"))
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for place, (end, bar) in enumerate(zip(left, bars, strict=True)):
        panel.text(end, place, f" {bar['median'] / 1000:.2f} s", va="center", fontsize=8)
    panel.margins(x=0.12)


def warm(results: Results) -> Figure | None:
    """Median latency over tokens, with the spread from least to p95, on one thread."""
    rows = [row for row in results.rows("warm") if row["threads"] == 1]
    models = list(dict.fromkeys(row["model"] for row in rows))
    if not models:
        return None
    figure, panels = _panels(len(models), height=2.4)
    for panel, model in zip(panels, models, strict=True):
        mine = [row for row in rows if row["model"] == model]
        for side, label, colour in (
            ("the usual way", "the usual way", THEIRS),
            ("service", "model-router", OURS),
            ("bare", "bare tokenise + run", BARE),
        ):
            _line(panel, [row for row in mine if row["side"] == side], label, colour)
        panel.set_title(model, loc="left")
        panel.set_ylabel("ms")
        panel.set_ylim(bottom=0)
    panels[0].legend(frameon=False)
    panels[-1].set_xlabel("tokens; line: median of calls, band: fastest to 95th percentile, one thread")
    return figure


def _line(panel: Axes, rows: list[Row], label: str, colour: str) -> None:
    rows = sorted(rows, key=lambda row: row["tokens"])
    tokens = [row["tokens"] for row in rows]
    panel.plot(tokens, [row["median"] for row in rows], color=colour, label=label, marker="o", markersize=3)
    panel.fill_between(tokens, [row["least"] for row in rows], [row["p95"] for row in rows], color=colour, alpha=0.15)


def memory(results: Results) -> Figure | None:
    """Peak memory, after the requests of `benchmarks.memory`."""
    rows = _both(results, "memory")
    chosen = {row["model"]: (row, row["fastest_usual"]) for row in rows if row["side"] == "service"}
    if not chosen:
        return None
    figure, panels = _panels(len(chosen), height=1.2)
    for panel, (model, (ours, fastest)) in zip(panels, chosen.items(), strict=True):
        theirs = next(row for row in rows if row["model"] == model and row["side"] == fastest)
        peaks = [theirs["peak_mb"], ours["peak_mb"]]
        panel.barh(["the usual way", "model-router"], peaks, color=[THEIRS, OURS])
        for place, peak in enumerate(peaks):
            panel.text(peak, place, f" {peak:.0f} MB", va="center", fontsize=8)
        panel.set_title(model, loc="left")
        panel.margins(x=0.12)
    panels[-1].set_xlabel("peak resident memory, MB")
    return figure


def throughput(results: Results) -> Figure | None:
    """Tokens a second beside the mean cosine to the float model, on one thread."""
    rows = [row for row in results.rows("throughput", threads=1) if "median" in row]
    if not rows:
        return None
    rows.sort(key=lambda row: row["median"])
    figure, panels = _panels(1, height=0.35 * len(rows) + 0.7)
    labels = ["model-router" if row["side"] == "service" else row["side"] for row in rows]
    colours = [OURS if row["side"] == "service" else THEIRS for row in rows]
    panels[0].barh(labels, [row["median"] for row in rows], color=colours)
    for place, row in enumerate(rows):
        panels[0].text(
            row["median"], place, f" {row['median']:.0f}, cosine {row['cosine_mean']:.4f}", va="center", fontsize=8
        )
    panels[0].set_xlabel("tokens a second, mixed lengths, one thread; mean cosine to the float model")
    panels[0].margins(x=0.25)
    return figure


def long_context(results: Results) -> Figure | None:
    """Seconds over the tokens read, and the line through the origin that fits best."""
    rows = results.rows("long_context")
    if not rows:
        return None
    figure, (panel,) = _panels(1, height=2.4)
    for threads, colour in ((1, OURS), (2, BARE)):
        mine = [row for row in rows if row["threads"] == threads]
        tokens, seconds = ([row[key] for row in mine] for key in ("tokens", "seconds"))
        slope = sum(x * y for x, y in zip(tokens, seconds, strict=True)) / sum(x * x for x in tokens)
        label = f"{threads} thread{'s' * (threads > 1)}: {slope * 1e6:.0f} ms per 1,000 tokens"
        panel.plot([0, max(tokens)], [0, slope * max(tokens)], color=colour, alpha=0.4)
        panel.plot(tokens, seconds, "o", color=colour, markersize=4, label=label)
    panel.legend(frameon=False)
    panel.set_ylabel("seconds")
    panel.set_xlabel(
        f"tokens read, in windows; the longest context has {max(r['characters'] for r in rows):,} characters"
    )
    return figure


def calibration(results: Results) -> Figure | None:
    """How often answers of a score are right, beside the score: on the diagonal they are equal."""
    rows = [row for row in results.rows("calibration") if "so" in row]
    if not rows:
        return None
    figure, (panel,) = _panels(1, height=3.2)
    panel.plot([0, 1], [0, 1], color=BARE, linewidth=1)
    for what, context in dict.fromkeys((row["what"], row["context"]) for row in rows):
        (whole,) = (row for row in results.rows("calibration", what=what, context=context) if "ece" in row)
        mine = [row for row in rows if (row["what"], row["context"]) == (what, context)]
        label = f"{what}, {context}: ECE {whole['ece']:.2f} of {whole['count']}"
        panel.plot([row["mean"] for row in mine], [row["so"] for row in mine], marker="o", markersize=4, label=label)
    panel.set_xlabel("score")
    panel.set_ylabel("share that is so")
    panel.legend(frameon=False, fontsize=7)
    return figure


def overload(results: Results) -> Figure | None:
    """Requests answered, and how long they took, over the load offered: one panel each, a line for each loop."""
    rows = [row for row in results.rows("overload") if row["latency_s"]]
    if not rows:
        return None
    figure, (answered, latency) = _panels(2, height=2.2)
    for loop, colour in (("closed", BARE), ("open", OURS)):
        mine = [row for row in rows if row["loop"] == loop]
        times = [row["times"] for row in mine]
        answered.plot(times, [row["answered_per_s"] for row in mine], color=colour, marker="o", label=f"{loop} loop")
        for which, style in (("median", "-"), ("p99", ":")):
            seconds = [row["latency_s"][which] for row in mine]
            latency.plot(times, seconds, style, color=colour, marker="o", markersize=3, label=f"{loop} loop, {which}")
    answered.set_ylabel("answered a second")
    answered.set_ylim(bottom=0)
    latency.set_ylabel("seconds")
    latency.set_xlabel("load, times what the stack answers with one client for each sandbox")
    for panel in (answered, latency):
        panel.legend(frameon=False, fontsize=7)
    return figure


def quality(results: Results) -> Figure | None:
    """F1 by file, a bar for each runtime and quantization."""
    rows = results.rows("quality")
    if not rows:
        return None
    names = list(dict.fromkeys(row["data"] for row in rows))
    kinds = list(dict.fromkeys((row["runtime"], row["quantization"]) for row in rows))
    figure, (panel,) = _panels(1, height=2.8)
    width = 0.8 / len(kinds)
    for place, kind in enumerate(kinds):
        heights = [row["f1"] for row in rows if (row["runtime"], row["quantization"]) == kind]
        label = " ".join(kind).replace(" none", " float")
        bars = panel.bar([i + place * width for i in range(len(names))], heights, width, label=label)
        panel.bar_label(bars, fmt="%.1f", fontsize=6)
    panel.set_xticks([i + 0.4 - width / 2 for i in range(len(names))], names)
    panel.set_ylabel("F1, %")
    panel.legend(ncols=len(kinds), fontsize=7, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    return figure


def _panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    figure, panels = plt.subplots(count, 1, figsize=(7, height * count), squeeze=False, layout="constrained")
    for panel in panels[:, 0]:
        panel.spines[["top", "right"]].set_visible(False)
    return figure, list(panels[:, 0])


def _both(results: Results, benchmark: str) -> list[Row]:
    return results.rows(benchmark) + results.rows(f"{benchmark}-large")


PLOTS: dict[str, Callable[[Results], Figure | None]] = {
    "cold": cold,
    "warm": warm,
    "memory": memory,
    "throughput": throughput,
    "long_context": long_context,
    "quality": quality,
    "overload": overload,
    "calibration": calibration,
}
