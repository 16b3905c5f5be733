"""F1 of answers in long contexts, ranked by the best window and by the sum over windows, on files in SQuAD's format.

    python -m benchmarks.long_quality --data FILE... [--catalog models/embedded/models.toml] [--model qa]

Each question is asked of its own paragraph, and of some 12,000 characters of the paragraphs around it. Prints F1, and
how right answers are by their score: a calibrated score of 0.7 is right seven times in ten.
"""

import argparse
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import ROOT
from benchmarks.squad import Question, f1, read
from models.progress import bar
from shared.catalog import Catalog
from shared.contract import Model, load

CHARACTERS = 12_000
RANKINGS = ("best", "sum")
BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01))


@dataclass(frozen=True)
class Answered:
    """An answer's score, and how near its text is to the references."""

    score: float
    f1: float


def long_questions(questions: Sequence[Question], count: int) -> Iterator[tuple[Question, str]]:
    """Yield `count` answerable questions, drawn with a fixed seed, each with a long context around its paragraph."""
    paragraphs = list(dict.fromkeys(question.context for question in questions))
    place = {paragraph: index for index, paragraph in enumerate(paragraphs)}
    chosen = random.Random(0)
    answerable = [question for question in questions if question.answers]
    for question in chosen.sample(answerable, min(count, len(answerable))):
        first = last = place[question.context]
        while sum(map(len, paragraphs[first : last + 1])) < CHARACTERS and last - first < len(paragraphs) - 1:
            if first > 0 and (last == len(paragraphs) - 1 or chosen.random() < 0.5):
                first -= 1
            else:
                last += 1
        yield question, "\n\n".join(paragraphs[first : last + 1])


def ask(model: Model, question: Question, context: str, ranking: str) -> Answered:
    """Ask one question, and compare its best answer with the references."""
    request = {"question": [question.question], "context": [context], "ranking": ranking}
    answers = model.infer(request).result["results"][0]["answers"]
    return Answered(answers[0]["score"], f1(answers[0]["answer"], question.answers)) if answers else Answered(0.0, 0.0)


def mean_f1(found: Sequence[Answered]) -> float:
    """Return the mean F1 in percent."""
    return 100 * statistics.mean(answered.f1 for answered in found)


def measure(model: Model, files: Sequence[Path], count: int) -> Iterator[str]:
    """Yield a line on each file, then one on each range of scores over all files."""
    everything: dict[str, list[Answered]] = {ranking: [] for ranking in RANKINGS}
    for path in files:
        found: dict[str, list[Answered]] = {name: [] for name in ("paragraph", *RANKINGS)}
        for question, context in bar(list(long_questions(read(path), count)), path.stem):
            found["paragraph"].append(ask(model, question, question.context, "best"))
            for ranking in RANKINGS:
                found[ranking].append(ask(model, question, context, ranking))
        figures = ", ".join(f"{name} {mean_f1(answers):.1f}" for name, answers in found.items())
        yield f"{path.stem}: {len(found['best'])} questions, F1: {figures}"
        for ranking in RANKINGS:
            everything[ranking] += found[ranking]
    for ranking, answers in everything.items():
        for low, high in BINS:
            inside = [answered for answered in answers if low <= answered.score < high]
            if inside:
                score = statistics.mean(answered.score for answered in inside)
                yield f"{ranking}: {len(inside)} answers of mean score {score:.2f} have F1 {mean_f1(inside):.0f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_quality", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE", help="files in SQuAD's format")
    parser.add_argument("--catalog", type=Path, default=ROOT / "models" / "embedded" / "models.toml")
    parser.add_argument("--model", default="qa", help="the catalog's entry (default: %(default)s)")
    parser.add_argument("--count", type=int, default=150, help="questions per file (default: %(default)s)")
    chosen = parser.parse_args()
    model = load(Catalog.read(chosen.catalog).artifact(chosen.model, ROOT), 1)
    for line in measure(model, chosen.data, chosen.count):
        print(line, flush=True)


if __name__ == "__main__":
    main()
