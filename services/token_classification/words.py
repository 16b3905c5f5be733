"""A text as tokens, and which of them begin a word. It knows no labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoder.tokens import Encoding, Ints


@dataclass(frozen=True, kw_only=True)
class TextTokens:
    """A text and its tokens, each array (tokens,).

    `starts` and `ends` are characters. `is_subword` says that a token goes on with the word of the one before.
    `strings` are the vocabulary's; of an unknown token, its text.
    """

    text: str
    ids: Ints
    strings: list[str]
    starts: Ints
    ends: Ints
    is_subword: NDArray[np.bool_]

    @classmethod
    def of(cls, text: str, encoding: Encoding, subword_prefix: str, unknown_token_id: int | None) -> "TextTokens":
        """Take them from an encoding without special tokens.

        Where the tokenizer marks no subwords, a word is what stands between spaces, as for the pipeline.
        """
        ids = np.array(encoding.ids, dtype=np.int64)
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        is_unknown = ids == (-1 if unknown_token_id is None else unknown_token_id)
        if subword_prefix:
            goes_on = [token.startswith(subword_prefix) for token in encoding.tokens]
        else:
            goes_on = [start > 0 and " " not in text[start - 1 : start + 1] for start, _ in encoding.offsets]
        strings = [
            text[start:end] if unknown else token
            for token, unknown, (start, end) in zip(encoding.tokens, is_unknown, encoding.offsets, strict=True)
        ]
        return cls(
            text=text,
            ids=ids,
            strings=strings,
            starts=offsets[:, 0],
            ends=offsets[:, 1],
            is_subword=np.array(goes_on, dtype=np.bool_) & ~is_unknown,
        )

    def trim(self, start: int, end: int) -> tuple[int, int]:
        """Leave out the white space at both ends of a span of characters: some tokens begin with a space."""
        span = self.text[start:end]
        start += len(span) - len(span.lstrip())
        return start, start + len(span.strip())
