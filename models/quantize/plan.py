"""How one linear layer is quantized: chosen by the error of its output on real inputs."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.quantize.rounding import channel_scales, compensated, to_nearest

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
    With `quietest`, each token's inputs are divided by their largest before, and the product multiplied by it after; by
    `quietest`, what the quietest token had in calibration, where that is more.
    `error` is the squared error of the output as a share of its energy.
    """

    smoothing: Floats
    quietest: float | None
    integers: Integers = field(repr=False)
    scales: Floats = field(repr=False)
    error: float

    @property
    def by_token(self) -> bool:
        """Whether each token has a range of its own."""
        return self.quietest is not None


def plan(weight: Floats, inputs: list[Floats], *, one_sided: bool) -> Plan:
    """The best plan for a layer of `weight` (inputs, outputs), given the inputs (tokens, inputs) of some sequences.

    `one_sided` says that `by_token` can be of use.
    """
    step = max(1, sum(map(len, inputs)) // _COMPARED)
    wanted = np.concatenate(inputs)[::step] @ weight
    best: Plan | None = None
    for smoothing in (_smoothing(weight, inputs, strength) for strength in _STRENGTHS):
        scaled = weight / smoothing[:, None]
        scales = channel_scales(scaled)
        integers = to_nearest(scaled, scales)
        for quietest in (None, _quietest(inputs, smoothing)) if one_sided else (None,):
            found = Plan(smoothing=smoothing, quietest=quietest, integers=integers, scales=scales, error=0.0)
            found = _measured(found, inputs, wanted, step)
            if best is None or found.error < best.error * (_WORTHWHILE if found.by_token > best.by_token else 1):
                best = found
    assert best is not None  # there is more than one strength
    rows = np.concatenate(inputs) * best.smoothing
    integers = compensated(weight / best.smoothing[:, None], best.scales, rows)
    return _measured(replace(best, integers=integers), inputs, wanted, step)


def _measured(found: Plan, inputs: list[Floats], wanted: Floats, step: int) -> Plan:
    """The plan with the error that it makes of every `step`th token of `inputs`."""
    seen = np.concatenate([_quantized(rows * found.smoothing, found.quietest) for rows in inputs])[::step]
    return replace(found, error=_error(seen @ (found.integers * found.scales), wanted))


def _quietest(inputs: list[Floats], smoothing: Floats) -> float:
    """The least of the tokens' largest inputs."""
    return max(min(float((rows * smoothing).max(axis=1).min()) for rows in inputs), 1e-6)


def _smoothing(weight: Floats, inputs: list[Floats], strength: float) -> Floats:
    """What each input channel is multiplied by; the geometric mean is 1."""
    loudest = _floored(np.max([np.abs(rows).max(axis=0) for rows in inputs], axis=0), _QUIET)
    heaviest = _floored(np.abs(weight).max(axis=1), _LIGHT)
    ratio = np.log(heaviest) * (1 - strength) - np.log(loudest) * strength
    smoothing: Floats = np.exp(ratio - ratio.mean()).astype(np.float32)
    return smoothing


def _floored(values: Floats, share: float) -> Floats:
    """`values`, the smallest `share` of them raised to the next."""
    return np.maximum(values, max(float(np.quantile(values, share)), 1e-6))


def _quantized(rows: Floats, floor: float | None) -> Floats:
    """What is left of `rows` after they were quantized to 8 bits with one range, as onnxruntime does it.

    With `floor`, each row is divided by its largest before, or by `floor` where that is more.
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
