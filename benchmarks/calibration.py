"""Whether scores are probabilities: how often answers of a score are right, in a paragraph and in 12,000 characters.

    python -m benchmarks.calibration --data FILE...

Asks the embedded reader the questions of files in SQuAD's format. An answer is right where its F1 is at least one half;
a question without an answer in its paragraph is one for the no-answer score. The expected calibration error is that of
Naeini et al. (2015), over ten bins of equal width; the Brier score is the mean square of the error.
"""

import argparse
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.command import Run
from benchmarks.long_quality import long_questions
from benchmarks.results import ROOT
from benchmarks.spread import significant
from benchmarks.squad import Question, f1, read
from benchmarks.subjects import EMBEDDED
from models.progress import bar, say
from shared.catalog import Catalog
from shared.contract import Model, load

MODEL = "qa"
BINS = 10
RIGHT_F1 = 0.5
# What is compared: a score of the best answer where there is one, of no answer where there may be none.
ANSWER, NO_ANSWER = "score", "no_answer_score"
SHORT, LONG = "paragraph", "12,000 characters"


@dataclass(frozen=True)
class Judged:
    """A probability, and whether what it is of was so."""

    probability: float
    is_so: bool


def ask(model: Model, question: Question, context: str) -> dict[str, Judged]:
    """Ask one question; return its best answer's score and its no-answer score, each beside what is so."""
    request = {"question": [question.question], "context": [context]}
    result = model.infer(request).result["results"][0]
    best = result["answers"][0]
    is_right = bool(question.answers) and f1(best["answer"], question.answers) >= RIGHT_F1
    return {
        ANSWER: Judged(best["score"], is_right),
        NO_ANSWER: Judged(result["no_answer_score"], not question.answers),
    }


def rows_of(what: str, context: str, judged: Sequence[Judged]) -> Iterator[dict[str, Any]]:
    """Yield one row for all, with its errors, and one for each bin that holds some."""
    brier = statistics.mean((one.probability - one.is_so) ** 2 for one in judged)
    facts: dict[str, Any] = {"what": what, "context": context}
    bins: list[dict[str, Any]] = []
    for number in range(BINS):
        inside = [one for one in judged if min(int(one.probability * BINS), BINS - 1) == number]
        if inside:
            mean = statistics.mean(one.probability for one in inside)
            so = statistics.mean(one.is_so for one in inside)
            bins.append({**facts, "count": len(inside), "mean": significant(mean, 3), "so": significant(so, 3)})
    error = sum(row["count"] * abs(row["mean"] - row["so"]) for row in bins) / len(judged)
    yield {**facts, "count": len(judged), "ece": significant(error, 3), "brier": significant(brier, 3)}
    yield from bins


def measure(run: Run, files: Sequence[Path], count: int) -> None:
    """Ask so many questions of each file in both contexts, and keep the rows."""
    model = load(Catalog.read(EMBEDDED).artifact(MODEL, ROOT), 1)
    judged: dict[tuple[str, str], list[Judged]] = {}
    for path in files:
        questions = read(path)
        for question in bar(
            random.Random(0).sample(questions, min(2 * count, len(questions))), f"{path.stem}, {SHORT}"
        ):
            for what, one in ask(model, question, question.context).items():
                judged.setdefault((what, SHORT), []).append(one)
        for question, context in bar(list(long_questions(questions, count)), f"{path.stem}, {LONG}"):
            judged.setdefault((ANSWER, LONG), []).append(ask(model, question, context)[ANSWER])
    rows = [row for (what, context), found in judged.items() for row in rows_of(what, context, found)]
    for row in rows:
        if "ece" in row:
            say(f"{row['what']}, {row['context']}: {row['count']} questions, ECE {row['ece']}, Brier {row['brier']}")
    run.results.write("calibration", rows, unit="questions", data=[path.stem for path in files])


def main() -> None:
    """Measure, and keep what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE", help="files in SQuAD's format")
    parser.add_argument("--count", type=int, default=150, help="questions per file (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="keep the results apart")
    chosen = parser.parse_args()
    measure(Run(quick=chosen.quick, large=False), chosen.data, chosen.count)


if __name__ == "__main__":
    main()
