"""From the spans of an item's windows to its answers: cut from the text, merged, ranked. Knows texts, not models."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.question_answering.spans import Spans
from services.question_answering.tokens import Passage


@dataclass
class Candidate:
    """An answer that is the same text, case aside, wherever it was found: its best place, and the sum of its scores."""

    start: int
    end: int
    best: float
    score: float


class Candidates:
    """The answers found in one context, window by window."""

    def __init__(self, context: str, passage: Passage) -> None:
        self._context = context
        self._passage = passage
        self._found: dict[str, Candidate] = {}
        self.null_score = 1.0

    def add(self, offset: int, spans: Spans) -> None:
        """Take the spans of the window that begins with the context's token `offset`."""
        self.null_score = min(self.null_score, spans.null_score)
        starts = self._passage.starts[offset + spans.starts].tolist()
        ends = self._passage.ends[offset + spans.ends].tolist()
        for start, end, score in zip(starts, ends, spans.scores.tolist(), strict=True):
            text = self._context[start:end]
            if text and not text.isspace():
                self._merge(text.lower(), Candidate(start, end, score, score))

    def _merge(self, key: str, new: Candidate) -> None:
        known = self._found.setdefault(key, new)
        if known is new:
            return
        known.score += new.score
        if new.best > known.best:
            known.start, known.end, known.best = new.start, new.end, new.best

    def ranked(self) -> list[dict[str, Any]]:
        """All answers, best first; of equals the one that begins first. A sum of probabilities is at most 1."""
        ordered = sorted(self._found.values(), key=lambda found: (-found.score, found.start, found.end))
        return [_answer(self._context, found.start, found.end, found.score) for found in ordered]


def _answer(context: str, start: int, end: int, score: float) -> dict[str, Any]:
    return {"answer": context[start:end], "score": min(1.0, score), "start": start, "end": end}


def with_null(answers: Iterable[dict[str, Any]], null_score: float, *, first: bool) -> list[dict[str, Any]]:
    """The answers and no answer: before all others, or where its score puts it, behind its equals."""
    null = _answer("", 0, 0, null_score)
    if first:
        return [null, *answers]
    return sorted([*answers, null], key=lambda answer: -answer["score"])
