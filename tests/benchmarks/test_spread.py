"""Statistics of repeated measurements."""

import pytest

from benchmarks.spread import Spread, percentile, ratio, significant


def test_a_spread_says_the_middle_and_the_tails() -> None:
    spread = Spread.of([float(value) for value in range(100, 0, -1)])
    assert (spread.count, spread.least, spread.median, spread.p95, spread.p99, spread.most) == (
        100,
        1,
        50.5,
        95,
        99,
        100,
    )


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([1.0, 2.0, 30.0], 95) == 30.0
    assert percentile([1.0, 2.0, 30.0], 1) == 1.0


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of([])


def test_a_ratio_of_all_values_comes_with_the_extremes_of_its_rounds() -> None:
    assert ratio([[4.0, 4.0], [9.0]], [[2.0, 2.0], [3.0]]) == {"median": 2.0, "least": 2.0, "most": 3.0}


def test_figures_are_kept_to_the_digits_that_mean_something() -> None:
    assert Spread.of([1.23456, 1.23456]).to_json()["median"] == 1.235
    assert significant(123456.0, 3) == 123000.0
