"""Requests of an exact length in tokens, made of the texts that artifacts are measured on. Knows no side."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.texts import pairs
from shared.encoder.tokenizer import open_tokenizer

Request = dict[str, Any]


def requests(service: str, artifact: Path, tokens: int, count: int) -> list[Request]:
    """`count` requests in the service's form, each of `tokens` tokens with special tokens, each of another text."""
    tokenizer = open_tokenizer(artifact)
    return [REQUESTS[service](tokenizer, tokens, number) for number in range(count)]


def _reading(tokenizer: Any, tokens: int, number: int) -> Request:
    paragraphs = [p for p in pairs() if p.language == "en"]
    question = paragraphs[number % len(paragraphs)].questions[0]
    length = len(tokenizer.encode(question, "").ids)
    if length > tokens // 2:
        question, length = "Who?", len(tokenizer.encode("Who?", "").ids)
    context = _cut(tokenizer, _running(number), tokens - length)
    # Windows of the length that is asked for: the service would stride over what is longer than its default.
    return {"question": [question], "context": [context], "max_seq_len": tokens}


def _embedding(tokenizer: Any, tokens: int, number: int) -> Request:
    special = len(tokenizer.encode("").ids)
    return {"input": [_cut(tokenizer, _running(number), tokens - special)]}


REQUESTS: dict[str, Callable[[Any, int, int], Request]] = {
    "question_answering": _reading,
    "embeddings": _embedding,
}


def _running(number: int) -> str:
    """English paragraphs, one after the other from the one with that number on, around the end if need be."""
    paragraphs = [p.paragraph for p in pairs() if p.language == "en"]
    start = number % len(paragraphs)
    return " ".join(itertools.islice(itertools.cycle(paragraphs), start, start + 12))


def _cut(tokenizer: Any, text: str, tokens: int) -> str:
    """The beginning of `text` that has so many tokens."""
    ends = [end for _, end in tokenizer.encode(text, add_special_tokens=False).offsets]
    cut = text[: ends[tokens - 1]]
    # A word cut inside may be split otherwise than the whole word was: take fewer characters until the count fits.
    while len(tokenizer.encode(cut, add_special_tokens=False).ids) > tokens:
        cut = cut[:-1]
    return cut
