"""The wire formats of Hugging Face's `InferenceClient(model=URL)`: question answering, feature extraction, similarity.

Fields that it or its servers may add are ignored, as its servers do. Errors are a string, which the client shows.
"""

import json
from collections.abc import Mapping
from operator import mul
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from shared.errors import Error
from shared.tasks import Body, OneOrMany, embeddings, question_answering
from shared.tasks.embeddings import Dimensions, InputText, refuse_token_ids
from shared.tasks.question_answering import Answer, AnswerTokens, ContextText, QuestionText, Stride, TopK, paired

SIMILARITY_EXAMPLE = {
    "inputs": {
        "source_sentence": embeddings.EXAMPLE["input"],
        "sentences": ["She swims across the water in the morning.", "The invoice is due on Friday."],
    }
}
ModelId = Annotated[str, Field(description="One of the models that share the route's task; the client sends none.")]
LENIENT = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class StringError(BaseModel):
    """An error as Hugging Face's and TEI's clients read it; `error_type` is our code."""

    error: str
    error_type: str

    @classmethod
    def of(cls, error: Error) -> "StringError":
        return cls(error=error.message, error_type=error.code)


class QuestionInputs(BaseModel):
    model_config = LENIENT
    question: OneOrMany[QuestionText]
    context: OneOrMany[ContextText]


class QuestionParameters(BaseModel):
    """The parameters of the Hugging Face pipeline, with its defaults."""

    model_config = LENIENT
    top_k: TopK | None = None
    doc_stride: Stride | None = None
    max_answer_len: AnswerTokens | None = None
    max_seq_len: Annotated[int, Field(ge=8, le=100_000)] | None = None
    max_question_len: Annotated[int, Field(ge=1, le=100_000)] | None = None
    handle_impossible_answer: bool | None = None
    align_to_words: bool | None = None


class Answers(RootModel[list[Answer]]):
    """The best answers to one question, when `top_k` is more than 1."""

    model_config = ConfigDict(json_schema_extra={"examples": [[question_answering.FOUND]]})


class AnswersToMany(RootModel[list[Answer | list[Answer]]]):
    """One answer, or list of answers, for each question and context."""


class QuestionAnswering(BaseModel):
    """A question of a context as `InferenceClient.question_answering` sends it."""

    model_config = LENIENT
    answers: ClassVar[tuple[type[BaseModel], ...]] = (Answer, Answers, AnswersToMany)
    example: ClassVar[dict[str, Any]] = {"inputs": question_answering.EXAMPLE}
    remedy: ClassVar[str] = "Send fewer questions, or a smaller top_k."
    model: ModelId | None = None
    inputs: QuestionInputs
    parameters: QuestionParameters | None = None

    def request(self) -> question_answering.Request:
        questions, contexts = paired(self.inputs.question, self.inputs.context)
        chosen = self.parameters.model_dump(exclude_none=True) if self.parameters else {}
        return question_answering.Request(question=questions, context=contexts, **chosen)

    def answer(self, reply: question_answering.Reply, model: str) -> str:
        found = [self._found(spans) for spans in reply.results]
        alone = isinstance(self.inputs.question, str) and isinstance(self.inputs.context, str)
        return json.dumps(found[0] if alone else found, ensure_ascii=False, separators=(",", ":"))

    def _found(self, spans: question_answering.Spans) -> Any:
        answers = [answer.model_dump() for answer in spans.answers] or [question_answering.NO_ANSWER]
        return answers if self.parameters and (self.parameters.top_k or 1) > 1 else answers[0]

    def answer_bytes(self, dimensions: int | None) -> int:
        return 0


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


# TEI also writes it with a capital.
Direction = Annotated[Literal["left", "right"], BeforeValidator(_lower)]


class Vectors(RootModel[list[list[float]]]):
    """One vector for each text, also when a single text was sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [[[0.0451, -0.0312, 0.0873]]]})


class FeatureExtraction(BaseModel):
    """Texts to embed as `InferenceClient.feature_extraction` and TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar[tuple[type[BaseModel], ...]] = (Vectors,)
    example: ClassVar[dict[str, Any]] = {"inputs": embeddings.EXAMPLE["input"]}
    remedy: ClassVar[str] = "Send fewer inputs in one request."
    model: ModelId | None = None
    inputs: Annotated[OneOrMany[InputText], BeforeValidator(refuse_token_ids)]
    normalize: bool | None = None
    truncate: bool | None = None
    truncation_direction: Direction | None = None
    prompt_name: str | None = None
    dimensions: Dimensions | None = None
    encoding_format: Literal["float"] | None = None

    def request(self) -> embeddings.Request:
        texts = self.inputs if isinstance(self.inputs, list) else [self.inputs]
        chosen = self.model_dump(include=set(embeddings.Request.model_fields) - {"input"}, exclude_none=True)
        return embeddings.Request(input=texts, **chosen)

    def answer(self, reply: embeddings.Reply, model: str) -> str:
        return f"[{','.join(reply.arrays())}]"

    def answer_bytes(self, dimensions: int | None) -> int:
        items = len(self.inputs) if isinstance(self.inputs, list) else 1
        return int(items * (self.dimensions or dimensions or 0) * embeddings.NUMBER_BYTES)


class SimilarityInputs(BaseModel):
    """One sentence, and those to compare it with."""

    model_config = LENIENT
    source_sentence: InputText
    sentences: Annotated[list[InputText], Field(min_length=1)]


class SimilarityParameters(BaseModel):
    """How texts are embedded before they are compared."""

    model_config = LENIENT
    truncate: bool | None = None
    truncation_direction: Direction | None = None
    prompt_name: str | None = None


class Similarities(RootModel[list[float]]):
    """The cosine of each sentence with the source, in the order of the sentences."""

    model_config = ConfigDict(json_schema_extra={"examples": [[0.7423, 0.0318]]})


class SentenceSimilarity(BaseModel):
    """Sentences to compare as `InferenceClient.sentence_similarity` and TEI's clients send them."""

    model_config = LENIENT
    answers: ClassVar[tuple[type[BaseModel], ...]] = (Similarities,)
    example: ClassVar[dict[str, Any]] = SIMILARITY_EXAMPLE
    remedy: ClassVar[str] = "Send fewer sentences in one request."
    model: ModelId | None = None
    inputs: SimilarityInputs
    parameters: SimilarityParameters | None = None

    def request(self) -> embeddings.Request:
        chosen = self.parameters.model_dump(exclude_none=True) if self.parameters else {}
        return embeddings.Request(input=[self.inputs.source_sentence, *self.inputs.sentences], **chosen)

    def answer(self, reply: embeddings.Reply, model: str) -> str:
        source, *others = reply.vectors()
        # The vectors have unit length, so that their product is the cosine.
        return json.dumps([sum(map(mul, source, other)) for other in others], allow_nan=False)

    def answer_bytes(self, dimensions: int | None) -> int:
        return 0


BODIES: Mapping[str, tuple[type[Body], ...]] = {
    "question_answering": (QuestionAnswering,),
    "embeddings": (FeatureExtraction, SentenceSimilarity),
}


def body_for(service: str, inputs: Any) -> type[Body] | None:
    """The body that a service's `inputs` belong to, None when this protocol has none for the service."""
    bodies = BODIES.get(service)
    if bodies is None:
        return None
    return bodies[-1] if isinstance(inputs, dict) else bodies[0]
