"""Extractive question answering: the span of a context that answers a question, with its character offsets."""

import json
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.catalog import Limits
from shared.errors import InvalidRequest
from shared.tasks import STRICT, OneOrMany

LIMITS = Limits(characters=100_000, items=128)
EXAMPLE = {
    "question": "Where was Marie Curie born?",
    "context": "Marie Curie was born in Warsaw in 1867. She moved to Paris, where she won two Nobel prizes.",
}
FOUND: dict[str, Any] = {"answer": "Warsaw", "score": 0.93, "start": 24, "end": 30}
NO_ANSWER = {"answer": "", "score": 0.0, "start": 0, "end": 0}
# About four windows of a 384-token model: some hundred milliseconds of work.
PART_BYTES = 6_000
QUESTION_CHARACTERS = 2_000

QuestionText = Annotated[str, StringConstraints(max_length=QUESTION_CHARACTERS, pattern=r"\S")]
ContextText = Annotated[str, StringConstraints(pattern=r"\S")]
TopK = Annotated[int, Field(ge=1, le=100, description="How many answers, best first.")]
AnswerTokens = Annotated[int, Field(ge=1, le=512, description="Tokens that an answer may have.")]
Stride = Annotated[int, Field(ge=0, le=100_000, description="Tokens that two windows over a long context share.")]


class Request(BaseModel):
    """What a model is sent: as many questions as contexts. The options are those of the Hugging Face pipeline."""

    model_config = STRICT
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

    @property
    def texts(self) -> dict[str, list[str]]:
        return {"question": self.question, "context": self.context}

    def take(self, start: int, stop: int | None) -> Self:
        lists = {"question": self.question[start:stop], "context": self.context[start:stop]}
        return self.model_copy(update=lists)

    def item_bytes(self, dimensions: int | None) -> int:
        return self.top_k * 500


class Answer(BaseModel):
    """A span: `context[start:end] == answer`, in Unicode code points. No answer is the empty span at 0."""

    answer: str
    score: float = Field(allow_inf_nan=False)
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Spans(BaseModel):
    """A model's answers to one question, best first, and its score for there being none."""

    answers: list[Answer]
    no_answer_score: float = Field(allow_inf_nan=False)


class Reply(BaseModel):
    """What a model replies: one `Spans` for each question."""

    results: list[Spans]

    @property
    def items(self) -> int:
        return len(self.results)

    @classmethod
    def merge(cls, parts: list[Self]) -> Self:
        return cls.model_construct(results=[spans for part in parts for spans in part.results])


class Result(Answer):
    """The best answer to one question. `answers` lists all that were asked for when `top_k` is more than 1."""

    no_answer_score: float
    answers: list[Answer] | None = Field(default=None, exclude_if=lambda value: value is None)


class AnswerToOne(Result):
    """The answer to one question over one context, and the model that gave it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**FOUND, "no_answer_score": 0.004, "model": "qa"}]})
    model: str


class AnswerToMany(BaseModel):
    """One result per question and context. `best` is the index of the best, when one question met many contexts."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [{**FOUND, "no_answer_score": 0.004}], "model": "qa", "best": 0}]}
    )
    results: list[Result]
    model: str
    best: int | None = Field(default=None, exclude_if=lambda value: value is None)


class QuestionBody(BaseModel):
    """A question of a context, or several: lists of equal length, or one of the two a single string."""

    model_config = STRICT
    answers: ClassVar[tuple[type[BaseModel], ...]] = (AnswerToOne, AnswerToMany)
    example: ClassVar[dict[str, Any]] = EXAMPLE
    remedy: ClassVar[str] = "Send fewer questions, or a smaller top_k."
    question: OneOrMany[QuestionText]
    context: OneOrMany[ContextText]
    top_k: TopK = 1
    allow_no_answer: bool = Field(
        default=False, description="Answer with the empty span where the model finds no answer."
    )
    max_answer_len: AnswerTokens = 15
    doc_stride: Stride | None = None
    model: str | None = Field(default=None, description="One of the models that share this task.")

    def request(self) -> Request:
        questions, contexts = paired(self.question, self.context)
        return Request(
            question=questions,
            context=contexts,
            top_k=self.top_k,
            allow_no_answer=self.allow_no_answer,
            max_answer_len=self.max_answer_len,
            doc_stride=self.doc_stride,
        )

    def answer(self, reply: Reply, model: str) -> str:
        results = [self._result(spans) for spans in reply.results]
        if isinstance(self.question, str) and isinstance(self.context, str):
            return _json({**results[0], "model": model})
        answer: dict[str, Any] = {"results": results, "model": model}
        if isinstance(self.question, str):
            answer["best"] = max(range(len(results)), key=lambda i: (results[i]["answer"] != "", results[i]["score"]))
        return _json(answer)

    def _result(self, spans: Spans) -> dict[str, Any]:
        answers = [answer.model_dump() for answer in spans.answers] or [NO_ANSWER]
        result = {**answers[0], "no_answer_score": spans.no_answer_score}
        return {**result, "answers": answers} if self.top_k > 1 else result

    def answer_bytes(self, dimensions: int | None) -> int:
        return 0


Native = QuestionBody


def paired(question: str | list[str], context: str | list[str]) -> tuple[list[str], list[str]]:
    """Questions and contexts as lists of equal length; a single string goes with each of the others."""
    questions = question if isinstance(question, list) else [question]
    contexts = context if isinstance(context, list) else [context]
    if isinstance(question, str):
        questions = questions * len(contexts)
    elif isinstance(context, str):
        contexts = contexts * len(questions)
    if len(questions) != len(contexts):
        raise InvalidRequest(
            f"There are {len(questions)} questions and {len(contexts)} contexts. Send as many of the one as of the "
            "other, or one of the two as a single string.",
            param="context",
        )
    return questions, contexts


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
