"""The most probable spans of a window, against the same by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.question_answering.spans import TokenSpans, best_spans

Floats = NDArray[np.float64]


def by_hand(
    start: Floats, end: Floats, head: int, context: int, longest: int, count: int
) -> list[tuple[int, int, float]]:
    """The best spans of one window, every pair looked at."""

    def probabilities(logits: Floats) -> Floats:
        chosen = np.concatenate((logits[:1], logits[head : head + context])).astype(np.float64)
        weights = np.exp(chosen - chosen.max())
        return np.asarray(weights / weights.sum())

    p, q = probabilities(start), probabilities(end)
    pairs = [(i, j, float(p[i + 1] * q[j + 1])) for i in range(context) for j in range(i, min(context, i + longest))]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))[:count]


def found(spans: TokenSpans) -> list[tuple[int, int, float]]:
    return list(zip(spans.first_tokens.tolist(), spans.last_tokens.tolist(), spans.scores.tolist(), strict=True))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 5), st.integers(0, 12), st.integers(1, 14), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_the_spans_of_a_window_are_the_best_of_all(
    head: int, context: int, longest: int, count: int, seed: int
) -> None:
    start, end = np.random.default_rng(seed).normal(0, 4, (2, head + context + 1)).astype(np.float32)
    spans = best_spans(start, end, slice(head, head + context), max_tokens=longest, count=count)
    expected = by_hand(start, end, head, context, longest, count)
    assert [pair[:2] for pair in found(spans)] == [pair[:2] for pair in expected]
    assert spans.scores == pytest.approx([score for *_, score in expected])


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_tokens_after_the_context_change_no_digit(context: int, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 4, 64).astype(np.float32)
    part = slice(2, 2 + context)
    whole, cut = (best_spans(row, row, part, max_tokens=15, count=9) for row in (logits, logits[: part.stop]))
    assert (found(whole), whole.null_score) == (found(cut), cut.null_score)


def test_equal_scores_are_ordered_by_place() -> None:
    flat = np.zeros(8, dtype=np.float32)
    spans = best_spans(flat, flat, slice(2, 7), max_tokens=3, count=4)
    assert [pair[:2] for pair in found(spans)] == [(0, 0), (0, 1), (0, 2), (1, 1)]


def test_the_null_score_is_that_of_the_first_token_among_context() -> None:
    logits = np.array([1.0, 50.0, 0.0, 0.0], dtype=np.float32)
    spans = best_spans(logits, logits, slice(2, 4), max_tokens=5, count=5)
    share = np.e / (np.e + 2)
    assert spans.null_score == pytest.approx(share**2)


def test_a_window_without_context_has_no_span_and_a_sure_null() -> None:
    logits = np.zeros(4, dtype=np.float32)
    spans = best_spans(logits, logits, slice(3, 3), max_tokens=5, count=5)
    assert found(spans) == []
    assert spans.null_score == 1.0


def test_scores_that_would_vanish_in_single_precision_keep_their_order() -> None:
    start = np.array([0, 0, 300, 100, 50], dtype=np.float32)
    spans = best_spans(start, start, slice(2, 5), max_tokens=1, count=3)
    assert spans.first_tokens.tolist() == [0, 1, 2]
    assert all(score > 0 for score in spans.scores)
