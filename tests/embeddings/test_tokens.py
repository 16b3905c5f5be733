"""Cutting texts to what the model reads, and packing them into runs."""

from itertools import chain
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.embeddings.request import Request
from services.embeddings.tokens import Frame, fit, pack
from shared.errors import InvalidRequest

FRAME = Frame(before=(101,), after=(102,))


def asked(*, truncate: bool = True, direction: Literal["left", "right"] = "right") -> Request:
    return Request(texts=[], normalize=True, dimensions=4, truncate=truncate, truncation_direction=direction)


def test_the_frame_is_what_the_tokenizer_put_around_a_text() -> None:
    assert Frame.of([101, 7, 8, 102], [1, 0, 0, 1]) == FRAME
    assert Frame.of([7, 0], [0, 1]) == Frame(before=(), after=(0,))
    assert Frame.of([7], [0]) == Frame(before=(), after=())


def test_a_tokenizer_that_reads_nothing_of_the_sample_frames_it_all_the_same() -> None:
    assert Frame.of([101, 102], [1, 1]) == Frame(before=(), after=(101, 102))


def test_what_fits_is_framed_and_not_cut() -> None:
    tokens = fit([[1, 2], [3]], FRAME, 4, asked())
    assert tokens.ids == [[101, 1, 2, 102], [101, 3, 102]]
    assert tokens.lengths == [4, 3]
    assert tokens.truncated == 0


@pytest.mark.parametrize(("direction", "kept"), [("right", [1, 2]), ("left", [3, 4])])
def test_what_is_too_long_loses_tokens_on_the_side_asked_for_and_keeps_its_frame(
    direction: Literal["left", "right"], kept: list[int]
) -> None:
    tokens = fit([[1, 2, 3, 4], [5]], FRAME, 4, asked(direction=direction))
    assert tokens.ids[0] == [101, *kept, 102]
    assert tokens.truncated == 1


def test_a_request_that_forbids_cutting_is_told_which_text_is_how_long() -> None:
    with pytest.raises(InvalidRequest, match=r"'input\[1\]' is 6 tokens long and the model reads 4") as refusal:
        fit([[1], [1, 2, 3, 4]], FRAME, 4, asked(truncate=False))
    assert refusal.value.param == "input"
    assert fit([[1, 2]], FRAME, 4, asked(truncate=False)).truncated == 0


def test_a_text_that_leaves_no_token_is_refused_where_nothing_frames_it() -> None:
    with pytest.raises(InvalidRequest, match=r"'input\[1\]' holds nothing"):
        fit([[1], []], Frame(before=(), after=()), 4, asked())
    assert fit([[]], FRAME, 4, asked()).ids == [[101, 102]]


LENGTHS = st.lists(st.integers(1, 300), max_size=60)


@given(LENGTHS, st.integers(0, 600))
def test_every_text_is_in_one_run_and_no_run_exceeds_the_budget(lengths: list[int], budget: int) -> None:
    runs = pack(lengths, budget)
    assert sorted(chain(*runs)) == list(range(len(lengths)))
    for run in runs:
        longest = max(lengths[index] for index in run)
        assert len(run) == 1 or len(run) * longest <= budget


def test_without_a_budget_every_text_runs_alone() -> None:
    assert pack([3, 1, 2], 0) == [[1], [2], [0]]


def test_texts_of_like_length_share_a_run() -> None:
    assert pack([2, 9, 2, 9, 9], 20) == [[0, 2], [1, 3], [4]]
