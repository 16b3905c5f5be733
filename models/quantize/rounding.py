"""Rounding of a weight matrix to integers with one scale per output channel."""

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
# What the largest weight of a channel may become: the larger, the finer the steps, and the more neighbours are cut.
_PEAKS = (64, 72, 80, 88, 96, 104, 112, 127)
# Between what suits the reader (0.02) and the embeddings (0.5); 0.01 is usual for GPTQ, with more texts than ours.
_DAMPING = 0.05
_BLOCK = 128


def channel_scales(weight: Floats) -> Floats:
    """The scale of each output channel (column) with which `to_nearest` loses least."""
    largest = np.abs(weight).max(axis=0)
    # A scale of denormal weights would itself be 0.
    largest = np.where(largest > 1e-30, largest, 1.0).astype(np.float32)
    best, least = largest, np.full(largest.shape, np.inf, dtype=np.float32)
    for peak in _PEAKS:
        scales = (largest / peak).astype(np.float32)
        lost = ((to_nearest(weight, scales) * scales - weight) ** 2).sum(axis=0)
        best = np.where(lost < least, scales, best)
        least = np.minimum(lost, least)
    return best


def to_nearest(weight: Floats, scales: Floats) -> Integers:
    """Each weight to the nearest integer that it may be."""
    exact = weight / scales
    rounded = _rounded(exact, np.zeros_like(exact))
    rounded[1::2] = _rounded(exact[1::2], rounded[: len(exact) // 2 * 2 : 2])
    return rounded


def compensated(weight: Floats, scales: Floats, inputs: Floats) -> Integers:
    """Integers whose product with `inputs` (tokens, inputs) is near the float product, not only their values.

    Input channels are rounded one after another, the loudest first, and what one loses is made up for by those that are
    still to come. Frantar et al., GPTQ, 2022, arXiv 2210.17323.
    """
    hessian = (inputs.T @ inputs).astype(np.float64)
    diagonal = np.diag_indices(len(hessian))
    hessian[diagonal] += _DAMPING * hessian[diagonal].mean() + 1e-12
    order = np.argsort(-hessian[diagonal])
    upper = np.linalg.cholesky(np.linalg.inv(hessian[np.ix_(order, order)])).T
    rounded = _in_turn(weight[order].astype(np.float64), scales.astype(np.float64), upper, _neighbours(order))
    restored: Integers = np.empty_like(rounded)
    restored[order] = rounded
    return restored


def _rounded(exact: NDArray[Any], neighbours: NDArray[Any]) -> Integers:
    """`exact` to integers that cannot saturate beside their `neighbours`."""
    beside = neighbours.astype(np.int16)
    least = np.maximum(-LARGEST, -LARGEST_PAIR - beside)
    most = np.minimum(LARGEST, LARGEST_PAIR - beside)
    return np.asarray(np.clip(np.rint(exact), least, most), dtype=np.int8)


def _neighbours(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where in `order` the neighbour of each of its channels stands; the odd one out is its own."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    beside: NDArray[np.intp] = places[np.minimum(order ^ 1, len(order) - 1)]
    return beside


def _in_turn(
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
            rounded[row] = _rounded(rest[row] / scales, rounded[neighbours[row]])
            lost[row - start] = (rest[row] - rounded[row] * scales) / upper[row, row]
            rest[row + 1 : stop] -= np.outer(upper[row, row + 1 : stop], lost[row - start])
        rest[stop:] -= upper[start:stop, stop:].T @ lost
    return rounded
