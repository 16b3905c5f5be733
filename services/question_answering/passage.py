"""A context as tokens, and where in the text an answer that begins or ends with each of them does so."""

import re
from dataclasses import dataclass, field

import numpy as np

from shared.encoder.text import Boundaries, word_extents
from shared.encoder.tokens import Encoding, Ints

# The end of a paragraph, or of a sentence: a stop, what closes a quotation, white space; some scripts leave no space.
SENTENCE_END = re.compile(r"\n\s*\n|[.!?\u061f\u06d4\u0964]['\")\u00bb\u201d\u2019\]]*\s+|[\u3002\uff01\uff1f]")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """The tokens of a context, each (tokens,): `ids`, and the characters at which answers begin and end with them.

    `sentence_starts` are the tokens at which sentences start, in order.
    """

    ids: Ints
    start_chars: Ints
    end_chars: Ints
    sentence_starts: list[int] = field(default_factory=list)

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
        ends_at = [match.end() for match in SENTENCE_END.finditer(context)]
        sentence_starts = np.searchsorted(offsets[:, 0], ends_at).tolist()
        return cls(
            ids=ids,
            start_chars=boundaries.before(starts),
            end_chars=boundaries.after(ends),
            sentence_starts=sentence_starts,
        )
