"""The measured process, started by `benchmarks.process`: loads one side, answers once, says how long each phase took,
then answers what it is asked over a pipe.

It imports as little as it can before the side does: what it takes is part of every side's start.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

BEGAN = time.monotonic()

Answer = Callable[[dict[str, Any]], Any]


class Clock:
    """Milliseconds by phase since the process was started."""

    def __init__(self, started: float) -> None:
        self._last = self._started = started
        self._inside_s = 0.0
        self.ms: dict[str, float] = {}

    def lap(self, phase: str, at: float | None = None) -> None:
        """What passed since the last lap was `phase`."""
        now = time.monotonic() if at is None else at
        self.ms[phase] = self.ms.get(phase, 0.0) + (now - self._last) * 1000
        self._last = now

    @contextmanager
    def inside(self, phase: str) -> Iterator[None]:
        """A phase within the lap or the phase that is going on, to be taken off it."""
        began, others = time.monotonic(), self._inside_s
        yield
        passed = time.monotonic() - began - (self._inside_s - others)
        self.ms[phase] = self.ms.get(phase, 0.0) + passed * 1000
        self._last += passed
        self._inside_s += passed

    @property
    def total_ms(self) -> float:
        return (self._last - self._started) * 1000


def main(order: dict[str, Any], clock: Clock, pipe: TextIO) -> None:
    """Load, answer the first request, report; then a line in, a line out, until the input ends."""
    import importlib
    import json

    def say(message: dict[str, Any]) -> None:
        print(json.dumps(message, default=lambda array: array.tolist()), file=pipe, flush=True)

    side = importlib.import_module(order["side"])
    answer: Answer = side.load(order["options"], clock)
    loaded = memory()
    clock.lap("other")
    first = answer(order["request"])
    clock.lap("first")
    cpu_ms = time.process_time() * 1000
    files = touched(order["options"]) if order["list_files"] else []
    took = {"ms": clock.ms, "total_ms": clock.total_ms, "cpu_ms": cpu_ms}
    say({**took, "loaded": loaded, "first": memory(), "answer": first, "files": files})
    for line in sys.stdin:
        asked = json.loads(line)
        say(timed(answer, asked["request"], asked["calls"]) | {"memory": memory()})


def timed(answer: Answer, request: dict[str, Any], calls: int) -> dict[str, Any]:
    """The milliseconds that each of `calls` answers took, on the clock and on all processors, and the last answer."""
    ms, cpu_ms, last = [], [], None
    for _ in range(calls):
        began, worked = time.perf_counter(), time.process_time()
        last = answer(request)
        ms.append((time.perf_counter() - began) * 1000)
        cpu_ms.append((time.process_time() - worked) * 1000)
    return {"ms": ms, "cpu_ms": cpu_ms, "answer": last}


def memory() -> dict[str, float]:
    """Resident memory in MB, of it what is mapped from files; its peak; and the MB read from disk so far."""
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    with open("/proc/self/io") as counters:
        read = dict(line.split(":", 1) for line in counters)
    kb = {key: float(fields[key].split()[0]) for key in ("VmHWM", "VmRSS", "RssFile")}
    return {
        "peak_mb": kb["VmHWM"] / 1024,
        "resident_mb": kb["VmRSS"] / 1024,
        "files_mb": kb["RssFile"] / 1024,
        "disk_mb": float(read["read_bytes"]) / 2**20,
    }


def touched(options: dict[str, Any]) -> list[str]:
    """Every file that this process read or mapped, for the caller to push out of the page cache."""
    import os

    with open("/proc/self/maps") as maps:
        mapped = {line.split(None, 5)[5].strip() for line in maps if "/" in line}
    modules = [vars(module) for module in list(sys.modules.values())]  # some have no attributes but what they make up
    sources = {str(names[key]) for names in modules for key in ("__file__", "__cached__") if names.get(key)}
    weights = {entry.path for name in ("artifact", "checkpoint") for entry in os.scandir(options[name])}
    return sorted(path for path in mapped | sources | weights if os.path.isfile(path))


if __name__ == "__main__":
    import json
    import os

    order = json.loads(sys.argv[1])
    clock = Clock(float(os.environ["SPAWNED"]))
    clock.lap("interpreter", BEGAN)
    # What a side prints (the service logs a line for each request) must not mix with what it reports.
    main(order, clock, os.fdopen(order["pipe"], "w"))
