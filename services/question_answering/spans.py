"""From the logits of one window to its most probable spans. It knows tokens, not texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Logits = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TokenSpans:
    """The best spans of one window, best first: first and last token, counted from the window's first context token.

    `total` is the sum of the scores of all spans, `null_score` the score for there being no answer in the window.
    """

    first_tokens: Ints
    last_tokens: Ints
    scores: Floats
    total: float
    null_score: float


def best_spans(start_logits: Logits, end_logits: Logits, context: slice, *, max_tokens: int, count: int) -> TokenSpans:
    """Find the `count` best spans of at most `max_tokens` tokens.

    Logits are (tokens,). `context` are the window's context tokens. Its first token is CLS, whose probability of being
    both start and end is the null score. Probabilities are over context and CLS.
    """
    tokens = context.stop - context.start
    if tokens == 0:
        none = np.zeros(0, dtype=np.int64)
        return TokenSpans(first_tokens=none, last_tokens=none, scores=np.zeros(0), total=0.0, null_score=1.0)
    starts, ends = _probabilities(start_logits, context), _probabilities(end_logits, context)
    width = min(max_tokens, tokens)
    table = _products(starts[1:], ends[1:], width).reshape(-1)
    places = _largest(table, count)
    first, extra = np.divmod(places, width)
    inside = first + extra < tokens
    first, extra, places = first[inside], extra[inside], places[inside]
    return TokenSpans(
        first_tokens=first,
        last_tokens=first + extra,
        scores=table[places],
        total=float(table.sum()),
        null_score=float(starts[0] * ends[0]),
    )


def _probabilities(logits: Logits, context: slice) -> Floats:
    """Return the softmax over CLS, at 0, and the context's tokens."""
    chosen = np.concatenate((logits[:1], logits[context])).astype(np.float64)
    weights = np.exp(chosen - chosen.max())
    # Added up in order, so that the number of tokens after them changes no digit of the first.
    total: float = np.cumsum(weights)[-1]
    probabilities: Floats = weights / total
    return probabilities


def _products(starts: Floats, ends: Floats, width: int) -> Floats:
    """Return (tokens, width): the probability of the span that starts at a token and has 1, 2, ... width tokens."""
    padded = np.concatenate((ends, np.zeros(width - 1)))
    following = np.lib.stride_tricks.sliding_window_view(padded, width)
    products: Floats = starts[:, None] * following
    return products


def _largest(values: Floats, count: int) -> Ints:
    """Return the places of the `count` largest values, largest first, and leftmost where they are equal."""
    kth = max(0, len(values) - count)
    places = np.flatnonzero(values >= np.partition(values, kth)[kth])
    order = np.lexsort((places, -values[places]))
    return places[order][:count]
