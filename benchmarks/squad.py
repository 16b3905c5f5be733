"""Questions with reference answers in SQuAD's format, and how near an answer is to them.

Exact match and F1 are those of SQuAD 2.0 (https://arxiv.org/abs/1806.03822): the better of all reference answers
counts, and where there is none only no answer is right. Answers are compared without case, punctuation and the English
articles, as SQuAD does. For other languages than English: characters are first brought to one form (NFKC), punctuation
and symbols are what Unicode calls so, and in scripts without spaces between words every character is a word.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ARTICLES = {"a", "an", "the"}
SCRIPTS_WITHOUT_SPACES = (
    "CJK UNIFIED",
    "CJK COMPATIBILITY IDEOGRAPH",
    "HIRAGANA",
    "KATAKANA",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, its context and the reference answers; none means that the context does not answer it."""

    question: str
    context: str
    answers: tuple[str, ...]


def read(path: Path) -> list[Question]:
    """All questions of a file in SQuAD's format, 1.1 or 2.0. Raises ValueError for another format."""
    content = json.loads(path.read_text(encoding="utf-8"))
    try:
        return list(_questions(content["data"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is not in SQuAD's format: {error} is missing or wrong") from error


def _questions(articles: Iterable[dict[str, list[dict[str, object]]]]) -> Iterator[Question]:
    for article in articles:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:  # type: ignore[attr-defined]
                answers = () if asked.get("is_impossible") else tuple(answer["text"] for answer in asked["answers"])
                yield Question(question=asked["question"], context=str(paragraph["context"]), answers=answers)


def words(text: str) -> list[str]:
    """What of an answer is compared."""
    spaced = "".join(_spaced(character) for character in unicodedata.normalize("NFKC", text).casefold())
    return [word for word in spaced.split() if word not in ARTICLES]


def _spaced(character: str) -> str:
    if unicodedata.category(character)[0] in "PS":
        return ""
    alone = unicodedata.name(character, "").startswith(SCRIPTS_WITHOUT_SPACES)
    return f" {character} " if alone else character


def exact_match(answer: str, references: Sequence[str]) -> float:
    """1 where the answer is one of the references, else 0. No reference: 1 for no answer."""
    return float(any(words(answer) == words(reference) for reference in references or ("",)))


def f1(answer: str, references: Sequence[str]) -> float:
    """The harmonic mean of precision and recall in words, of the best reference."""
    return max(_overlap(words(answer), words(reference)) for reference in references or ("",))


def _overlap(answer: list[str], reference: list[str]) -> float:
    if not answer or not reference:
        return float(answer == reference)
    shared = (Counter(answer) & Counter(reference)).total()
    return 2 * shared / (len(answer) + len(reference))


@dataclass(frozen=True, kw_only=True)
class Score:
    """Means over questions, in percent. `f1_answerable` and `f1_unanswerable` are F1 over those alone, None if none."""

    questions: int
    exact_match: float
    f1: float
    f1_answerable: float | None
    f1_unanswerable: float | None

    @classmethod
    def of(cls, questions: Sequence[Question], answers: Sequence[str]) -> "Score":
        """Compare one answer to each question; "" is no answer."""
        scores = [f1(answer, question.answers) for question, answer in zip(questions, answers, strict=True)]
        exact = [exact_match(answer, question.answers) for question, answer in zip(questions, answers, strict=True)]
        pairs = list(zip(questions, scores, strict=True))
        return cls(
            questions=len(questions),
            exact_match=_percent(exact) or 0.0,
            f1=_percent(scores) or 0.0,
            f1_answerable=_percent([score for question, score in pairs if question.answers]),
            f1_unanswerable=_percent([score for question, score in pairs if not question.answers]),
        )


def _percent(shares: Sequence[float]) -> float | None:
    return round(100 * sum(shares) / len(shares), 2) if shares else None
