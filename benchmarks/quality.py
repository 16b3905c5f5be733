"""Exact match and F1 of a question-answering entry on files in SQuAD's format, for each runtime and quantization.

    python -m benchmarks.quality --data FILE... [--catalog models/embedded/models.toml] [--model qa]

Files with unanswerable questions are asked with `allow_no_answer`. Prints a table, and keeps it with a plot below
`build/benchmarks/` (`--out` for elsewhere). Metrics: benchmarks/squad.py.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.plots import draw
from benchmarks.results import ROOT, Results
from benchmarks.squad import Question, Score, read
from benchmarks.tables import COLUMNS, table
from models.build import build
from models.progress import bar, say
from shared.catalog import Catalog, Spec
from shared.contract import Model, load

VARIANTS = (("torch", "none"), ("onnx", "none"), ("onnx", "mixed"), ("onnx", "int8"))
# No variant is refused: what each costs in quality is what is measured here.
OPEN_GATE = {"same_answer": 0.0, "mean_score_drift": 1.0, "mean_null_drift": 1.0}
# SQuAD's own evaluation allows answers of 30 tokens.
ANSWER_TOKENS = 30
QUESTIONS_PER_REQUEST = 16


def variants(catalog: Catalog, model_id: str) -> Catalog:
    """A catalog of its own that holds the entry once for each runtime and quantization."""
    entry = catalog[model_id]
    kind, _, place = entry.source.partition(":")
    source = f"file:{(catalog.path.parent / place).resolve()}" if kind == "file" else entry.source
    specs = tuple(_variant(entry, source, runtime, quantize) for runtime, quantize in VARIANTS)
    return Catalog(ROOT / "build" / "benchmarks" / f"quality-{catalog.name}.toml", specs)


def _variant(entry: Spec, source: str, runtime: str, quantize: str) -> Spec:
    changes = {"id": f"{entry.id}-{runtime}-{quantize}", "source": source, "gate": OPEN_GATE}
    return entry.model_copy(update={**changes, "runtime": runtime, "quantize": quantize})


def answers(model: Model, questions: Sequence[Question], label: str) -> Iterator[str]:
    """The top answer to each question; "" where the model says that there is none."""
    nullable = any(not question.answers for question in questions)
    for i in bar(range(0, len(questions), QUESTIONS_PER_REQUEST), label):
        asked = questions[i : i + QUESTIONS_PER_REQUEST]
        request = {
            "question": [question.question for question in asked],
            "context": [question.context for question in asked],
            "max_answer_len": ANSWER_TOKENS,
            "allow_no_answer": nullable,
        }
        for result in model.infer(request).result["results"]:
            yield result["answers"][0]["answer"] if result["answers"] else ""


def measure(catalog: Catalog, files: Sequence[Path], threads: int) -> Iterator[dict[str, Any]]:
    """A row for each file and variant, as it is measured."""
    for spec, artifact in zip(catalog, build(catalog, [], ROOT), strict=True):
        model = load(artifact, threads)
        for path in files:
            questions = read(path)
            found = list(answers(model, questions, f"{path.stem} {spec.id}"))
            row: dict[str, Any] = {"data": path.stem, "runtime": spec.runtime, "quantization": spec.quantize}
            row |= asdict(Score.of(questions, found))
            say(f"{path.stem} {spec.id}: F1 {row['f1']:.2f}")
            yield row


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    columns = COLUMNS["quality"].split()
    return table([column.replace("_", " ") for column in columns], [[_cell(row[c]) for c in columns] for row in rows])


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", nargs="+", type=Path, required=True, metavar="FILE", help="in SQuAD's format")
    parser.add_argument("--catalog", type=Path, default=ROOT / "models" / "embedded" / "models.toml")
    parser.add_argument("--model", default="qa", help="an entry of the catalog (default: qa)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    rows = list(measure(variants(Catalog.read(chosen.catalog), chosen.model), chosen.data, chosen.threads))
    rows.sort(key=lambda row: chosen.data.index(next(path for path in chosen.data if path.stem == row["data"])))
    print(summary(rows))
    results = Results(chosen.out)
    results.write("quality", rows, model=chosen.model, threads=chosen.threads)
    draw(results)


if __name__ == "__main__":
    main()
