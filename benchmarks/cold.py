"""Cold start: from starting the process to its first answer, by phase, each time in a fresh process.

Under one processor's quota, as a Lambda function of 1,769 MB has it, with the files in the page cache and pushed out of
it; and under memory limits. What starts Lambda's own runtime client is on both sides alike, and left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.command import Run, main
from benchmarks.inputs import Request, requests
from benchmarks.limits import limit
from benchmarks.process import Died, Process, forget
from benchmarks.spread import Spread, ratio, significant
from benchmarks.subjects import USUAL, Subject, subjects
from models.progress import bar, say

PLAIN = USUAL[0]
MEMORY_MB = (512, 1024, 1769)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What a process starts under. `cached` is whether its files are in the page cache."""

    name: str
    cpus: int = 1
    memory_mb: int | None = None
    cached: bool = True


WARM_CACHE = Condition(name="1 vCPU")
COLD_CACHE = Condition(name="1 vCPU, page cache dropped", cached=False)
TWO = Condition(name="2 vCPU, page cache dropped", cpus=2, cached=False)
LIMITED = tuple(Condition(name=f"1 vCPU, {mb} MB", memory_mb=mb) for mb in MEMORY_MB)


def measure(run: Run) -> None:
    """Measure every model under every condition, and keep the rows."""
    rows = [row for subject in subjects(large=run.large) for row in _rows(run, subject)]
    run.results.write(run.name("cold"), rows, unit="ms")


def _rows(run: Run, subject: Subject) -> Iterator[dict[str, Any]]:
    request = requests(subject.service, subject.artifact, subject.entry.tokens, 1)[0]
    starts = Starts(subject, request)
    for side in bar(("service", PLAIN), f"{subject.name}: filling the page cache"):
        starts.files_of(side)
    yield from starts.compare(WARM_CACHE, ("service", *USUAL), run.choose(5, 1, 3))
    for condition in run.choose(LIMITED, LIMITED[:1], ()):
        yield from starts.compare(condition, ("service", PLAIN), 1)
    yield from starts.compare(COLD_CACHE, ("service", PLAIN), run.choose(2, 1, 1))
    yield from starts.compare(TWO, ("service", PLAIN), run.choose(1, 1, 2))


class Starts:
    """Starts one model's sides, over and over."""

    def __init__(self, subject: Subject, request: Request) -> None:
        self._subject = subject
        self._request = request
        self._files: dict[str, list[str]] = {}

    def compare(self, condition: Condition, sides: Iterable[str], rounds: int) -> Iterator[dict[str, Any]]:
        """A row for each side, from `rounds` in which each starts once."""
        label = f"{self._subject.name}, {condition.name}"
        starts: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
        for _ in bar(range(rounds), label):
            for side, found in starts.items():
                found.append(self._start(side, condition))
        facts = {**self._subject.facts(), "tokens": self._subject.entry.tokens, "condition": condition.name}
        yield from ({**facts, **row} for row in _compared(starts))
        say(f"{label}: service {_totals(starts['service'])} ms")

    def _start(self, side: str, condition: Condition) -> dict[str, Any]:
        """What a process said when it had answered; or how it died."""
        chosen = self._subject.side(side, condition.cpus)
        if not condition.cached:
            forget(self.files_of(side))
        try:
            with limit(condition.cpus, condition.memory_mb) as under, Process(chosen, self._request, limit=under) as p:
                return {**p.start, "limit": under.kind}
        except (Died, PermissionError) as problem:
            return {"died": str(problem)}

    def files_of(self, side: str) -> list[str]:
        """Every file that a side reads or maps until its first answer; they are in the page cache afterwards."""
        if side not in self._files:
            with Process(self._subject.side(side, 1), self._request, list_files=True) as process:
                self._files[side] = process.start["files"]
        return self._files[side]


def _totals(starts: list[dict[str, Any]]) -> str:
    return ", ".join(f"{start['total_ms']:.0f}" if "total_ms" in start else start["died"] for start in starts)


def _compared(starts: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """A row for each side; the service's compares it with the fastest of the usual way's that started."""
    totals = {side: [start["total_ms"] for start in found if "total_ms" in start] for side, found in starts.items()}
    whole = {side: values for side, values in totals.items() if len(values) == len(starts[side])}
    rivals = [side for side in whole if side in USUAL]
    for side, found in starts.items():
        if side not in whole:
            yield {"side": side, "died": next(start["died"] for start in found if "died" in start)}
            continue
        row = {"side": side, "limit": found[0]["limit"], **Spread.of(totals[side]).to_json(), **_detail(found)}
        if side == "service" and rivals:
            fastest = min(rivals, key=lambda name: Spread.of(whole[name]).median)
            row |= {"fastest_usual": fastest, "ratio": ratio([[t] for t in whole[fastest]], [[t] for t in whole[side]])}
        yield row


def _detail(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the phases, of what was read from disk, and of the memory after the first answer."""
    phases = {phase: _median([start["ms"][phase] for start in found]) for phase in found[0]["ms"]}
    first = {key: _median([start["first"][key] for start in found]) for key in ("peak_mb", "disk_mb")}
    return {"phases_ms": phases, "cpu_median": _median([start["cpu_ms"] for start in found]), **first}


def _median(values: list[float]) -> float:
    return significant(Spread.of(values).median, 4)


if __name__ == "__main__":
    main(measure, __doc__, large=True)
