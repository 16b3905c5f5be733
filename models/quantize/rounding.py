"""Rounds a weight matrix to integers with one scale per output channel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int8]

# Without VNNI a processor multiplies unsigned activations (at most 255) by signed weights and adds two neighbouring
# products in 16 bits, which saturate at 32,767. So two neighbours (rows 2i and 2i + 1 of a column) must not add up to
# more than 128: 255 * 128 = 32,640. Halving every weight (`reduce_range`) does that too, and costs each of them a bit.
LARGEST = 127
LARGEST_PAIR = 128
# The integers tried for the largest weight of a channel: a larger one makes finer steps, and clips more neighbours.
_PEAKS = (64, 72, 80, 88, 96, 104, 112, 127)
# The damping of GPTQ. 0.02 is best for the embedded reader and 0.5 for MiniLM; 0.05 is a compromise. The usual 0.01
# assumes more calibration data.
_DAMPING = 0.05
_BLOCK = 128


def choose_scales(weight: Floats) -> Floats:
    """Return the scale of each output channel (column) with which `round_to_nearest` loses least."""
    largest = np.abs(weight).max(axis=0)
    # A scale of denormal weights would itself be 0.
    largest = np.where(largest > 1e-30, largest, 1.0).astype(np.float32)
    best, least = largest, np.full(largest.shape, np.inf, dtype=np.float32)
    for peak in _PEAKS:
        scales = (largest / peak).astype(np.float32)
        lost = ((round_to_nearest(weight, scales) * scales - weight) ** 2).sum(axis=0)
        best = np.where(lost < least, scales, best)
        least = np.minimum(lost, least)
    return best


def round_to_nearest(weight: Floats, scales: Floats) -> Integers:
    """Round each weight to the nearest integer that cannot saturate."""
    exact = weight / scales
    rounded = _round(exact, np.zeros_like(exact))
    rounded[1::2] = _round(exact[1::2], rounded[: len(exact) // 2 * 2 : 2])
    return rounded


def round_with_compensation(weight: Floats, scales: Floats, inputs: Floats) -> Integers:
    """Round so that the product with `inputs` (tokens, inputs) is near the float product, not only each weight.

    Input channels are rounded one after another, the loudest first; the channels still to come are changed to make up
    for what each one loses. Frantar et al., GPTQ, 2022, arXiv 2210.17323.
    """
    hessian = (inputs.T @ inputs).astype(np.float64)
    diagonal = np.diag_indices(len(hessian))
    hessian[diagonal] += _DAMPING * hessian[diagonal].mean() + 1e-12
    order = np.argsort(-hessian[diagonal])
    upper = np.linalg.cholesky(np.linalg.inv(hessian[np.ix_(order, order)])).T
    rounded = _round_rows(weight[order].astype(np.float64), scales.astype(np.float64), upper, _neighbour_places(order))
    restored: Integers = np.empty_like(rounded)
    restored[order] = rounded
    return restored


def _round(exact: NDArray[Any], neighbours: NDArray[Any]) -> Integers:
    """Round `exact` to integers that cannot saturate beside their `neighbours`."""
    beside = neighbours.astype(np.int16)
    least = np.maximum(-LARGEST, -LARGEST_PAIR - beside)
    most = np.minimum(LARGEST, LARGEST_PAIR - beside)
    return np.asarray(np.clip(np.rint(exact), least, most), dtype=np.int8)


def _neighbour_places(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each channel of `order` the place of its neighbour in `order`; a channel without one is its own."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    beside: NDArray[np.intp] = places[np.minimum(order ^ 1, len(order) - 1)]
    return beside


def _round_rows(
    rest: NDArray[np.float64],
    scales: NDArray[np.float64],
    upper: NDArray[np.float64],
    neighbours: NDArray[np.intp],
) -> Integers:
    """Round the rows of `rest` from the first to the last. `upper` is the Cholesky factor of the inverse Hessian."""
    rounded = np.zeros(rest.shape, dtype=np.int8)
    for start in range(0, len(rest), _BLOCK):
        stop = min(start + _BLOCK, len(rest))
        lost = np.empty((stop - start, rest.shape[1]))
        for row in range(start, stop):
            rounded[row] = _round(rest[row] / scales, rounded[neighbours[row]])
            lost[row - start] = (rest[row] - rounded[row] * scales) / upper[row, row]
            rest[row + 1 : stop] -= np.outer(upper[row, row + 1 : stop], lost[row - start])
        rest[stop:] -= upper[start:stop, stop:].T @ lost
    return rounded
