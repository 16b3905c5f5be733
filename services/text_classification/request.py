"""What a text-classification model is sent, and what it replies."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypedDict

from shared.request import Direction, InternalRequest, Limits, option, texts
from shared.rules import Rule

Function = Literal["softmax", "sigmoid", "none"]
# Where only some items of a request are pairs.
NO_SECOND = " "
SECOND = Rule(description="The second text of a pair; a blank one is none.", blank=True)


@dataclass(frozen=True, kw_only=True)
class Request(InternalRequest):
    """Texts, or pairs of texts, to classify, and how. The options are those of the Hugging Face pipeline."""

    LIMITS: ClassVar = Limits(characters=100_000, items=512)
    # Some fifty short texts: a few hundred milliseconds of work for a distilled model.
    PART_BYTES: ClassVar = 5_000

    text: list[str] = texts("The text to classify.", blank=True)
    text_pair: list[str] | None = field(default=None, metadata={"rule": SECOND})
    top_k: int | None = option(None, "How many labels to return, best first; all of them where it is left out.", min=1)
    function_to_apply: Function | None = option(None, "What makes scores of logits; the model's own where left out.")
    truncate: bool = option(True, "Cut a text that is longer than the model reads, instead of refusing it.")

    @property
    def texts(self) -> dict[str, list[str]]:
        """All texts by field, the second ones where there are any."""
        return super().texts | ({} if self.text_pair is None else {"text_pair": self.text_pair})

    @property
    def cut_end(self) -> Direction | None:
        return "right" if self.truncate else None

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON the labels of one text have; few models have more than a hundred."""
        return min(self.top_k or 100, 100) * 60


class Label(TypedDict):
    """One of the model's labels and its score, which is a logit where no function was applied."""

    label: str
    score: float


class Reply(TypedDict):
    """The labels of each text, best first."""

    results: list[list[Label]]
