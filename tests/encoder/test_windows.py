"""Windows over a text that is longer than a network reads."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.encoder.windows import count_windows, default_overlap, windows, windows_at


@given(st.integers(0, 2_000), st.integers(1, 400), st.data())
def test_windows_cover_every_token_and_share_the_overlap(total: int, room: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, room - 1))
    cut = windows(total, room, overlap)
    assert (cut[0].start, cut[-1].stop) == (0, total)
    assert all(part.stop - part.start <= room for part in cut)
    for before, after in zip(cut, cut[1:], strict=False):
        assert before.stop - before.start == room
        assert before.stop - after.start == overlap
        assert after.stop > before.stop
    assert count_windows(total, room, overlap) == len(cut)


@pytest.mark.parametrize("total", [0, 1, 10])
def test_what_fits_is_one_window(total: int) -> None:
    assert windows(total, 10, 9) == [slice(0, total)]


def test_one_token_too_many_needs_a_second_window() -> None:
    assert windows(11, 10, 4) == [slice(0, 10), slice(6, 11)]


@pytest.mark.parametrize(
    ("length", "room", "overlap"),
    [(384, 370, 128), (128, 120, 64), (384, 147, 128), (384, 146, 73), (384, 100, 50), (10, 1, 0)],
    ids=["the pipeline's", "half a window", "just enough", "moves too little", "above the room", "one token"],
)
def test_the_default_overlap_is_the_pipelines_unless_windows_would_hardly_move(
    length: int, room: int, overlap: int
) -> None:
    assert default_overlap(length, room) == overlap


@given(st.integers(1, 1_000), st.integers(1, 1_000))
def test_the_default_overlap_lets_every_window_move_on(length: int, room: int) -> None:
    assert 0 <= default_overlap(length, room) < room


@given(
    st.integers(1, 400),
    st.integers(4, 60),
    st.data(),
    st.lists(st.integers(1, 399), unique=True, max_size=40).map(sorted),
)
def test_windows_at_sentences_hold_every_token_and_move_on(
    total: int, room: int, data: st.DataObject, starts: list[int]
) -> None:
    overlap = data.draw(st.integers(0, room // 2))
    parts = windows_at(total, room, overlap, starts)
    assert {token for part in parts for token in range(part.start, part.stop)} == set(range(total))
    assert all(0 < part.stop - part.start <= room for part in parts)
    assert all(one.start < other.start <= one.stop < other.stop for one, other in itertools.pairwise(parts))


def test_windows_end_and_begin_with_sentences_where_they_can() -> None:
    parts = windows_at(100, 40, 10, [0, 22, 33, 55, 70, 90])
    assert [(part.start, part.stop) for part in parts] == [(0, 33), (33, 70), (70, 100)]


def test_a_text_without_sentences_is_cut_as_any_other() -> None:
    assert windows_at(100, 40, 10, []) == windows(100, 40, 10)
