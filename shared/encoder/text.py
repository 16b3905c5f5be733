"""Where an answer may begin and end in a text: at words as the tokenizer split it, and never inside a character as
readers see it. Knows no model; positions are Unicode code points.
"""

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# What a code point does to the boundary before it, after https://www.unicode.org/reports/tr29/ in its simplest form,
# and to words: in scripts written without spaces a tokenizer's "word" is a whole clause.
EXTENDS, JOINER, REGIONAL, UNSPACED = 1, 2, 4, 8

_SCRIPTS_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3041, 0x309F),  # Hiragana; Katakana mostly writes whole loan words, which stay words
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_JOINED_TO_WHAT_PRECEDES = (
    (0x1160, 0x11FF),  # vowels and finals of a Hangul syllable in letters
    (0x1F3FB, 0x1F3FF),  # skin tones
    (0xE0020, 0xE007F),  # tags of a flag
)


@lru_cache(maxsize=4096)
def traits(code_point: int) -> int:
    """What a code point is, as a sum of EXTENDS, JOINER, REGIONAL and UNSPACED."""
    found = 0
    if unicodedata.category(chr(code_point)).startswith("M") or _within(code_point, _JOINED_TO_WHAT_PRECEDES):
        found |= EXTENDS
    if code_point == 0x200D:
        found |= EXTENDS | JOINER
    if 0x1F1E6 <= code_point <= 0x1F1FF:
        found |= REGIONAL
    if _within(code_point, _SCRIPTS_WITHOUT_SPACES):
        found |= UNSPACED
    return found


def _within(code_point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code_point <= high for low, high in ranges)


class Boundaries:
    """The boundaries between the characters of a text, as readers count them."""

    def __init__(self, text: str) -> None:
        self._plain = text.isascii()
        if self._plain:
            return
        code_points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        distinct, places = np.unique(code_points, return_inverse=True)
        kinds = np.array([traits(int(c)) for c in distinct], dtype=np.uint8)[places]
        self._unspaced: Bools = (kinds & UNSPACED) > 0
        joined = (kinds[1:] & EXTENDS) > 0
        joined |= (kinds[:-1] & JOINER) > 0
        joined |= (kinds[1:] & kinds[:-1] & REGIONAL) > 0
        self._cuts: Ints = np.flatnonzero(np.concatenate(([True], ~joined, [True])))

    def before(self, positions: Ints) -> Ints:
        """For each position the last boundary at or before it."""
        if self._plain:
            return positions
        return self._cuts[np.searchsorted(self._cuts, positions, side="right") - 1]

    def after(self, positions: Ints) -> Ints:
        """For each position the first boundary at or after it."""
        if self._plain:
            return positions
        return self._cuts[np.searchsorted(self._cuts, positions, side="left")]

    def parts(self, starts: Ints, ends: Ints) -> Bools | bool:
        """Whether between tokens that end at `ends`, and those at `starts` that follow, a word may end without a space.

        That is so beside a letter of a script that puts no spaces between words.
        """
        if self._plain:
            return False
        final = len(self._unspaced) - 1
        beside = self._unspaced[np.minimum(starts, final)] | self._unspaced[np.clip(ends - 1, 0, final)]
        # Tokens of bytes may share a letter.
        return beside & (starts >= ends)


def word_extents(starts: Ints, ends: Ints, words: Floats, boundaries: Boundaries) -> tuple[Ints, Ints]:
    """Start and end of the word that each token stands in.

    `words` numbers the tokenizer's words, NaN where a token has none. Where the text puts no spaces between words, each
    token is its own.
    """
    if len(words) == 0:
        return starts, ends
    apart = np.ones(len(words), dtype=np.bool_)
    apart[1:] = (words[1:] != words[:-1]) | boundaries.parts(starts[1:], ends[:-1])
    first = np.flatnonzero(apart)
    group = np.cumsum(apart) - 1
    last = np.append(first[1:], len(words)) - 1
    return starts[first][group], ends[last][group]
