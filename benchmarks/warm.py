"""Warm latency: the service (handler in, handler out), bare tokenise and `session.run`, and the usual way.

All sides are processes that live side by side and take turns in short bursts, so that a machine that slows down slows
all of them.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.command import Run, main
from benchmarks.inputs import Request, requests
from benchmarks.process import Process
from benchmarks.spread import Spread, flat, ratio
from benchmarks.subjects import USUAL, Subject, subjects
from models.progress import bar, say

SIDES = ("service", "bare", *USUAL)
# All of the usual way's variants at a model's usual length; elsewhere the plain one, to keep a run short.
ELSEWHERE = ("service", "bare", USUAL[0])
LENGTHS = (16, 64, 128, 256, 512)
THREADS = (1, 2)
# A pool's threads spin for tens of milliseconds after their last work, on a core that the next side would have.
REST_S = 0.1

# Of each side and round, the milliseconds of each call.
Turns = dict[str, list[list[float]]]


def measure(run: Run) -> None:
    """Measure every model, length and number of threads, and keep the rows."""
    rows = [row for subject in subjects(large=run.large) for threads in THREADS for row in _rows(run, subject, threads)]
    run.results.write(run.name("warm"), rows, unit="ms")


def _rows(run: Run, subject: Subject, threads: int) -> Iterator[dict[str, Any]]:
    usual = subject.entry.tokens
    lengths = {tokens for tokens in run.choose(LENGTHS, (), ()) if tokens <= subject.manifest.max_tokens}
    texts = {tokens: requests(subject.service, subject.artifact, tokens, 8) for tokens in {*lengths, usual}}
    with ExitStack() as stack:
        sides = {
            name: stack.enter_context(Process(subject.side(name, threads), texts[usual][0]))
            for name in bar(SIDES, f"{subject.name}: starting")
        }
        for tokens in sorted(texts):
            chosen = sides if tokens == usual else {name: sides[name] for name in ELSEWHERE}
            rounds = run.choose(20 if tokens == usual else 8, 3, 4)
            label = f"{subject.name}, {threads} threads, {tokens} tokens"
            rest_s = REST_S if threads > 1 else 0
            taken, worked = _turns(chosen, texts[tokens], rounds, run.choose(4, 4, 2), label, rest_s)
            where = {**subject.facts(), "threads": threads, "tokens": tokens, "usual": tokens == usual}
            yield from ({**where, **row} for row in _compared(taken, worked))
            say(f"{label}: service {Spread.of(flat(taken['service'])).median:.1f} ms")


def _turns(
    sides: dict[str, Process], texts: list[Request], rounds: int, burst: int, label: str, rest_s: float
) -> tuple[Turns, Turns]:
    """What each side's calls took, on the clock and on all processors: in every round a burst of calls each.

    A burst begins after a rest, and its first call is not counted: it finds another's caches.
    """
    taken: Turns = {name: [] for name in sides}
    worked: Turns = {name: [] for name in sides}
    for number in bar(range(rounds), label):
        for name, side in sides.items():
            time.sleep(rest_s)
            reply = side.ask(texts[number % len(texts)], burst)
            taken[name].append(reply["ms"][1:])
            worked[name].append(reply["cpu_ms"][1:])
    return taken, worked


def _compared(taken: Turns, worked: Turns) -> Iterator[dict[str, Any]]:
    """A row for each side; the service's says how it compares."""
    rivals = [name for name in USUAL if name in taken]
    fastest = min(rivals, key=lambda name: Spread.of(flat(taken[name])).median)
    for name, rounds in taken.items():
        cpu = {"cpu_median": Spread.of(flat(worked[name])).to_json()["median"]}
        row = {"side": name, **Spread.of(flat(rounds)).to_json(), **cpu}
        if name == "service":
            usual = {"fastest_usual": fastest, "ratio": ratio(taken[fastest], rounds)}
            row |= {
                **usual,
                "cpu_ratio": ratio(worked[fastest], worked[name]),
                "over_bare": ratio(rounds, taken["bare"]),
            }
        yield row


if __name__ == "__main__":
    main(measure, __doc__, large=True)
