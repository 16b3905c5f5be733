"""The most probable spans of windows, against the same by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.question_answering.spans import Spans, best_spans

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


def found(spans: Spans) -> list[tuple[int, int, float]]:
    return list(zip(spans.starts.tolist(), spans.ends.tolist(), spans.scores.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 12)), min_size=1, max_size=4),
    st.integers(1, 14),
    st.integers(1, 20),
    st.integers(0, 2**32 - 1),
)
def test_the_spans_of_a_batch_are_those_of_each_window(
    shapes: list[tuple[int, int]], longest: int, count: int, seed: int
) -> None:
    width = max(head + context for head, context in shapes) + 1
    start, end = np.random.default_rng(seed).normal(0, 4, (2, len(shapes), width)).astype(np.float32)
    heads, contexts = (np.array(numbers) for numbers in zip(*shapes, strict=True))
    spans = best_spans(start, end, heads, contexts, max_tokens=longest, count=count)
    for row, (head, context) in enumerate(shapes):
        expected = by_hand(start[row], end[row], head, context, longest, count)
        assert [pair[:2] for pair in found(spans[row])] == [pair[:2] for pair in expected]
        assert spans[row].scores == pytest.approx([score for *_, score in expected])


def test_equal_scores_are_ordered_by_place() -> None:
    flat = np.zeros((1, 8), dtype=np.float32)
    spans = best_spans(flat, flat, np.array([2]), np.array([5]), max_tokens=3, count=4)
    assert [pair[:2] for pair in found(spans[0])] == [(0, 0), (0, 1), (0, 2), (1, 1)]


def test_the_null_score_is_that_of_the_first_token_among_context() -> None:
    logits = np.array([[1.0, 50.0, 0.0, 0.0]], dtype=np.float32)
    (spans,) = best_spans(logits, logits, np.array([2]), np.array([2]), max_tokens=5, count=5)
    share = np.e / (np.e + 2)
    assert spans.null_score == pytest.approx(share**2)


def test_a_window_without_context_has_no_span_and_a_sure_null() -> None:
    logits = np.zeros((1, 4), dtype=np.float32)
    (spans,) = best_spans(logits, logits, np.array([3]), np.array([0]), max_tokens=5, count=5)
    assert found(spans) == []
    assert spans.null_score == 1.0


def test_scores_that_would_vanish_in_single_precision_keep_their_order() -> None:
    start = np.array([[0, 0, 300, 100, 50]], dtype=np.float32)
    (spans,) = best_spans(start, start, np.array([2]), np.array([3]), max_tokens=1, count=3)
    assert spans.starts.tolist() == [0, 1, 2]
    assert all(score > 0 for score in spans.scores)
