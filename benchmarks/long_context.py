"""The time that an answer from a long context takes, by its length: it should grow in proportion, and stay right.

    python -m benchmarks.long_context [--quick]

Filler from the gate's own texts, and the fact shortly before the end. Writes table and plot to `benchmarks/results/`.
"""

import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.command import Run, main
from benchmarks.results import ROOT
from models.build import build
from models.progress import bar
from models.texts import pairs
from services.question_answering.onnx_model import Model
from shared.catalog import Catalog

CATALOG = ROOT / "models" / "embedded" / "models.toml"
FACT = "The keeper of the old bridge at Tamsel is called Ottilie Brandt."
QUESTION = "Who is the keeper of the old bridge at Tamsel?"
ANSWER = "Ottilie Brandt"
AFTER = 900


def context_of(characters: int) -> str:
    """Paragraphs of so many characters, English first, with the fact near their end.

    Of all languages, because as in the pipeline the scores of an answer add up over the places where it stands: one
    language's paragraphs, six times over, would give what they say six votes.
    """
    paragraphs = [text.paragraph for text in sorted(pairs(), key=lambda text: text.language != "en")]
    filler = "\n\n".join(paragraphs * (characters // sum(map(len, paragraphs)) + 1))
    before = filler[: characters - AFTER - len(FACT) - 4]
    return f"{before}\n\n{FACT}\n\n{filler[:AFTER]}"


def row_of(model: Model, characters: int, repeats: int) -> dict[str, Any]:
    """One length, measured."""
    context = context_of(characters)
    request = {"question": [QUESTION], "context": [context]}
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        inference = model.infer(request)
        times.append(time.perf_counter() - began)
    answer = inference.result["results"][0]["answers"][0]
    return {
        "characters": len(context),
        "tokens": inference.tokens,
        "seconds": round(statistics.median(times), 4),
        "right": answer["answer"] == ANSWER and answer["start"] == context.index(ANSWER),
        "model_share": round(inference.ms["model"] / sum(inference.ms.values()), 4),
    }


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Seconds by characters, and the straight line that fits best."""
    lengths, seconds = (np.array([row[key] for row in rows], dtype=float) for key in ("characters", "seconds"))
    slope, offset = np.polyfit(lengths, seconds, 1)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(
        lengths, slope * lengths + offset, color="0.7", label=f"{1000 * slope * 1000:.0f} ms per 1,000 characters"
    )
    axes.plot(lengths, seconds, "o", label="measured")
    axes.set_xlabel("characters of context")
    axes.set_ylabel("seconds")
    axes.legend()
    figure.savefig(path, dpi=150)


def measure(run: Run) -> None:
    """Measure all lengths, and keep table and plot."""
    lengths = run.choose(
        [2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000], [2_500, 10_000], [2_500, 10_000]
    )
    (artifact,) = build(Catalog.read(CATALOG), ["qa"], ROOT)
    threads = os.cpu_count() or 1
    model = Model.load(artifact, threads)
    row_of(model, 2_500, 1)
    rows = [row_of(model, characters, run.choose(3, 1, 3)) for characters in bar(lengths, "long contexts")]
    path = run.results.write("long_context", rows, unit="s", threads=threads)
    plot(rows, path.with_suffix(".png"))


if __name__ == "__main__":
    main(measure, __doc__)
