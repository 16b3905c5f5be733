"""From the spans of an item's windows to its answers: cut from the text, merged, ranked. It knows texts, not models."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.question_answering.passage import Passage
from services.question_answering.request import Answer
from services.question_answering.spans import TokenSpans


@dataclass
class Candidate:
    """An answer that is the same text, case aside, wherever it was found.

    `start` and `end` are the characters of its best place, `best` is its score there, `score` the sum of all scores.
    """

    start: int
    end: int
    best: float
    score: float


class Candidates:
    """The answers found in one context, window by window."""

    def __init__(self, context: str, passage: Passage) -> None:
        self._context = context
        self._passage = passage
        self._by_text: dict[str, Candidate] = {}
        self.null_score = 1.0

    def add(self, first_token: int, spans: TokenSpans) -> None:
        """Add the spans of the window that begins with the context's token `first_token`."""
        self.null_score = min(self.null_score, spans.null_score)
        starts = self._passage.start_chars[first_token + spans.first_tokens].tolist()
        ends = self._passage.end_chars[first_token + spans.last_tokens].tolist()
        for start, end, score in zip(starts, ends, spans.scores.tolist(), strict=True):
            text = self._context[start:end]
            if text and not text.isspace():
                self._merge(text.lower(), Candidate(start, end, score, score))

    def _merge(self, key: str, new: Candidate) -> None:
        known = self._by_text.setdefault(key, new)
        if known is new:
            return
        known.score += new.score
        if new.best > known.best:
            known.start, known.end, known.best = new.start, new.end, new.best

    def rank(self) -> list[Answer]:
        """Return all answers, best first; of equals the one that begins first. A score above 1 becomes 1."""
        ordered = sorted(self._by_text.values(), key=lambda found: (-found.score, found.start, found.end))
        return [_answer(self._context, found.start, found.end, found.score) for found in ordered]


def add_null(answers: Iterable[Answer], null_score: float, *, first: bool) -> list[Answer]:
    """Return the answers and no answer: before all others, or where its score puts it, behind its equals."""
    null = _answer("", 0, 0, null_score)
    if first:
        return [null, *answers]
    return sorted([*answers, null], key=lambda answer: -answer["score"])


def _answer(context: str, start: int, end: int, score: float) -> Answer:
    return {"answer": context[start:end], "score": min(1.0, score), "start": start, "end": end}
