"""What callers send to question answering and get, one class per wire format: the native one and Hugging Face's."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, BaseModel, Field, RootModel

from services.question_answering.request import Reply, Request, Spans
from shared.body import LENIENT, Body, Fields, OneOrMany, as_json, as_list, field_of, options_of, text_of, with_example
from shared.error_forms import StringError
from shared.wire import TASK_PATH, Endpoint, at_paths

EXAMPLE = {
    "question": "Where was Marie Curie born?",
    "context": "Marie Curie was born in Warsaw in 1867. She moved to Paris, where she won two Nobel prizes.",
}
FOUND: dict[str, Any] = {"answer": "Warsaw", "score": 0.93, "start": 24, "end": 30}
NO_ANSWER: Any = {"answer": "", "score": 0.0, "start": 0, "end": 0}

Questions = OneOrMany[Annotated[str, text_of(Request, "question")]]
Contexts = OneOrMany[Annotated[str, text_of(Request, "context")]]


class Answer(BaseModel):
    """A span: `context[start:end] == answer`, in Unicode code points. No answer is the empty span at 0."""

    answer: str = Field(description="The answer, as it stands in the context; empty for no answer.")
    score: float = Field(
        allow_inf_nan=False,
        description="The probability that this span is the answer, over all spans of the context and no answer. In "
        "Hugging Face's form the pipeline's score: the sum over all windows of a long context, at most 1.",
    )
    start: int = Field(description="Where it begins, in Unicode code points from the start of the context.", ge=0)
    end: int = Field(description="Where it ends, in Unicode code points; the first that is no longer part of it.", ge=0)


class Result(Answer):
    """The best answer to one question. `answers` lists all that were asked for when `top_k` is more than 1."""

    no_answer_score: float = Field(description="The probability that the context holds no answer; from 0.5 on it wins.")
    best_guess: Answer | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Beside no answer: the answer that is the likeliest all the same.",
    )
    answers: list[Answer] | None = Field(
        description="All answers that were asked for, best first; only where `top_k` is more than 1.",
        default=None,
        exclude_if=lambda value: value is None,
    )


class AnswerToOne(Result):
    """The answer to one question over one context, and the model that gave it."""

    model_config = with_example({**FOUND, "no_answer_score": 0.004, "model": "qa"})
    model: str = Field(description="The id of the model that answered.")


class AnswerToMany(BaseModel):
    """One result per question and context. `best` is the index of the best, when one question met many contexts."""

    model_config = with_example({"results": [{**FOUND, "no_answer_score": 0.004}], "model": "qa", "best": 0})
    results: list[Result] = Field(description="One result for each question with its context, in their order.")
    model: str = Field(description="The id of the model that answered.")
    best: int | None = Field(
        description="The index of the best result, where one question met many contexts.",
        default=None,
        exclude_if=lambda value: value is None,
    )


class QuestionBody(Body):
    """A question of a context, or several: lists of equal length, or one of the two a single string."""

    answers: ClassVar = (AnswerToOne, AnswerToMany)
    example: ClassVar = EXAMPLE
    remedy: ClassVar[str] = "Send fewer questions, or a smaller top_k."
    question: Questions = Field(description="The question, in the language of the context or another; or several.")
    context: Contexts = Field(description="The text that holds the answer; or several.")
    top_k: int = field_of(Request, "top_k")
    allow_no_answer: bool = field_of(Request, "allow_no_answer")
    max_answer_len: int = field_of(Request, "max_answer_len")
    doc_stride: int | None = field_of(Request, "doc_stride")

    def request(self) -> Request:
        questions, contexts = _pairs(self)
        return Request(question=questions, context=contexts, **options_of(Request, self))

    def answer(self, reply: Reply, model: str) -> str:
        results = [self._result(spans) for spans in reply["results"]]
        if isinstance(self.question, str) and isinstance(self.context, str):
            return as_json({**results[0], "model": model})
        answer: dict[str, Any] = {"results": results, "model": model}
        if isinstance(self.question, str):
            answer["best"] = max(range(len(results)), key=lambda i: (results[i]["answer"] != "", results[i]["score"]))
        return as_json(answer)

    def _result(self, spans: Spans) -> dict[str, Any]:
        answers = spans["answers"] or [NO_ANSWER]
        result = {**answers[0], "no_answer_score": spans["no_answer_score"]}
        if not answers[0]["answer"] and len(answers) > 1:
            result["best_guess"] = answers[1]
        return {**result, "answers": answers[: self.top_k]} if self.top_k > 1 else result


class QuestionInputs(Fields):
    """A question of a context, or several, as in the native form."""

    model_config = LENIENT
    question: Questions = Field(description="The question, in the language of the context or another; or several.")
    context: Contexts = Field(description="The text that holds the answer; or several.")


class QuestionParameters(Fields):
    """The parameters of the Hugging Face pipeline, with its defaults."""

    model_config = LENIENT
    top_k: int | None = field_of(Request, "top_k", default=None, validation_alias=AliasChoices("top_k", "topk"))
    doc_stride: int | None = field_of(Request, "doc_stride")
    max_answer_len: int | None = field_of(Request, "max_answer_len", default=None)
    max_seq_len: int | None = field_of(Request, "max_seq_len")
    max_question_len: int | None = field_of(Request, "max_question_len")
    handle_impossible_answer: bool | None = field_of(Request, "handle_impossible_answer", default=None)
    align_to_words: bool | None = field_of(Request, "align_to_words", default=None)


class Answers(RootModel[list[Answer]]):
    """The best answers to one question, when `top_k` is more than 1."""

    model_config = with_example([FOUND])


class AnswersToMany(RootModel[list[Answer | list[Answer]]]):
    """One answer, or list of answers, for each question and context."""


class QuestionAnswering(Body):
    """A question of a context as `InferenceClient.question_answering` sends it."""

    model_config = LENIENT
    answers: ClassVar = (Answer, Answers, AnswersToMany)
    example: ClassVar = {"inputs": EXAMPLE}
    remedy: ClassVar[str] = QuestionBody.remedy
    inputs: OneOrMany[QuestionInputs] = Field(description="The question and its context, or a list of such objects.")
    parameters: QuestionParameters | None = Field(
        default=None, description="How to answer; the defaults where left out."
    )

    @classmethod
    def accepts(cls, value: Mapping[str, Any]) -> bool:
        inputs = value.get("inputs")
        given = inputs if isinstance(inputs, list) else [inputs]
        return all(isinstance(one, dict) and not one.keys().isdisjoint(("question", "context")) for one in given)

    def request(self) -> Request:
        pairs = [_pairs(one) for one in as_list(self.inputs)]
        questions, contexts = ([text for pair in pairs for text in pair[side]] for side in (0, 1))
        return Request(question=questions, context=contexts, ranking="sum", **options_of(Request, self.parameters))

    def name_of(self, field: str, item: int | None = None) -> str:
        if isinstance(self.inputs, list) and field in ("question", "context"):
            return "inputs" if item is None else f"inputs[{item}].{field}"
        return super().name_of(field, item)

    def answer(self, reply: Reply, model: str) -> str:
        several = self.parameters is not None and (self.parameters.top_k or 1) > 1
        found = [(spans["answers"] or [NO_ANSWER])[: None if several else 1] for spans in reply["results"]]
        answers = found if several else [answers[0] for answers in found]
        # The pipeline answers a list of one as it answers the one.
        return as_json(answers[0] if len(answers) == 1 else answers)


def _pairs(asked: QuestionBody | QuestionInputs) -> tuple[list[str], list[str]]:
    """Put each question with its context; a single one goes with each of the others."""
    questions, contexts = as_list(asked.question), as_list(asked.context)
    if isinstance(asked.question, str):
        questions *= len(contexts)
    elif isinstance(asked.context, str):
        contexts *= len(questions)
    return questions, contexts


ENDPOINTS = (
    Endpoint(body=QuestionBody),
    *at_paths(TASK_PATH, "/", "/invocations", body=QuestionAnswering, error_form=StringError, tag="Hugging Face"),
)
