"""Splits a batch into parts that take about the same time, in order. Knows the texts' sizes, not what they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.request import InternalRequest

Q = TypeVar("Q", bound=InternalRequest)

# An empty text costs something too: its special tokens, its place in the reply.
ITEM_BYTES = 32
# Lambda carries 6 MB each way; escapes in JSON may take what is left.
MAX_PART_BYTES = 3_000_000
MAX_REPLY_BYTES = 5_000_000


@dataclass(frozen=True)
class Part(Generic[Q]):
    """Some of a request's items in a row, from its item number `first` on."""

    first: int
    request: Q


def split(request: Q, *, max_parts: int, dimensions: int | None) -> list[Part[Q]]:
    """Split a request into parts that are each worth an invocation; more where Lambda's limits force it.

    `dimensions` is the length of the model's vectors.
    """
    sizes = item_bytes(request)
    max_items = max(1, MAX_REPLY_BYTES // max(1, request.item_reply_bytes(dimensions)))
    wanted = min(max_parts, max(1, sum(sizes) // request.PART_BYTES))
    starts = balance(sizes, wanted, max_items)
    if len(starts) == 1:
        return [Part(0, request)]
    return [Part(start, request.take(start, stop)) for start, stop in zip(starts, [*starts[1:], None], strict=True)]


def item_bytes(request: InternalRequest) -> list[int]:
    """Return the size of each item's texts in UTF-8; a text that goes with all items is sent with each part."""
    sizes = [ITEM_BYTES] * request.items
    for texts in request.texts.values():
        if len(texts) == len(sizes):
            sizes = [size + len(text.encode()) for size, text in zip(sizes, texts, strict=True)]
    return sizes


def balance(sizes: Sequence[int], parts: int, max_items: int) -> list[int]:
    """Return where each part starts, so that the largest of them is as small as it can be."""
    parts = max(parts, len(_fill(sizes, MAX_PART_BYTES, max_items)))
    low, high = max(sizes), max(MAX_PART_BYTES, *sizes)
    if parts == 1:
        return [0]
    while low < high:
        middle = (low + high) // 2
        if len(_fill(sizes, middle, max_items)) <= parts:
            high = middle
        else:
            low = middle + 1
    return _fill(sizes, low, max_items)


def _fill(sizes: Sequence[int], capacity: int, max_items: int) -> list[int]:
    """Return where parts start that are filled one after the other up to `capacity`."""
    starts, filled = [0], 0
    for index, size in enumerate(sizes):
        if filled and (filled + size > capacity or index - starts[-1] >= max_items):
            starts.append(index)
            filled = 0
        filled += size
    return starts
