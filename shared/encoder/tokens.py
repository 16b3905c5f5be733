"""Sequences of tokens as a network reads them, and the special tokens around one text or two. It knows no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Encoding(Protocol):
    """What is used of `tokenizers.Encoding`; offsets are in Unicode code points.

    `tokens` are the vocabulary's own strings, such as `##ing`.
    """

    @property
    def ids(self) -> list[int]: ...
    @property
    def tokens(self) -> list[str]: ...
    @property
    def type_ids(self) -> list[int]: ...
    @property
    def offsets(self) -> list[tuple[int, int]]: ...
    @property
    def word_ids(self) -> Sequence[int | None]: ...
    @property
    def sequence_ids(self) -> Sequence[int | None]: ...
    @property
    def special_tokens_mask(self) -> list[int]: ...


class Tokenizer(Protocol):
    """What is used of `tokenizers.Tokenizer`. It neither truncates nor pads."""

    def encode(self, sequence: str, pair: str | None = None, *, add_special_tokens: bool = True) -> Encoding: ...

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str: ...

    def get_vocab_size(self) -> int: ...

    def encode_batch_fast(self, input: Sequence[str], *, add_special_tokens: bool = True) -> Sequence[Encoding]: ...


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """One sequence that a network reads in one go: `ids` and `types` (token types), each (tokens,)."""

    ids: Ints
    types: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class SpecialTokens:
    """The special tokens around a text, or around two, and the token types of the parts of a pair.

    They are read from the tokenizer itself: BERT writes `[CLS] a [SEP] b [SEP]`, RoBERTa `<s> a </s></s> b </s>`.
    `pair_types` are the types of the five parts; a single text has `single_type`.
    """

    before: Ints
    after: Ints
    single_type: int
    pair_before: Ints
    between: Ints
    pair_after: Ints
    pair_types: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> "SpecialTokens":
        """Read them from how the tokenizer encodes short texts. Raises ValueError where it reads nothing of them."""
        single, pair = tokenizer.encode("a"), tokenizer.encode("a", "b")
        ids, text = _ids(single), np.flatnonzero(np.array(single.special_tokens_mask) == 0)
        pair_ids, types = _ids(pair), pair.type_ids
        of_text = np.array([-1 if number is None else number for number in pair.sequence_ids])
        one, two = np.flatnonzero(of_text == 0), np.flatnonzero(of_text == 1)
        if not (len(text) and len(one) and len(two)):
            raise ValueError("the tokenizer reads 'a' and 'b' as no token at all; its vocabulary is damaged.")
        between = pair_ids[one[-1] + 1 : two[0]]
        return cls(
            before=ids[: text[0]],
            after=ids[text[-1] + 1 :],
            single_type=single.type_ids[text[0]],
            pair_before=pair_ids[: one[0]],
            between=between,
            pair_after=pair_ids[two[-1] + 1 :],
            pair_types=(
                types[0],
                types[one[0]],
                types[one[-1] + 1] if len(between) else types[two[0]],
                types[two[0]],
                types[-1],
            ),
        )

    @property
    def single_length(self) -> int:
        """The number of special tokens around one text."""
        return len(self.before) + len(self.after)

    @property
    def pair_length(self) -> int:
        """The number of special tokens around a pair of texts."""
        return len(self.pair_before) + len(self.between) + len(self.pair_after)

    def single(self, text: Ints) -> Tokens:
        """Put one text's ids between its special tokens."""
        ids = np.concatenate((self.before, text, self.after))
        return Tokens(ids=ids, types=np.full(len(ids), self.single_type, dtype=np.int64))

    def pair(self, first: Ints, second: Ints) -> Tokens:
        """Put two texts' ids between the special tokens of a pair. The second begins at token `second_start(first)`."""
        parts = (self.pair_before, first, self.between, second, self.pair_after)
        types = np.repeat(np.array(self.pair_types), [len(part) for part in parts])
        return Tokens(ids=np.concatenate(parts), types=types)

    def second_start(self, first: Ints) -> int:
        """Return the number of tokens that stand before the second text of a pair."""
        return len(self.pair_before) + len(first) + len(self.between)


def _ids(encoding: Encoding) -> Ints:
    return np.array(encoding.ids, dtype=np.int64)
