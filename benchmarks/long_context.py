"""The time that an answer from a long context takes, by its length: it should grow in proportion, and stay right.

    python -m benchmarks.long_context [--quick]

Filler from the gate's own texts, and the fact shortly before the end.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.command import Run, main
from benchmarks.results import ROOT
from benchmarks.subjects import EMBEDDED
from benchmarks.warm import REST_S, THREADS
from models.build import build
from models.progress import bar
from models.texts import pairs
from shared.catalog import Catalog
from shared.contract import Inference, Model, load

FACT = "The keeper of the old bridge at Tamsel is called Ottilie Brandt."
QUESTION = "Who is the keeper of the old bridge at Tamsel?"
ANSWER = "Ottilie Brandt"
AFTER = 900
LENGTHS = (2_500, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000)


def context_of(characters: int) -> str:
    """Paragraphs of so many characters, English first, with the fact near their end.

    Of all languages, because as in the pipeline the scores of an answer add up over the places where it stands: one
    language's paragraphs, six times over, would give what they say six votes.
    """
    paragraphs = [text.paragraph for text in sorted(pairs(), key=lambda text: text.language != "en")]
    filler = "\n\n".join(paragraphs * (characters // sum(map(len, paragraphs)) + 1))
    before = filler[: characters - AFTER - len(FACT) - 4]
    return f"{before}\n\n{FACT}\n\n{filler[:AFTER]}"


def rows_of(models: dict[int, Model], characters: int, repeats: int) -> Iterator[dict[str, Any]]:
    """One length, measured by each model in turn: they differ in their threads."""
    context = context_of(characters)
    request = {"question": [QUESTION], "context": [context]}
    seconds: dict[int, list[float]] = {threads: [] for threads in models}
    found: dict[int, Inference] = {}
    for _ in range(repeats):
        for threads, model in models.items():
            time.sleep(REST_S)
            began = time.perf_counter()
            found[threads] = model.infer(request)
            seconds[threads].append(time.perf_counter() - began)
    for threads, inference in found.items():
        answer = inference.result["results"][0]["answers"][0]
        yield {
            "threads": threads,
            "characters": len(context),
            "tokens": inference.tokens,
            "seconds": round(statistics.median(seconds[threads]), 4),
            "right": answer["answer"] == ANSWER and answer["start"] == context.index(ANSWER),
            "model_share": round(inference.ms["model"] / sum(inference.ms.values()), 4),
        }


def measure(run: Run) -> None:
    """Measure all lengths, and keep the rows."""
    lengths = run.choose(LENGTHS, LENGTHS[:2], LENGTHS)
    (artifact,) = build(Catalog.read(EMBEDDED), ["qa"], ROOT)
    models = {threads: load(artifact, threads) for threads in THREADS}
    list(rows_of(models, LENGTHS[0], 1))
    repeats = run.choose(3, 1, 3)
    rows = [row for characters in bar(lengths, "long contexts") for row in rows_of(models, characters, repeats)]
    run.results.write("long_context", sorted(rows, key=lambda row: row["threads"]), unit="s")


if __name__ == "__main__":
    main(measure, __doc__)
