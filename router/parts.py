"""Cuts a batch into parts that take about the same time, in order. Knows the texts' sizes, not what they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.tasks import Request

Q = TypeVar("Q", bound=Request)

# An empty text costs something too: its special tokens, its place in the reply.
ITEM_BYTES = 32
# Lambda carries 6 MB each way; escapes in JSON may take what is left.
PART_BYTES_MOST = 3_000_000
REPLY_BYTES_MOST = 5_000_000


@dataclass(frozen=True)
class Part(Generic[Q]):
    """Some of a request's items in a row, from its item number `first` on."""

    first: int
    request: Q

    @property
    def items(self) -> int:
        return len(next(iter(self.request.texts.values())))


def cut(request: Q, *, worth_bytes: int, most: int, dimensions: int | None) -> list[Part[Q]]:
    """The request in at most `most` parts, each worth `worth_bytes` of text; more where Lambda's limits force it."""
    items = zip(*request.texts.values(), strict=True)
    sizes = [sum(len(text.encode()) for text in item) + ITEM_BYTES for item in items]
    most_items = max(1, REPLY_BYTES_MOST // max(1, request.item_bytes(dimensions)))
    wanted = min(most, max(1, sum(sizes) // worth_bytes))
    starts = balanced(sizes, wanted, most_items)
    if len(starts) == 1:
        return [Part(0, request)]
    return [Part(start, request.take(start, stop)) for start, stop in zip(starts, [*starts[1:], None], strict=True)]


def balanced(sizes: Sequence[int], parts: int, most_items: int) -> list[int]:
    """Where each part starts, so that the largest of them is as small as it can be."""
    parts = max(parts, len(_filled(sizes, PART_BYTES_MOST, most_items)))
    low, high = max(sizes), max(PART_BYTES_MOST, *sizes)
    if parts == 1:
        return [0]
    while low < high:
        middle = (low + high) // 2
        if len(_filled(sizes, middle, most_items)) <= parts:
            high = middle
        else:
            low = middle + 1
    return _filled(sizes, low, most_items)


def _filled(sizes: Sequence[int], capacity: int, most_items: int) -> list[int]:
    """Where parts start that are filled one after the other up to `capacity`."""
    starts, filled = [0], 0
    for index, size in enumerate(sizes):
        if filled and (filled + size > capacity or index - starts[-1] >= most_items):
            starts.append(index)
            filled = 0
        filled += size
    return starts
