"""How light the router is: its cold import, what each dependency costs of it, its own time for a question, its fan-out.

Each figure is taken in fresh processes, with the whole machine and with the processor share of a function of 512 MB.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.command import Run, main
from benchmarks.limits import Limit, limit
from benchmarks.machine import MB_PER_VCPU
from benchmarks.results import ROOT
from benchmarks.router_probe import served
from models.progress import bar, say

ROUTER_MB = 512
PACKAGES = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \| +([\w.]+)$", re.MULTILINE)
NAMED = (
    "router",
    "shared",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "boto3",
    "botocore",
    "s3transfer",
    "urllib3",
)


def measure(run: Run) -> None:
    """Measure all of it, and keep the rows."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Path(folder, "served.json")
        catalog.write_bytes(served())
        probe = Probe(catalog)
        rows = [*_starts(run, probe), *_table(run, probe), *_asked(run, probe), *_fanned(run, probe)]
    run.results.write("router", rows, unit="ms")
    for row in rows:
        say(json.dumps(row))


class Probe:
    """Runs parts of the router in fresh processes, in the environment that Lambda gives it."""

    def __init__(self, catalog: Path) -> None:
        self._environ = {
            "PATH": os.environ["PATH"],
            "CATALOG": str(catalog),
            "MODEL_FUNCTION": "model-router-bench-{id}",
            "AUTH": "none",
            "AWS_LAMBDA_FUNCTION_NAME": "model-router-bench-router",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        }

    def run(self, *arguments: str, under: Limit) -> "subprocess.CompletedProcess[str]":
        """One process with these arguments of the interpreter, under a limit."""
        return subprocess.run(
            under.around([sys.executable, *arguments]),
            cwd=ROOT,
            env=self._environ,
            input="start\n",
            capture_output=True,
            text=True,
            check=True,
        )

    def ask(self, *arguments: str, under: Limit) -> Any:
        """What the probe module says on its last line."""
        return json.loads(self.run("-m", "benchmarks.router_probe", *arguments, under=under).stdout.splitlines()[-1])


def _shares() -> Iterator[tuple[str, float]]:
    yield "whole machine", float(len(os.sched_getaffinity(0)))
    yield f"{ROUTER_MB} MB", ROUTER_MB / MB_PER_VCPU


def _each(label: str, run: Run, take: Callable[[Limit], Any], rounds: int) -> Iterator[dict[str, Any]]:
    for name, cpus in _shares():
        with limit(cpus) as under:
            taken = [take(under) for _ in bar(range(rounds), f"{label}, {name}")]
        yield {"figure": label, "condition": name, "limit": under.kind, **_spread(taken)}


def _spread(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {"p50": round(statistics.median(ordered), 3), "least": round(ordered[0], 3), "most": round(ordered[-1], 3)}


def _starts(run: Run, probe: Probe) -> Iterator[dict[str, Any]]:
    """From before the import of the handler until its client is ready; the interpreter's own start is left out."""
    rounds = run.choose(15, 2, 15)
    yield from _each("cold import", run, lambda under: probe.ask("import", under=under), rounds)
    yield from _each("cold import, processor time", run, lambda under: probe.ask("import-cpu", under=under), rounds)


def _table(run: Run, probe: Probe) -> Iterator[dict[str, Any]]:
    """What each package's modules take by themselves, and what is left for building the app and its client."""
    taken: dict[str, list[float]] = defaultdict(list)
    with limit(float(len(os.sched_getaffinity(0)))) as under:
        for _ in bar(range(run.choose(9, 2, 9)), "imports"):
            times = probe.run("-X", "importtime", "-c", "import router.handler", under=under).stderr
            for name, total in _by_package(times).items():
                taken[name].append(total)
    for name, totals in sorted(taken.items(), key=lambda item: -statistics.median(item[1])):
        yield {"figure": "import table", "package": name, **_spread(totals)}


def _by_package(times: str) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for microseconds, module in PACKAGES.findall(times):
        package = module.split(".")[0]
        # The handler's own module builds the app and its client while it is imported.
        name = "the app and its client" if module == "router.handler" else package if package in NAMED else "others"
        total[name] += int(microseconds) / 1000
    return total


def _asked(run: Run, probe: Probe) -> Iterator[dict[str, Any]]:
    """The router's own time for one question, its model being a function that answers at once."""
    count = str(run.choose(3000, 200, 3000))
    yield from _each("own time of a question", run, lambda under: probe.ask("question", count, under=under), 3)


def _fanned(run: Run, probe: Probe) -> Iterator[dict[str, Any]]:
    """2,048 texts to a model that takes a fixed time for each, on one sandbox and on four."""
    with limit(float(len(os.sched_getaffinity(0)))) as under:
        for sandboxes in ("1", "4"):
            taken = [probe.ask("fan-out", sandboxes, under=under) for _ in bar(range(run.choose(5, 1, 5)), "fan-out")]
            yield {"figure": "2,048 texts, 3 ms each", "sandboxes": int(sandboxes), **_spread(taken)}


if __name__ == "__main__":
    main(measure, __doc__)
