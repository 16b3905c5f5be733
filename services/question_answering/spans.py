"""From a model's logits to its most probable spans, for all windows of a batch at once. Knows tokens, not texts."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Logits = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Spans:
    """The best spans of one window: first and last token, counted from the window's first context token, best first."""

    starts: Ints
    ends: Ints
    scores: Floats
    null_score: float


def best_spans(
    start_logits: Logits, end_logits: Logits, heads: Ints, contexts: Ints, *, max_tokens: int, count: int
) -> list[Spans]:
    """The `count` best spans of at most `max_tokens` tokens in each window.

    Logits are (windows, tokens). Window w has `heads[w]` tokens before its `contexts[w]` context tokens; its first
    token is CLS, whose probability of being both start and end is the null score. Probabilities are over context and
    CLS.
    """
    widest = int(contexts.max(initial=0))
    if widest == 0:
        return [_nothing() for _ in contexts]
    starts, ends = _probabilities(np.stack((start_logits, end_logits)), heads, contexts, widest)
    null_scores = starts[:, 0] * ends[:, 0]
    band = _band(starts[:, 1:], ends[:, 1:], min(max_tokens, widest))
    table = band.reshape(len(band), -1)
    rows, places = _largest(table, count)
    first, extra = np.divmod(places, band.shape[2])
    real = first + extra < contexts[rows]
    rows, first, extra, places = rows[real], first[real], extra[real], places[real]
    cuts = np.searchsorted(rows, np.arange(len(band) + 1)).tolist()
    slices = [slice(low, high) for low, high in itertools.pairwise(cuts)]
    last, scores = first + extra, table[rows, places]
    return [
        Spans(starts=first[part], ends=last[part], scores=scores[part], null_score=null)
        for part, null in zip(slices, null_scores.tolist(), strict=True)
    ]


def _nothing() -> Spans:
    """A window without a context token: nothing but CLS can be the answer."""
    none = np.zeros(0, dtype=np.int64)
    return Spans(starts=none, ends=none, scores=np.zeros(0), null_score=1.0)


def _probabilities(logits: Logits, heads: Ints, contexts: Ints, widest: int) -> Floats:
    """(start or end, windows, columns): softmax over CLS (column 0) and context, 0 past a window's end."""
    places = np.arange(widest)
    columns = np.minimum(heads[:, None] + places, logits.shape[2] - 1)
    chosen = np.empty((*logits.shape[:2], widest + 1))
    chosen[..., 0] = logits[..., 0]
    chosen[..., 1:] = np.where(places < contexts[:, None], logits[:, np.arange(len(heads))[:, None], columns], -np.inf)
    weights = np.exp(chosen - chosen.max(axis=2, keepdims=True))
    # Added up in order: a longer row, padded with zeros, then gives the very same number.
    total: Floats = np.cumsum(weights, axis=2)[..., -1:]
    return weights / total  # type: ignore[no-any-return]


def _band(starts: Floats, ends: Floats, width: int) -> Floats:
    """(windows, tokens, width): the probability of the span that starts at a token and has 1, 2, ... width tokens."""
    padded = np.zeros((len(ends), ends.shape[1] + width - 1))
    padded[:, : ends.shape[1]] = ends
    following = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    return starts[:, :, None] * following  # type: ignore[no-any-return]


def _largest(rows: Floats, count: int) -> tuple[Ints, Ints]:
    """Row and column of the `count` largest values of each row, by row, largest first, and leftmost where they tie."""
    kth = max(0, rows.shape[1] - count)
    least = np.partition(rows, kth, axis=1)[:, kth : kth + 1]
    row, column = np.nonzero(rows >= least)
    order = np.lexsort((column, -rows[row, column], row))
    row, column = row[order], column[order]
    rank = np.arange(len(row)) - np.searchsorted(row, np.arange(len(rows)))[row]
    return row[rank < count], column[rank < count]
