"""Draws requests of every task that a catalog serves: one word to thousands, one text or many, in 14 languages."""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from models.texts import Paragraph, pairs
from shared.catalog import Catalog

# How many words a text has, how many texts a request has, and how often among a thousand.
WORDS = {1: 200, 5: 450, 40: 310, 200: 30, 1_000: 8, 5_000: 2}
TEXTS = {1: 860, 2: 80, 8: 45, 32: 13, 100: 2}
# What more words than these are cut to where a request has several texts.
WORDS_EACH = 200
# Languages that set no spaces have two characters for a word here.
SPACELESS = {"ja", "zh"}


class Draw:
    """Draws texts and requests, the same ones for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._chosen = random.Random(seed)
        self._paragraphs: dict[str, list[Paragraph]] = {}
        for paragraph in pairs():
            self._paragraphs.setdefault(paragraph.language, []).append(paragraph)

    def request(self, catalog: Catalog) -> tuple[str, bytes]:
        """Draw a request to any of a catalog's models; return its path and its body."""
        spec = self._chosen.choice(list(catalog))
        body = {**BODIES[spec.service](self), "model": spec.id}
        return f"/v1/{spec.task}", json.dumps(body).encode()

    def text(self, words: int | None = None) -> str:
        """Draw a text of so many words of one language."""
        words = words or self._weighted(WORDS)
        language = self._chosen.choice(list(self._paragraphs))
        drawn: list[str] = []
        while len(drawn) < words:
            drawn += _words(self._chosen.choice(self._paragraphs[language]).paragraph, language)
        return ("" if language in SPACELESS else " ").join(drawn[:words])

    def texts(self) -> list[str]:
        """Draw one text of any length, or several shorter ones."""
        count = self._weighted(TEXTS)
        return [self.text(min(self._weighted(WORDS), WORDS_EACH) if count > 1 else None) for _ in range(count)]

    def question(self) -> str:
        """Draw a question."""
        return self._chosen.choice(self._chosen.choice(self._chosen.choice(list(self._paragraphs.values()))).questions)

    def _weighted(self, counts: Mapping[int, int]) -> int:
        return self._chosen.choices(list(counts), list(counts.values()))[0]


def _words(text: str, language: str) -> list[str]:
    return [text[i : i + 2] for i in range(0, len(text), 2)] if language in SPACELESS else text.split()


# By service, a body without its model.
BODIES: dict[str, Callable[[Draw], dict[str, Any]]] = {
    "question_answering": lambda draw: {"question": draw.question(), "context": draw.text()},
    "embeddings": lambda draw: {"input": draw.texts(), "encoding_format": "base64"},
    "rerank": lambda draw: {"query": draw.question(), "documents": draw.texts()},
    "text_classification": lambda draw: {"text": draw.texts()},
    "token_classification": lambda draw: {"text": draw.texts()},
}
