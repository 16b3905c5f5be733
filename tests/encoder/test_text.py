"""Where an answer may begin and end in a text."""

import math
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.encoder.text import Boundaries, word_extents

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"


@pytest.mark.parametrize(
    "character",
    ["é", unicodedata.normalize("NFD", "é"), FAMILY, FLAG, "\U0001f44b\U0001f3fd", "हिं", "กี่", "🏖️", "x"],
)
def test_a_character_as_readers_see_it_is_never_cut(character: str) -> None:
    text = f"a{character} b"
    boundaries = Boundaries(text)
    inside = np.arange(1, 1 + len(character))
    assert set(boundaries.before(inside).tolist()) == {1}
    assert set(boundaries.after(inside[1:]).tolist()) <= {1 + len(character)}


@given(st.text())
def test_every_boundary_of_any_text_is_within_it(text: str) -> None:
    boundaries = Boundaries(text)
    positions = np.arange(len(text) + 1)
    before, after = boundaries.before(positions), boundaries.after(positions)
    assert (before <= positions).all()
    assert (positions <= after).all()
    assert before[0] == 0
    assert after[-1] == len(text)


def extents(text: str, tokens: list[tuple[int, int]], words: list[float]) -> list[str]:
    """The word of each token."""
    offsets = np.array(tokens)
    starts, ends = word_extents(offsets[:, 0], offsets[:, 1], np.array(words, dtype=np.float64), Boundaries(text))
    return [text[a:b] for a, b in zip(starts, ends, strict=True)]


def test_a_token_is_widened_to_its_word() -> None:
    assert extents("playing well", [(0, 4), (4, 7), (8, 12)], [0, 0, 1]) == ["playing", "playing", "well"]


def test_a_token_without_a_word_stands_alone() -> None:
    assert extents("abcd", [(0, 2), (2, 4)], [math.nan, math.nan]) == ["ab", "cd"]


def test_a_word_of_a_script_without_spaces_is_each_of_its_tokens() -> None:
    assert extents("東京都は", [(0, 2), (2, 3), (3, 4)], [0, 0, 0]) == ["東京", "都", "は"]


def test_a_loan_word_in_katakana_stays_a_word() -> None:
    assert extents("コーヒーを", [(0, 2), (2, 4), (4, 5)], [0, 0, 0]) == ["コーヒー", "コーヒー", "を"]


def test_korean_is_written_with_spaces() -> None:
    assert extents("할머니가 열었다", [(0, 3), (3, 4), (5, 8)], [0, 0, 1]) == ["할머니가", "할머니가", "열었다"]


def test_tokens_that_share_a_letter_stay_together() -> None:
    assert extents("時計", [(0, 1), (0, 1), (1, 2)], [0, 0, 0]) == ["時", "時", "計"]


def test_no_tokens_have_no_words() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert word_extents(none, none, none.astype(np.float64), Boundaries("\u200b"))[0].size == 0
