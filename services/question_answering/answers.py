"""From the spans of an item's windows to its answers: cut from the text, merged, ranked. It knows texts, not models.

Scores of two windows cannot be compared: each is a probability within its own window. Two ways to rank over windows:

- "best": by the best window's odds against its own null score. An answer's probability is its odds over those of all
  spans of all windows and of no answer. It means the same for one window and for forty.
- "sum": as the question-answering pipeline does, by the sum of an answer's scores in all windows.
"""

import math
from dataclasses import dataclass

from services.question_answering.passage import Passage
from services.question_answering.request import Answer, Ranking
from services.question_answering.spans import TokenSpans

# A null score that underflows counts as this much.
LEAST_NULL = 1e-300


@dataclass
class Candidate:
    """An answer that is the same text, case aside, wherever it was found.

    `start` and `end` are the characters of its best place, `best` its score or odds there, `total` the sum of them all.
    """

    start: int
    end: int
    best: float
    total: float


class Candidates:
    """The answers found in one context, window by window."""

    def __init__(self, context: str, passage: Passage, ranking: Ranking) -> None:
        self._context = context
        self._passage = passage
        self._is_sum = ranking == "sum"
        self._by_text: dict[str, Candidate] = {}
        # The odds that some span is the answer, over all windows, and in the window where they are best.
        self._all_odds = 0.0
        self._best_odds = 0.0
        self.null_score = 1.0

    def add(self, first_token: int, spans: TokenSpans) -> None:
        """Add the spans of the window that begins with the context's token `first_token`."""
        null = max(spans.null_score, LEAST_NULL)
        self.null_score = min(self.null_score, spans.null_score)
        self._all_odds += spans.total / null
        self._best_odds = max(self._best_odds, spans.total / null)
        values = spans.scores if self._is_sum else spans.scores / null
        starts = self._passage.start_chars[first_token + spans.first_tokens].tolist()
        ends = self._passage.end_chars[first_token + spans.last_tokens].tolist()
        for start, end, value in zip(starts, ends, values.tolist(), strict=True):
            text = self._context[start:end]
            if text and not text.isspace():
                self._merge(text.lower(), Candidate(start, end, value, value))

    def _merge(self, key: str, new: Candidate) -> None:
        known = self._by_text.setdefault(key, new)
        if known is new:
            return
        known.total += new.total
        if new.best > known.best:
            known.start, known.end, known.best = new.start, new.end, new.best

    def rank(self) -> list[Answer]:
        """Return all answers, best first; of equals the one that begins first."""
        scored = [(self._score(found), found) for found in self._by_text.values()]
        scored.sort(key=lambda pair: (-self._value(pair[1]), pair[1].start, pair[1].end))
        return [make_answer(self._context, found.start, found.end, score) for score, found in scored]

    def log_odds(self) -> float:
        """Return the logarithm of the best window's odds that it holds an answer."""
        return math.log(max(self._best_odds, LEAST_NULL))

    def _value(self, found: Candidate) -> float:
        return found.total if self._is_sum else found.best

    def _score(self, found: Candidate) -> float:
        """Return an answer's probability; a sum of several is at most 1."""
        return min(1.0, found.total if self._is_sum else found.best / (1.0 + self._all_odds))


def make_answer(context: str, start: int, end: int, score: float) -> Answer:
    """Return the answer that stands at these characters; no answer is the empty text at 0."""
    return {"answer": context[start:end], "score": score, "start": start, "end": end}
