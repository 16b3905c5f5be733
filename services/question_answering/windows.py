"""Windows over contexts that are longer than a model reads, and their batches. Knows lengths, not texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.question_answering.request import Request
from services.question_answering.tokens import Passage, Template
from shared.errors import InvalidRequest

Ints = NDArray[np.int64]

# The pipeline's own defaults, in tokens.
DEFAULT_LENGTH = 384
DEFAULT_STRIDE = 128
# One context may take so many windows: at a stride just below the window a short request would run for hours.
MAX_WINDOWS = 4096
# Padded tokens in one call of the model. On a CPU larger batches gain no speed and take more memory.
BATCH_TOKENS = 2048


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question and its context as tokens. `head` is all that stands before the context, special tokens included."""

    head: Ints
    types: Ints
    passage: Passage
    truncated: bool


@dataclass(frozen=True, kw_only=True)
class Window:
    """The tokens `start` to `stop` of an item's context, read in one go: `length` tokens in all."""

    item: int
    start: int
    stop: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows padded to the longest. Arrays are (windows, tokens); `heads` and `contexts` count a window's tokens."""

    ids: Ints
    mask: Ints
    types: Ints
    heads: Ints
    contexts: Ints


class Layout:
    """How long windows may be, and how far apart, for one request."""

    def __init__(self, request: Request, template: Template, max_tokens: int) -> None:
        self._template = template
        self._length = min(request.max_seq_len or DEFAULT_LENGTH, max_tokens)
        self._stride = request.doc_stride
        self._max_question = request.max_question_len

    def item(self, question: Ints, passage: Passage) -> Item:
        """Join a question's ids and a context. A question that would leave it less than a quarter is cut."""
        room = self._length - self._template.length
        limit = len(question) if self._max_question is None else self._max_question
        if len(question) + len(passage.ids) > room:
            limit = min(limit, room - max(1, room // 4))
        head, types = self._template.head(question[:limit])
        return Item(head=head, types=types, passage=passage, truncated=limit < len(question))

    def windows(self, index: int, item: Item) -> list[Window]:
        """The windows over an item's context, in order; they overlap by the stride. Raises InvalidRequest."""
        fixed, total = len(item.head) + len(self._template.after), len(item.passage.ids)
        room = self._length - fixed
        if total <= room:
            return [Window(item=index, start=0, stop=total, length=fixed + total)]
        step = room - self._overlap(room)
        if (total - room) // step >= MAX_WINDOWS:
            raise InvalidRequest(
                f"'context' {index} needs more than {MAX_WINDOWS} windows; lower 'doc_stride' or split the context.",
                param="doc_stride",
            )
        starts = range(0, total - room + step, step)
        stops = [min(start + room, total) for start in starts]
        return [Window(item=index, start=a, stop=b, length=fixed + b - a) for a, b in zip(starts, stops, strict=True)]

    def _overlap(self, room: int) -> int:
        if self._stride is None:
            stride = min(self._length // 2, DEFAULT_STRIDE)
            return stride if room - stride > room // 8 else room // 2
        if self._stride >= room:
            raise InvalidRequest(
                f"'doc_stride' must be below {room}, which is what the question leaves of a window.", param="doc_stride"
            )
        return self._stride


def together(windows: Sequence[Window], budget: int) -> list[tuple[Window, ...]]:
    """The windows in as few batches as `budget` padded tokens allow, longest first so that each is nearly full."""
    ordered = sorted(windows, key=lambda window: -window.length)
    found = []
    start = 0
    while start < len(ordered):
        size = max(1, budget // ordered[start].length)
        found.append(tuple(ordered[start : start + size]))
        start += size
    return found


def batch(items: Sequence[Item], windows: tuple[Window, ...], template: Template, pad: int) -> Batch:
    """The tokens of some windows, padded to the first: it must be the longest."""
    shape = len(windows), windows[0].length
    ids = np.full(shape, pad, dtype=np.int64)
    types = np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        item = items[window.item]
        head, end = len(item.head), window.length - len(template.after)
        ids[row, :head], types[row, :head] = item.head, item.types
        ids[row, head:end], types[row, head:end] = item.passage.ids[window.start : window.stop], template.types[3]
        ids[row, end : window.length], types[row, end : window.length] = template.after, template.types[4]
    lengths = np.array([window.length for window in windows])
    return Batch(
        ids=ids,
        mask=(np.arange(shape[1]) < lengths[:, None]).astype(np.int64),
        types=types,
        heads=np.array([len(items[window.item].head) for window in windows]),
        contexts=np.array([window.stop - window.start for window in windows]),
    )
