"""Integers for weights: none that saturate beside its neighbour, and none that lose more than they must."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from models.quantize.rounding import choose_scales, round_to_nearest, round_with_compensation

Floats = NDArray[np.float32]
# The largest sum of two products that a processor without VNNI can hold.
INT16 = 32767
NUMBERS = st.floats(-1000, 1000).map(lambda number: float(np.float32(round(number, 3))))
WEIGHTS = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=NUMBERS)


def assert_never_saturates(integers: NDArray[np.int8]) -> None:
    """255, the largest activation, times two neighbours of a column: rows 2i and 2i + 1."""
    values = integers.astype(np.int64)
    assert np.abs(values).max() <= 127
    pairs = values[: len(values) // 2 * 2].reshape(-1, 2, values.shape[1])
    assert (255 * np.maximum(pairs, 0).sum(axis=1) <= INT16).all()
    assert (255 * np.minimum(pairs, 0).sum(axis=1) >= -INT16).all()


def inputs_for(weight: Floats, tokens: int = 12) -> Floats:
    return np.random.default_rng(len(weight)).standard_normal((tokens, len(weight))).astype(np.float32)


def correlated(tokens: int, channels: int) -> Floats:
    """Inputs that a few hidden causes explain, as those of a real layer."""
    random = np.random.default_rng(7)
    causes = random.standard_normal((tokens, 6))
    noise = 0.1 * random.standard_normal((tokens, channels))
    return (causes @ random.standard_normal((6, channels)) + noise).astype(np.float32)


def lost(integers: NDArray[np.int8], scales: Floats, weight: Floats, inputs: Floats) -> float:
    return float(((inputs @ (integers * scales) - inputs @ weight) ** 2).sum())


@given(WEIGHTS)
def test_two_neighbours_never_saturate(weight: Floats) -> None:
    scales = choose_scales(weight)
    assert_never_saturates(round_to_nearest(weight, scales))
    assert_never_saturates(round_with_compensation(weight, scales, inputs_for(weight)))


@given(WEIGHTS, st.floats(0.01, 1))
def test_scales_too_small_for_the_weights_do_not_make_neighbours_saturate(weight: Floats, share: float) -> None:
    scales = choose_scales(weight) * np.float32(share)
    assert_never_saturates(round_to_nearest(weight, scales))
    assert_never_saturates(round_with_compensation(weight, scales, inputs_for(weight)))


@given(WEIGHTS)
def test_a_weight_is_at_most_half_a_step_away_unless_its_neighbour_is_large(weight: Floats) -> None:
    scales = choose_scales(weight)
    integers = round_to_nearest(weight, scales).astype(np.int64)
    beside = integers.copy()
    rows = len(weight) // 2 * 2
    beside[0:rows:2], beside[1:rows:2] = integers[1:rows:2], integers[0:rows:2]
    free = (np.abs(integers) < 127) & (np.abs(integers + beside) < 128)
    assert (np.abs(weight / scales - integers)[free] <= 0.5001).all()


@pytest.mark.parametrize("channels", [64, 63, 300])
def test_making_up_for_losses_halves_the_error_of_outputs(channels: int) -> None:
    weight = np.random.default_rng(3).standard_normal((channels, 24)).astype(np.float32)
    inputs = correlated(400, channels)
    scales = choose_scales(weight)
    nearest = lost(round_to_nearest(weight, scales), scales, weight, inputs)
    assert lost(round_with_compensation(weight, scales, inputs), scales, weight, inputs) < nearest / 2


def test_a_column_of_zeros_stays_zero() -> None:
    weight = np.random.default_rng(4).standard_normal((7, 3)).astype(np.float32)
    weight[:, 1] = 0
    scales = choose_scales(weight)
    assert np.isfinite(scales).all()
    assert (scales > 0).all()
    assert not round_to_nearest(weight, scales)[:, 1].any()
    assert not round_with_compensation(weight, scales, inputs_for(weight))[:, 1].any()


@pytest.mark.parametrize("value", [0.3, -0.3])
def test_a_constant_column_is_kept_to_a_hundredth(value: float) -> None:
    weight = np.full((8, 1), value, dtype=np.float32)
    scales = choose_scales(weight)
    assert round_to_nearest(weight, scales) * scales == pytest.approx(weight, rel=0.01)


def test_inputs_that_are_always_silent_do_no_harm() -> None:
    weight = np.random.default_rng(5).standard_normal((6, 4)).astype(np.float32)
    scales = choose_scales(weight)
    silent: NDArray[Any] = np.zeros((10, 6), dtype=np.float32)
    assert (round_with_compensation(weight, scales, silent) == round_to_nearest(weight, scales)).all()
