"""Token ids of a request's texts, cut to what the model reads, and packed into runs. Knows no model."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.embeddings.request import Request
from shared.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The special tokens that a model wants before and after every text."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, ids: Sequence[int], special_tokens_mask: Sequence[int]) -> "Frame":
        """Read off an encoded sample text: `special_tokens_mask` is 1 for what the tokenizer added."""
        text = [i for i, special in enumerate(special_tokens_mask) if not special]
        first, last = (text[0], text[-1]) if text else (0, -1)
        return cls(before=tuple(ids[:first]), after=tuple(ids[last + 1 :]))


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Of each text, the ids that the model reads; and how many texts were cut."""

    ids: list[list[int]]
    truncated: int

    @property
    def lengths(self) -> list[int]:
        return [len(ids) for ids in self.ids]


def fit(texts: Sequence[list[int]], frame: Frame, max_tokens: int, request: Request) -> Tokens:
    """Frame each text's ids and cut it to `max_tokens` on the side the request names, as sentence-transformers does.

    Raises InvalidRequest for a text that is too long for a request that forbids cutting, or that holds no token at all.
    """
    room = max_tokens - len(frame.before) - len(frame.after)
    if not request.truncate:
        _refuse_long(texts, room, max_tokens)
    left = request.truncation_direction == "left"
    ids = [[*frame.before, *_cut(text, room, left), *frame.after] for text in texts]
    for index, text in enumerate(ids):
        if not text:
            raise InvalidRequest(f"'input[{index}]' holds nothing that the model can read.", param="input")
    return Tokens(ids=ids, truncated=sum(len(text) > room for text in texts))


def _cut(text: list[int], room: int, left: bool) -> list[int]:
    if len(text) <= room:
        return text
    return text[-room:] if left else text[:room]


def _refuse_long(texts: Sequence[list[int]], room: int, max_tokens: int) -> None:
    for index, text in enumerate(texts):
        if len(text) > room:
            length = len(text) + max_tokens - room
            problem = f"'input[{index}]' is {length} tokens long and the model reads {max_tokens}; shorten it or allow "
            raise InvalidRequest(problem + "'truncate'.", param="input")


def pack(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group texts, by their index, into runs of similar length of at most `budget` tokens with padding.

    A text longer than the budget runs alone. Shortest first.
    """
    runs: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if runs and (len(runs[-1]) + 1) * lengths[index] <= budget:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs
