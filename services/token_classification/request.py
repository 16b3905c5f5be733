"""What a token-classification model is sent, and what it replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from shared.request import InternalRequest, Limits, option, texts

Strategy = Literal["none", "simple", "first", "average", "max"]


@dataclass(frozen=True, kw_only=True)
class Request(InternalRequest):
    """Texts, and how their tokens become entities. The options are those of the Hugging Face pipeline."""

    LIMITS: ClassVar = Limits(characters=100_000, items=512)
    # About one window of a 512-token model: some hundred milliseconds of work for a base-size model.
    PART_BYTES: ClassVar = 2_000

    text: list[str] = texts("The text in which entities are found.")
    aggregation_strategy: Strategy = option(
        "simple",
        "How tokens become entities: `none` gives tokens, `simple` joins tokens of one label; `first`, `average` and "
        "`max` label whole words, by a word's first token, by the mean of its tokens or by its most certain token.",
    )
    ignore_labels: Sequence[str] = option(("O",), "Labels that are left out of the answer.")
    stride: int | None = option(
        None, "Tokens that two windows over a long text share; 128 where left out.", min=0, max=100_000
    )

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON the entities of one text have, on average."""
        # At most one token a character, in scripts without spaces; entities are rare.
        character_bytes = 150 if self.aggregation_strategy == "none" else 10
        return character_bytes * sum(map(len, self.text)) // len(self.text)


class Entity(TypedDict):
    """A span that carries a label: `text[start:end] == word`, in Unicode code points."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


class Token(TypedDict):
    """A token and its most probable label, as the strategy `none` gives them.

    `index` counts the text's tokens behind the special tokens before them. `token` is the vocabulary's own string, such
    as `##ing`.
    """

    entity: str
    score: float
    index: int
    word: str
    start: int
    end: int
    token: str


class Entities(TypedDict):
    """What was found in one text, in the order of the text."""

    entities: list[Entity] | list[Token]


class Reply(TypedDict):
    """One `Entities` for each text."""

    results: list[Entities]
