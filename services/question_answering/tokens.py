"""Texts as tokens, and where the special tokens go between question and context. Knows tokenizers, not models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.question_answering.text import Boundaries, word_extents

Ints = NDArray[np.int64]


class Encoding(Protocol):
    """What is used of `tokenizers.Encoding`; offsets are in code points."""

    @property
    def ids(self) -> list[int]: ...
    @property
    def type_ids(self) -> list[int]: ...
    @property
    def offsets(self) -> list[tuple[int, int]]: ...
    @property
    def word_ids(self) -> Sequence[int | None]: ...
    @property
    def sequence_ids(self) -> Sequence[int | None]: ...


class Tokenizer(Protocol):
    """What is used of `tokenizers.Tokenizer`."""

    def encode(self, sequence: str, pair: str | None = None, *, add_special_tokens: bool = True) -> Encoding: ...


@dataclass(frozen=True, kw_only=True)
class Template:
    """The special tokens around a question and a context, and the token types of all five parts.

    It is read from the tokenizer itself: BERT, ALBERT and DistilBERT have `[CLS] q [SEP] c [SEP]`, RoBERTa and XLM-R
    `<s> q </s></s> c </s>`.
    """

    before: Ints
    between: Ints
    after: Ints
    types: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> "Template":
        """Ask the tokenizer. Raises ValueError where it does not begin a pair with a special token (CLS)."""
        pair = tokenizer.encode("a", "b")
        ids, types = np.array(pair.ids, dtype=np.int64), pair.type_ids
        sequence = np.array([-1 if s is None else s for s in pair.sequence_ids])
        question, context = np.flatnonzero(sequence == 0), np.flatnonzero(sequence == 1)
        if not len(question) or not len(context) or question[0] == 0 or context[-1] + 1 == len(ids):
            raise ValueError("the tokenizer does not write a pair as <CLS> question <SEP> context <SEP>")
        return cls(
            before=ids[: question[0]],
            between=ids[question[-1] + 1 : context[0]],
            after=ids[context[-1] + 1 :],
            types=(types[0], types[question[0]], types[question[-1] + 1], types[context[0]], types[-1]),
        )

    @property
    def length(self) -> int:
        """How many special tokens there are."""
        return len(self.before) + len(self.between) + len(self.after)

    def head(self, question: Ints) -> tuple[Ints, Ints]:
        """Ids and types of all that stands before the context."""
        parts = (self.before, question, self.between)
        return np.concatenate(parts), np.repeat(np.array(self.types[:3]), [len(part) for part in parts])


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A context as tokens: ids, and where an answer that begins or ends with each token begins or ends in the text."""

    ids: Ints
    starts: Ints
    ends: Ints


def passage(tokenizer: Tokenizer, context: str, *, align_to_words: bool) -> Passage:
    """Read a context of any length, once. `align_to_words` widens every token to its word."""
    encoding = tokenizer.encode(context, add_special_tokens=False)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    boundaries = Boundaries(context)
    if align_to_words:
        words = np.array(encoding.word_ids, dtype=np.float64)
        starts, ends = word_extents(starts, ends, words, boundaries)
    return Passage(
        ids=np.array(encoding.ids, dtype=np.int64), starts=boundaries.before(starts), ends=boundaries.after(ends)
    )
