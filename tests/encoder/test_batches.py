"""Which sequences share a run, and how they are padded."""

from itertools import chain, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.encoder import Tokens
from shared.encoder.batches import BATCH_TOKENS, INPUTS, group, pad

LENGTHS = st.lists(st.integers(1, 300), max_size=60)


def sequence(*ids: int, type_: int = 0) -> Tokens:
    return Tokens(ids=np.array(ids, dtype=np.int64), types=np.full(len(ids), type_, dtype=np.int64))


@given(LENGTHS, st.integers(0, 600))
def test_every_sequence_is_in_one_run_and_no_run_exceeds_the_budget(lengths: list[int], budget: int) -> None:
    runs = group(lengths, budget)
    assert sorted(chain(*runs)) == list(range(len(lengths)))
    for run in runs:
        longest = max(lengths[index] for index in run)
        assert len(run) == 1 or len(run) * longest <= budget


@given(LENGTHS, st.integers(0, 600))
def test_runs_are_full_and_the_longest_come_first(lengths: list[int], budget: int) -> None:
    for longer, shorter in pairwise(group(lengths, budget)):
        assert min(lengths[index] for index in longer) >= max(lengths[index] for index in shorter)
        # The next longer sequence did not fit.
        assert (len(shorter) + 1) * min(lengths[index] for index in longer) > budget


def test_without_a_budget_every_sequence_runs_alone() -> None:
    assert group([3, 1, 2], 0) == [[0], [2], [1]]


def test_sequences_of_like_length_share_a_run() -> None:
    assert group([2, 9, 2, 9, 9], 20) == [[4], [1, 3], [0, 2]]


def test_nothing_needs_no_run() -> None:
    assert group([], BATCH_TOKENS) == []


def test_sequences_are_padded_on_the_right_to_the_longest_and_no_further() -> None:
    feed = pad([sequence(7, type_=1), sequence(8, 9, type_=1)], 5)
    assert {name: array.tolist() for name, array in feed.items()} == {
        "input_ids": [[7, 5], [8, 9]],
        "attention_mask": [[1, 0], [1, 1]],
        "token_type_ids": [[1, 0], [1, 1]],
    }
    assert tuple(feed) == INPUTS
    assert {array.dtype for array in feed.values()} == {np.dtype(np.int64)}


def test_a_sequence_alone_is_not_padded() -> None:
    feed = pad([sequence(1, 2, 3)], 0)
    assert feed["input_ids"].tolist() == [[1, 2, 3]]
    assert feed["attention_mask"].all()
