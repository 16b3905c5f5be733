"""What an embeddings model is sent, and what it replies."""

import base64
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, NotRequired, TypedDict

from shared.errors import ModelError
from shared.request import Direction, InternalRequest, Limits, option, texts

Operation = Literal["embed", "tokenize", "decode"]
InputType = Literal["query", "document"]
# A token as JSON, over the characters that it stands for: few stand for less than two.
TOKEN_BYTES = 40
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
    operation: Operation = option("embed", "What is done with the texts: `tokenize` and `decode` give texts.")
    is_json: bool = option(False, "Each text is JSON: a string, or a list of the model's own token ids.")
    special_tokens: bool = option(True, "Whether special tokens are put around a text, or stay in one.")
    input_type: InputType | None = option(None, "Use the model's prompt for such texts, where it has one.")

    @property
    def cut_end(self) -> Direction | None:
        is_cut = self.truncate and self.operation == "embed" and not self.is_json
        return self.truncation_direction if is_cut else None

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON one vector has, as base64, or the tokens of the longest text."""
        if self.operation != "embed":
            return TOKEN_BYTES * max(map(len, self.input))
        return (self.dimensions or dimensions or 0) * 16 // 3 + 20


def prompt_for(input_type: InputType, prompts: Collection[str]) -> str | None:
    """Return the name of a model's prompt for a type of input, None where it has none."""
    return next((name for name in PROMPT_NAMES[input_type] if name in prompts), None)


class Reply(TypedDict):
    """For each text the number of tokens that were read, and a vector, as base64 of little-endian float32.

    The other operations give `texts`: of `tokenize` each is JSON, a list of `Piece`; of `decode` it is the text.
    """

    tokens: list[int]
    embeddings: NotRequired[list[str]]
    dimensions: NotRequired[int]
    texts: NotRequired[list[str]]


def vectors_of(reply: Reply) -> list[tuple[float, ...]]:
    """Return the vectors of a reply as numbers. Raises ModelError when one is of another length than the reply says."""
    try:
        unpack = struct.Struct(f"<{reply['dimensions']}f").unpack
        return [unpack(base64.b64decode(vector, validate=True)) for vector in reply["embeddings"]]
    except (KeyError, ValueError, struct.error):
        raise ModelError("The model answered with a vector of another length than it says.") from None
