"""What a question-answering model is sent, and what it replies."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from shared.errors import InvalidRequest
from shared.request import InternalRequest, Limits, option, texts

Ranking = Literal["best", "sum"]


@dataclass(frozen=True, kw_only=True)
class Request(InternalRequest):
    """Questions, each with its context, and how to answer them. The options are those of the Hugging Face pipeline."""

    LIMITS: ClassVar = Limits(characters=100_000, items=128)
    # About four windows of a 384-token model: some hundred milliseconds of work.
    PART_BYTES: ClassVar = 6_000

    question: list[str] = texts("The question, in the language of the context or another.", max_characters=2_000)
    context: list[str] = texts("The text that holds the answer.")
    top_k: int = option(1, "How many answers to return, best first.", min=1, max=100)
    allow_no_answer: bool = option(False, "Answer with the empty span where the model finds no answer.")
    handle_impossible_answer: bool = option(False, "Let no answer compete with the answers by its score.")
    max_answer_len: int = option(15, "Tokens that an answer may have.", min=1, max=512)
    doc_stride: int | None = option(
        None, "Tokens that two windows over a long context share; 128 where left out.", min=0, max=100_000
    )
    max_seq_len: int | None = option(
        None, "Tokens of one window, question included; 384 where left out.", min=8, max=100_000
    )
    max_question_len: int | None = option(None, "Tokens after which a question is cut.", min=1, max=100_000)
    align_to_words: bool = option(True, "Widen every answer to whole words.")
    ranking: Ranking = option("best", "Rank answers by their best window, or as the pipeline does by the sum over all.")

    def __post_init__(self) -> None:
        """Check the equal length of the lists, and that windows overlap by less than their length."""
        super().__post_init__()
        if self.doc_stride is not None and self.max_seq_len is not None and self.doc_stride > self.max_seq_len:
            raise InvalidRequest("'doc_stride' must not be above 'max_seq_len'.", param="doc_stride")

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON the answers to one question have."""
        return self.top_k * 500


class Answer(TypedDict):
    """A span: `context[start:end] == answer`, in Unicode code points. No answer is the empty span at 0."""

    answer: str
    score: float
    start: int
    end: int


class Spans(TypedDict):
    """The answers to one question, best first, and the probability that there is none.

    Where no answer was allowed and wins, it is the first, and the best guess follows it whatever `top_k` is. Ranked by
    sum, `no_answer_score` is the pipeline's raw null score instead of a probability.
    """

    answers: list[Answer]
    no_answer_score: float


class Reply(TypedDict):
    """One `Spans` for each question."""

    results: list[Spans]
