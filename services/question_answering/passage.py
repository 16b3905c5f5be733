"""A context as tokens, and where in the text an answer that begins or ends with each of them does so."""

from dataclasses import dataclass

import numpy as np

from shared.encoder.text import Boundaries, word_extents
from shared.encoder.tokens import Encoding, Ints


@dataclass(frozen=True, kw_only=True)
class Passage:
    """The tokens of a context, each (tokens,): `ids`, and the characters at which answers begin and end with them."""

    ids: Ints
    start_chars: Ints
    end_chars: Ints

    @classmethod
    def of(cls, context: str, encoding: Encoding, *, align_to_words: bool) -> "Passage":
        """Take it from an encoding without special tokens. `align_to_words` widens every token to its word."""
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        starts, ends = offsets[:, 0], offsets[:, 1]
        boundaries = Boundaries(context)
        if align_to_words:
            words = np.array(encoding.word_ids, dtype=np.float64)
            starts, ends = word_extents(starts, ends, words, boundaries)
        ids = np.array(encoding.ids, dtype=np.int64)
        return cls(ids=ids, start_chars=boundaries.before(starts), end_chars=boundaries.after(ends))
