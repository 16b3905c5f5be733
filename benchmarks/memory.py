"""Peak resident memory after loading, after the first answer and after a hundred more, in fresh processes."""

from collections.abc import Iterator
from typing import Any

from benchmarks.command import Run, main
from benchmarks.inputs import requests
from benchmarks.process import Process
from benchmarks.spread import Spread, significant
from benchmarks.subjects import USUAL, Subject, subjects
from models.progress import bar, say

SIDES = ("service", *USUAL)
REQUESTS = 100


def measure(run: Run) -> None:
    """Measure every model, and keep the rows."""
    rows = [row for subject in subjects(large=run.large) for row in _rows(run, subject)]
    run.results.write(run.name("memory"), rows, unit="MB", requests=run.choose(REQUESTS, 10, 10), threads=1)


def _rows(run: Run, subject: Subject) -> Iterator[dict[str, Any]]:
    taken: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for side, found in bar(taken.items(), f"{subject.name}: memory"):
        for _ in range(run.choose(2, 1, 1) if side == "service" else 1):
            found.append(_memory(subject, side, run.choose(REQUESTS, 10, 10)))
    peaks = {side: Spread.of([found["peak_mb"] for found in taken[side]]).median for side in SIDES}
    say(f"{subject.name}: service {peaks['service']:.0f} MB")
    least = min(USUAL, key=lambda side: peaks[side])
    for side, found in taken.items():
        figures = {key: significant(Spread.of([each[key] for each in found]).median, 4) for key in found[0]}
        row = {**subject.facts(), "tokens": subject.entry.tokens, "side": side, **figures}
        if side == "service":
            row |= {"fastest_usual": least, "ratio": {"median": significant(peaks[least] / peaks[side], 4)}}
        yield row


def _memory(subject: Subject, side: str, calls: int) -> dict[str, float]:
    """Megabytes in one fresh process. `files_mb` is the part of what is resident that the kernel can drop and share."""
    first, *others = requests(subject.service, subject.artifact, subject.entry.tokens, 10)
    with Process(subject.side(side, 1), first) as process:
        after = [process.ask(request, calls // len(others) + 1)["memory"] for request in others][-1]
        return {
            "loaded_mb": process.start["loaded"]["peak_mb"],
            "first_mb": process.start["first"]["peak_mb"],
            "peak_mb": after["peak_mb"],
            "resident_mb": after["resident_mb"],
            "files_mb": after["files_mb"],
        }


if __name__ == "__main__":
    main(measure, __doc__, large=True)
