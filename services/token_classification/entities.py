"""From the labels' probabilities in a text's windows to its entities. It knows tokens and words, no model."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.token_classification.request import Entity, Strategy, Token
from services.token_classification.words import TextTokens
from shared.encoder.tokens import Ints

Floats = NDArray[np.float32]
Part = tuple[slice, Floats]
"""A window: its tokens in the text, and the probabilities of their labels, (tokens, labels)."""


class Labels:
    """A model's labels, as the scheme B-, I- reads them: B- begins an entity, anything else may go on with one."""

    def __init__(self, names: Sequence[str]) -> None:
        tags = [name[2:] if name.startswith(("B-", "I-")) else name for name in names]
        self.names = list(names)
        self.groups = [name.split("-", 1)[-1] for name in names]
        self.tags: Ints = np.array([tags.index(tag) for tag in tags], dtype=np.int64)
        self.begins = np.array([name.startswith("B-") for name in names], dtype=np.bool_)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Characters `start` to `end` of a text, which carry a label."""

    label: str
    score: float
    start: int
    end: int


def pick_tokens(
    text: TextTokens, parts: Iterable[Part], labels: Labels, ignored: Collection[str], first_index: int
) -> list[Token]:
    """Return every token whose most probable label is not ignored. Of two windows the more certain one decides.

    `first_index` is the index of the text's first token.
    """
    numbers = np.zeros(len(text.ids), dtype=np.int64)
    scores = np.full(len(text.ids), -1, dtype=np.float32)
    for part, found in parts:
        best = found.max(axis=1)
        numbers[part] = np.where(best > scores[part], found.argmax(axis=1), numbers[part])
        scores[part] = np.maximum(best, scores[part])
    return [
        _token(text, place, labels.names[number], score, first_index)
        for place, (number, score) in enumerate(zip(numbers.tolist(), scores.tolist(), strict=True))
        if labels.names[number] not in ignored
    ]


def _token(text: TextTokens, place: int, label: str, score: float, first_index: int) -> Token:
    start, end = text.trim(int(text.starts[place]), int(text.ends[place]))
    word, token = text.text[start:end], text.strings[place]
    index = first_index + place
    return {"entity": label, "score": score, "index": index, "word": word, "start": start, "end": end, "token": token}


def group_windows(
    text: TextTokens, parts: Sequence[Part], labels: Labels, ignored: Collection[str], strategy: Strategy
) -> list[Entity]:
    """Return a text's entities: tokens or words of one label in a row, joined. Spans of white space are none."""
    spans = [span for part in parts for span in group(text, part, labels, strategy) if span.label not in ignored]
    merged = merge_overlapping(spans) if len(parts) > 1 else spans
    return [entity for span in merged if (entity := _entity(text, span))["word"]]


def _entity(text: TextTokens, span: Span) -> Entity:
    start, end = text.trim(span.start, span.end)
    return {"entity_group": span.label, "score": span.score, "word": text.text[start:end], "start": start, "end": end}


def group(text: TextTokens, part: Part, labels: Labels, strategy: Strategy) -> list[Span]:
    """Join the tokens of one window into entities; a label's score is the mean over the tokens or words joined."""
    tokens, scores = part
    starts, ends = text.starts[tokens], text.ends[tokens]
    if strategy != "simple":
        first = np.flatnonzero(~text.is_subword[tokens] | (np.arange(len(scores)) == 0))
        starts, ends = starts[first], ends[_last(first, len(scores))]
        scores = score_words(scores, first, strategy)
    numbers, best = scores.argmax(axis=1), scores.max(axis=1)
    tags = labels.tags[numbers]
    first = np.flatnonzero(np.concatenate(([True], (tags[1:] != tags[:-1]) | labels.begins[numbers[1:]])))
    last = _last(first, len(numbers))
    means = np.add.reduceat(best, first) / (last - first + 1)
    columns = (numbers[first], means, starts[first], ends[last])
    return [
        Span(label=labels.groups[number], score=min(1.0, score), start=start, end=end)
        for number, score, start, end in zip(*(column.tolist() for column in columns), strict=True)
    ]


def score_words(scores: Floats, first: Ints, strategy: Strategy) -> Floats:
    """Return the labels' probabilities of each word, (words, labels); `first` are the words' first tokens."""
    if strategy == "first":
        return scores[first]
    lengths = _last(first, len(scores)) - first + 1
    if strategy == "average":
        means: Floats = np.add.reduceat(scores, first, axis=0) / lengths[:, None]
        return means
    # Sorted within each word, the most certain token comes first, of equals the one that stands first.
    words = np.repeat(np.arange(len(first)), lengths)
    return scores[np.lexsort((-scores.max(axis=1), words))[first]]


def merge_overlapping(spans: Iterable[Span]) -> list[Span]:
    """Of entities that overlap, as two windows see them, keep the longer, and of equally long ones the more certain."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if not merged or span.start >= merged[-1].end:
            merged.append(span)
        elif (span.end - span.start, span.score) > (merged[-1].end - merged[-1].start, merged[-1].score):
            merged[-1] = span
    return merged


def _last(first: Ints, total: int) -> Ints:
    """Return the last element of each group of elements in a row, by the groups' first ones."""
    return np.append(first[1:], total) - 1
