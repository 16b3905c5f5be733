"""What a reranking model is sent, and what it replies."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from shared.request import Direction, InternalRequest, Limits, option, texts


@dataclass(frozen=True, kw_only=True)
class Request(InternalRequest):
    """A query, the documents to judge by it, and how much of a long document counts."""

    LIMITS: ClassVar = Limits(characters=100_000, items=1_000)
    # About four windows of a small model: some hundred milliseconds of work.
    PART_BYTES: ClassVar = 6_000

    query: str = texts("The text that says what is looked for.", max_characters=10_000)
    documents: list[str] = texts("The document to judge.", blank=True)
    raw_scores: bool = option(False, "Give the model's own scores, of any size, instead of probabilities.")
    max_tokens: int | None = option(
        None, "Tokens of a document after which it is cut; none is cut where left out.", min=1, max=1_000_000
    )
    max_windows: int | None = option(
        None, "Windows of a long document that are read; all where left out.", min=1, max=1_000_000
    )
    truncate: bool = option(True, "Leave out what is past these limits, instead of refusing the request.")
    truncation_direction: Direction = option("right", "The end at which a long text is cut.")

    @property
    def cut_end(self) -> Direction | None:
        is_cut = self.truncate and self.max_windows is not None
        return self.truncation_direction if is_cut else None

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON one score has."""
        return 40


class Reply(TypedDict):
    """For each document its score, in the documents' order, and the number of tokens that were read.

    A score is the probability that the document is relevant, or with `raw_scores` the logit.
    """

    scores: list[float]
    tokens: list[int]
