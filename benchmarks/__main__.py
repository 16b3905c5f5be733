"""`python -m benchmarks`: every benchmark, one after the other, then the report. `--large`: of the large models."""

import time

from benchmarks import at_rest, cold, cost, long_context, memory, products, report, stack, throughput, warm
from benchmarks.command import Run, main
from models.progress import say

EMBEDDED = (warm, products, cold, memory, throughput, stack, long_context)
LARGE = (warm, products, cold, memory)
DERIVED = (cost, at_rest, report)


def measure(run: Run) -> None:
    """Measure, compute what it costs, and write the report."""
    steps = (*(LARGE if run.large else EMBEDDED), *DERIVED)
    all_began = time.monotonic()
    for number, benchmark in enumerate(steps, 1):
        began = time.monotonic()
        say(f"Step {number} of {len(steps)}: {benchmark.__name__}, {(began - all_began) / 60:.0f} min so far")
        benchmark.measure(run)
        say(f"{benchmark.__name__}: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(measure, __doc__, large=True)
