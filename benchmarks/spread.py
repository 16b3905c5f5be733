"""Statistics of repeated measurements: medians, percentiles and ratios, with their spread. Knows no benchmark."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What repeated measurements of one thing gave, in their own unit."""

    count: int
    least: float
    median: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Raises ValueError for no values."""
        if not values:
            raise ValueError("nothing was measured")
        ordered = sorted(values)
        return cls(
            count=len(ordered),
            least=ordered[0],
            median=median(ordered),
            p95=percentile(ordered, 95),
            p99=percentile(ordered, 99),
            most=ordered[-1],
        )

    def to_json(self) -> dict[str, Any]:
        """Rounded to four significant digits: no more of them come back in the next run."""
        return {key: value if key == "count" else significant(value, 4) for key, value in asdict(self).items()}


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of ascending values: always one that was measured."""
    rank = math.ceil(percent / 100 * len(ordered))
    return ordered[max(0, rank - 1)]


def significant(value: float, digits: int) -> float:
    """`value` rounded to so many significant digits."""
    return float(f"{value:.{digits}g}")


def flat(rounds: Sequence[Sequence[float]]) -> list[float]:
    """The values of all rounds."""
    return [value for values in rounds for value in values]


def ratio(slower: Sequence[Sequence[float]], faster: Sequence[Sequence[float]]) -> dict[str, float]:
    """How many times as much `slower` took, from rounds in which both took their turn.

    `median` divides the medians of all values; `least` and `most` are the extremes of the rounds' own ratios, and say
    how far to trust it.
    """
    rounds = [median(a) / median(b) for a, b in zip(slower, faster, strict=True)]
    whole = median(flat(slower)) / median(flat(faster))
    named = {"median": whole, "least": min(rounds), "most": max(rounds)}
    return {name: significant(value, 4) for name, value in named.items()}
