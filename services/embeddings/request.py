"""What an embeddings model is sent, and what it replies."""

import base64
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from shared.errors import ModelError
from shared.request import Direction, InternalRequest, Limits, option, texts

InputType = Literal["query", "document"]
# The names under which checkpoints have a prompt for each type of input, the usual one first.
PROMPT_NAMES: Mapping[InputType, tuple[str, ...]] = {
    "query": ("query", "search_query", "retrieval.query", "Retrieval-query"),
    "document": ("document", "passage", "search_document", "retrieval.passage", "Retrieval-document"),
}


@dataclass(frozen=True, kw_only=True)
class Request(InternalRequest):
    """Texts to embed, and how."""

    LIMITS: ClassVar = Limits(characters=100_000, items=2_048)
    # Some fifty short texts: about a hundred milliseconds of work for a small model.
    PART_BYTES: ClassVar = 5_000

    input: list[str] = texts("The text to embed.", blank=True)
    normalize: bool | None = option(None, "Bring vectors to unit length; the model's own choice where left out.")
    dimensions: int | None = option(None, "Cut the vector to this many numbers, then normalise.", min=1, max=100_000)
    truncate: bool = option(True, "Cut a text that is longer than the model reads, instead of refusing it.")
    truncation_direction: Direction = option("right", "The end at which a long text is cut.")
    prompt_name: str | None = option(None, "The name of one of the model's prompts, which is put before every text.")
    input_type: InputType | None = option(None, "Use the model's prompt for such texts, where it has one.")

    @property
    def cut_end(self) -> Direction | None:
        return self.truncation_direction if self.truncate else None

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON one vector has, as base64."""
        return (self.dimensions or dimensions or 0) * 16 // 3 + 20


def prompt_for(input_type: InputType, prompts: Collection[str]) -> str | None:
    """Return the name of a model's prompt for a type of input, None where it has none."""
    return next((name for name in PROMPT_NAMES[input_type] if name in prompts), None)


class Reply(TypedDict):
    """For each text a vector, as base64 of little-endian float32, and the number of tokens that were read."""

    embeddings: list[str]
    dimensions: int
    tokens: list[int]


def vectors_of(reply: Reply) -> list[tuple[float, ...]]:
    """Return the vectors of a reply as numbers. Raises ModelError when one is of another length than the reply says."""
    unpack = struct.Struct(f"<{reply['dimensions']}f").unpack
    try:
        return [unpack(base64.b64decode(vector, validate=True)) for vector in reply["embeddings"]]
    except (ValueError, struct.error):
        raise ModelError("The model answered with a vector of another length than it says.") from None
