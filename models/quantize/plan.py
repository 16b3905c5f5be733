"""Chooses how one linear layer is quantized, by the error of its output on real inputs."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.quantize.rounding import choose_scales, round_to_nearest, round_with_compensation

Floats = NDArray[np.float32]
Integers = NDArray[np.int8]

# How much of the inputs' range moves into the weights (0: none, 1: all of it).
_STRENGTHS = (0.5, 0.6, 0.7, 0.8)
# A range for each token costs three passes over the inputs: worth it where it takes this share off the error.
_WORTHWHILE = 0.6
# The share of input channels that counts as quiet, and of those with light weights: all of them are treated alike. What
# is quiet in these texts can be loud in another language (30 times louder in one of our Arabic paragraphs).
_QUIET, _LIGHT = 0.8, 0.1
# Rows of inputs that are enough to compare by.
_COMPARED = 768


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An int8 layer: `(inputs * smoothing) @ (integers * scales)`, the inputs quantized to 8 bits on the way.

    `smoothing` (inputs,) evens out the ranges of the input channels. Xiao et al., SmoothQuant, 2022, arXiv 2211.10438.
    With `token_floor` each token is scaled by itself: its inputs are divided by their largest value, or by the floor if
    that is more, and the product is multiplied back. The floor is the smallest such value seen in calibration.
    `error` is the squared error of the output as a share of its energy.
    """

    smoothing: Floats
    token_floor: float | None
    integers: Integers = field(repr=False)
    scales: Floats = field(repr=False)
    error: float

    @property
    def by_token(self) -> bool:
        """Say whether each token is scaled by itself."""
        return self.token_floor is not None


def plan(weight: Floats, inputs: list[Floats], *, one_sided: bool) -> Plan:
    """Return the best plan for a layer of `weight` (inputs, outputs), given the inputs (tokens, inputs) of sequences.

    `one_sided` says that inputs are nearly all above zero, so that a range for each token can be of use.
    """
    step = max(1, sum(map(len, inputs)) // _COMPARED)
    wanted = np.concatenate(inputs)[::step] @ weight
    best: Plan | None = None
    for smoothing in (_choose_smoothing(weight, inputs, strength) for strength in _STRENGTHS):
        scaled = weight / smoothing[:, None]
        scales = choose_scales(scaled)
        integers = round_to_nearest(scaled, scales)
        for floor in (None, _smallest_peak(inputs, smoothing)) if one_sided else (None,):
            found = Plan(smoothing=smoothing, token_floor=floor, integers=integers, scales=scales, error=0.0)
            found = _measure(found, inputs, wanted, step)
            if best is None or found.error < best.error * (_WORTHWHILE if found.by_token > best.by_token else 1):
                best = found
    assert best is not None  # there is more than one strength
    rows = np.concatenate(inputs) * best.smoothing
    integers = round_with_compensation(weight / best.smoothing[:, None], best.scales, rows)
    return _measure(replace(best, integers=integers), inputs, wanted, step)


def _measure(found: Plan, inputs: list[Floats], wanted: Floats, step: int) -> Plan:
    """Return the plan with its error, measured on every `step`th token of `inputs`."""
    seen = np.concatenate([_quantize(rows * found.smoothing, found.token_floor) for rows in inputs])[::step]
    return replace(found, error=_error(seen @ (found.integers * found.scales), wanted))


def _smallest_peak(inputs: list[Floats], smoothing: Floats) -> float:
    """Return the smallest of the tokens' largest inputs."""
    return max(min(float((rows * smoothing).max(axis=1).min()) for rows in inputs), 1e-6)


def _choose_smoothing(weight: Floats, inputs: list[Floats], strength: float) -> Floats:
    """Return the factor of each input channel, (inputs,); their geometric mean is 1."""
    loudest = _raise_smallest(np.max([np.abs(rows).max(axis=0) for rows in inputs], axis=0), _QUIET)
    heaviest = _raise_smallest(np.abs(weight).max(axis=1), _LIGHT)
    ratio = np.log(heaviest) * (1 - strength) - np.log(loudest) * strength
    smoothing: Floats = np.exp(ratio - ratio.mean()).astype(np.float32)
    return smoothing


def _raise_smallest(values: Floats, share: float) -> Floats:
    """Return `values` with the smallest `share` of them raised to the next larger value."""
    return np.maximum(values, max(float(np.quantile(values, share)), 1e-6))


def _quantize(rows: Floats, floor: float | None) -> Floats:
    """Quantize `rows` to 8 bits with one range, as onnxruntime does it, and return them as floats again.

    With `floor`, each row is divided before by its largest value, or by `floor` if that is more, and multiplied after.
    """
    largest = np.maximum(rows.max(axis=1, keepdims=True), floor) if floor is not None else np.float32(1)
    rows = rows / largest
    low, high = min(float(rows.min()), 0.0), max(float(rows.max()), 0.0)
    scale = (high - low) / 255 or 1.0
    zero = np.rint(-low / scale)
    restored = (np.clip(np.rint(rows / scale) + zero, 0, 255) - zero) * scale * largest
    return np.asarray(restored, dtype=np.float32)


def _error(outputs: Floats, wanted: Floats) -> float:
    return float(((outputs - wanted) ** 2).sum() / max(float((wanted**2).sum()), 1e-30))
