"""The command line that all benchmarks share."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.results import FULL, QUICK, Results
from models.__main__ import INTERRUPTED

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Run:
    """How much to measure, and where to keep it."""

    quick: bool
    large: bool

    @property
    def results(self) -> Results:
        """Quick runs are for trying the benchmarks out: the README must never quote them."""
        return Results(QUICK if self.quick else FULL)

    def name(self, benchmark: str) -> str:
        """The result file of a benchmark: the large models have their own."""
        return f"{benchmark}-large" if self.large else benchmark

    def choose(self, full: Value, quick: Value, large: Value) -> Value:
        """What a full run takes, a quick one, and one of the large models."""
        if self.quick:
            return quick
        return large if self.large else full


def main(
    run: Callable[[Run], object], about: str | None, arguments: Sequence[str] | None = None, *, large: bool = False
) -> None:
    """Parse `--quick` and, for a benchmark that has them, `--large`, and run it."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="a few runs only, kept apart from the real results")
    if large:
        parser.add_argument("--large", action="store_true", help="MobileBERT's and XLM-R large's shapes instead")
    chosen = Run(**{"large": False, **vars(parser.parse_args(arguments))})
    try:
        run(chosen)
    except KeyboardInterrupt:
        print("\nStopped: the results of the benchmarks that were done are kept.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
