"""What an embeddings model is sent, and what it replies."""

import base64
import struct
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from shared.errors import ModelError
from shared.request import InternalRequest, Limits, option, texts

Direction = Literal["left", "right"]


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

    def item_reply_bytes(self, dimensions: int | None) -> int:
        """Return about how many bytes of JSON one vector has."""
        return (self.dimensions or dimensions or 0) * 16 // 3 + 20


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
