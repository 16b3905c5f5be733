"""A request in the service's form, checked with the standard library. Knows no model."""

import re
from dataclasses import dataclass, fields
from typing import Any

from shared.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Request:
    """Questions, each with its context, and how to answer them; the options are the Hugging Face pipeline's.

    Lengths are in tokens. `doc_stride` is what two windows over a context share; None for `doc_stride`, `max_seq_len`
    and `max_question_len` leaves the choice to the engine. `allow_no_answer` lets the model's calibrated threshold
    decide that there is no answer, `handle_impossible_answer` lets no answer compete by its score.
    """

    question: list[str]
    context: list[str]
    top_k: int = 1
    allow_no_answer: bool = False
    handle_impossible_answer: bool = False
    max_answer_len: int = 15
    doc_stride: int | None = None
    max_seq_len: int | None = None
    max_question_len: int | None = None
    align_to_words: bool = True

    @classmethod
    def parse(cls, request: dict[str, Any]) -> "Request":
        """Check a request. An option that is null is as good as absent. Raises InvalidRequest."""
        names = [field.name for field in fields(cls)]
        if not request.keys() <= set(names):
            raise InvalidRequest(f"The request has an unknown field; it may have {', '.join(names)}.", param="request")
        questions, contexts = _texts(request, "question"), _texts(request, "context")
        if len(questions) != len(contexts):
            raise InvalidRequest("'question' and 'context' must be lists of equal length.", param="context")
        given = {k: v for k, v in request.items() if v is not None and k not in TEXTS}
        for name, value in given.items():
            _check_option(name, value)
        stride, length = given.get("doc_stride"), given.get("max_seq_len")
        if stride is not None and length is not None and stride > length:
            raise InvalidRequest("'doc_stride' must not be above 'max_seq_len'.", param="doc_stride")
        return cls(question=questions, context=contexts, **given)


TEXTS = {"question", "context"}
SURROGATE = re.compile("[\ud800-\udfff]")
FLAGS = {"allow_no_answer", "handle_impossible_answer", "align_to_words"}
LEAST = {"top_k": 1, "max_answer_len": 1, "doc_stride": 0, "max_seq_len": 8, "max_question_len": 1}


def _check_option(name: str, value: Any) -> None:
    if name in FLAGS:
        if not isinstance(value, bool):
            raise InvalidRequest(f"'{name}' must be true or false.", param=name)
    elif isinstance(value, bool) or not isinstance(value, int) or value < LEAST[name]:
        raise InvalidRequest(f"'{name}' must be a whole number of at least {LEAST[name]}.", param=name)


def _texts(request: dict[str, Any], name: str) -> list[str]:
    texts = request.get(name)
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise InvalidRequest(f"'{name}' must be a list of at least one string.", param=name)
    for i, text in enumerate(texts):
        if not text or text.isspace():
            raise InvalidRequest(f"'{name}' {i} is empty; send some text.", param=name)
        if SURROGATE.search(text):
            raise InvalidRequest(f"'{name}' {i} holds half of a surrogate pair; send valid Unicode.", param=name)
    return texts
